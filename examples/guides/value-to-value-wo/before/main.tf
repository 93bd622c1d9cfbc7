terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

variable "db_password" {
  type      = string
  sensitive = true
}

resource "helvetisafe_secret" "db_password" {
  key   = "db_password"
  value = var.db_password
}
