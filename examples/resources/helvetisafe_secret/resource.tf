terraform {
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
  }
}

# One value. It is kept in the state, marked as sensitive.
resource "helvetisafe_secret" "greeting" {
  key   = "greeting"
  value = "Grüezi"
}

# One value, write-only: in neither plan nor state. It is written when it
# differs from what is stored.
resource "helvetisafe_secret" "db_password" {
  key      = "db_password"
  value_wo = var.db_password
}

# Write-only with a version: written when the version changes, and only then.
# Use this if the source gives another value at each run.
resource "helvetisafe_secret" "api_key" {
  key              = "api_key"
  value_wo         = var.api_key
  value_wo_version = "2026-11"
}

# A value that nobody types: the provider makes it, and replaces it after 30
# days. It is in no configuration, plan or state.
resource "helvetisafe_secret" "session_key" {
  key = "session_key"
  generate = {
    bytes         = 32
    rotation_days = 30
  }
}

# Several fields in one secret, as the portal shows them. With data_wo they
# stay out of the state.
resource "helvetisafe_secret" "database" {
  key = "database"
  data_wo = {
    DB_HOST = "db.example.com"
    DB_USER = "app"
    DB_PASS = var.db_password
  }
}

# A secret that the server deletes by itself. Moving the date, or taking it
# out, changes the secret in place.
resource "helvetisafe_secret" "trial_licence" {
  key        = "trial_licence"
  value      = "TRIAL-0001"
  expires_at = "2099-01-01T00:00:00Z"
}

# If there already is a secret of this key, it is taken over; without
# adopt_existing that would be an error.
resource "helvetisafe_secret" "adopted" {
  key            = "adopted"
  value          = "managed here from now on"
  adopt_existing = true
}

variable "db_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

variable "api_key" {
  type      = string
  sensitive = true
  ephemeral = true
}
