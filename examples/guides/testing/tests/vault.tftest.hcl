# Against the vault in the HELVETISAFE_* variables: the development server.
provider "helvetisafe" {}

variables {
  environment = "test"
  db_password = "not a password"
}

run "creates" {
  assert {
    condition     = helvetisafe_secret.db_password.created_at != null
    error_message = "The secret was not created."
  }
}

run "rotates" {
  variables {
    db_password         = "another one"
    db_password_version = 2
  }

  assert {
    condition     = timecmp(helvetisafe_secret.db_password.updated_at, helvetisafe_secret.db_password.created_at) > 0
    error_message = "Another version of the password wasn't written."
  }
}
