terraform {
  required_version = ">= 1.11"
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

ephemeral "helvetisafe_secret" "database" {
  key = "database"
}

# Its version says when to write again. No value is read for it.
data "helvetisafe_secret_metadata" "database" {
  key = "database"
}

resource "aws_secretsmanager_secret" "database" {
  name = "database"
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id                = aws_secretsmanager_secret.database.id
  secret_string_wo         = jsonencode(ephemeral.helvetisafe_secret.database.data)
  secret_string_wo_version = data.helvetisafe_secret_metadata.database.version
}
