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

# One value that is itself JSON, stored by value = jsonencode({…}). Its members
# are in data; data["service_account"] doesn't exist. jsondecode keeps types.
data "helvetisafe_secret" "service_account" {
  key = "service_account"
}

output "service_account_email" {
  value     = data.helvetisafe_secret.service_account.data["email"]
  sensitive = true
}

output "service_account_roles" {
  value     = jsondecode(data.helvetisafe_secret.service_account.value).roles
  sensitive = true
}
