terraform {
  required_version = ">= 1.11"
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

variable "environment" {
  type = string
}

variable "db_password" {
  type      = string
  ephemeral = true
}

variable "db_password_version" {
  type    = number
  default = 1
}

resource "helvetisafe_secret" "db_password" {
  key              = "${var.environment}_db_password"
  value_wo         = var.db_password
  value_wo_version = var.db_password_version
}

output "db_password_version" {
  value = helvetisafe_secret.db_password.version
}
