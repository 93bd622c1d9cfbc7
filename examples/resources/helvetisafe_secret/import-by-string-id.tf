terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

import {
  to = helvetisafe_secret.db_password
  id = "write-only:db_password"
}

resource "helvetisafe_secret" "db_password" {
  key      = "db_password"
  value_wo = var.db_password
}

variable "db_password" {
  type      = string
  sensitive = true
  ephemeral = true
}
