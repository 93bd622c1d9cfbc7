list "helvetisafe_secret" "vault" {
  provider         = helvetisafe
  include_resource = true
  limit            = 1000

  config {
    key_prefix = "db_"
  }
}
