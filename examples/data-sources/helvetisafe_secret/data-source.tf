terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

data "helvetisafe_secret" "database" {
  key = "database"
}

output "db_host" {
  value     = data.helvetisafe_secret.database.data["DB_HOST"]
  sensitive = true
}
