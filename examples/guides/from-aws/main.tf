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

ephemeral "aws_secretsmanager_secret_version" "database" {
  secret_id = "database"
}

# A secret string that is JSON becomes fields. One that is plain text goes into
# value_wo as it is, without jsondecode.
resource "helvetisafe_secret" "database" {
  key     = "database"
  data_wo = jsondecode(ephemeral.aws_secretsmanager_secret_version.database.secret_string)
}
