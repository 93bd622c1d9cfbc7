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

# A password that the provider makes, and replaces when it is 30 days old.
resource "helvetisafe_secret" "db_password" {
  key = "db_password"
  generate = {
    length        = 32
    special       = false
    rotation_days = 30
  }
}

# What is stored, read back after the write.
ephemeral "helvetisafe_secret" "db_password" {
  key      = helvetisafe_secret.db_password.key
  wait_for = helvetisafe_secret.db_password.version
}

# The database takes the stored password, and follows each write of it.
resource "aws_db_instance" "app" {
  identifier          = "app"
  engine              = "postgres"
  instance_class      = "db.t4g.micro"
  allocated_storage   = 20
  username            = "app"
  password_wo         = ephemeral.helvetisafe_secret.db_password.value
  password_wo_version = helvetisafe_secret.db_password.version
}
