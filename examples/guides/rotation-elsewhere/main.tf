terraform {
  required_version = ">= 1.11"
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
    random = {
      source  = "hashicorp/random"
      version = ">= 3.7"
    }
    time = {
      source  = "hashicorp/time"
      version = ">= 0.9"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

# A new password at each run. The version decides which one is written.
ephemeral "random_password" "db" {
  length = 32
}

# A new id every 30 days.
resource "time_rotating" "db" {
  rotation_days = 30
}

resource "helvetisafe_secret" "db_password" {
  key              = "db_password"
  value_wo         = ephemeral.random_password.db.result
  value_wo_version = time_rotating.db.id
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
