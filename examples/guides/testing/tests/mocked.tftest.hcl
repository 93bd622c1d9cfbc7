# No vault and no credentials: the provider isn't asked to do anything.
mock_provider "helvetisafe" {
  mock_resource "helvetisafe_secret" {
    defaults = {
      version = 42
    }
  }
}

variables {
  environment = "staging"
  db_password = "not a password"
}

run "the_key_names_the_environment" {
  assert {
    condition     = helvetisafe_secret.db_password.key == "staging_db_password"
    error_message = "The key doesn't begin with the environment."
  }
}

run "the_version_is_handed_on" {
  assert {
    condition     = output.db_password_version == 42
    error_message = "The output isn't the version of the secret."
  }
}
