# By the secret's key. The stored form decides: `value` where the stored
# object's one member is the key, else `data`.
terraform import helvetisafe_secret.greeting greeting

# As fields, whatever the stored form.
terraform import helvetisafe_secret.database data:database

# Write-only: the value never enters plan or state.
terraform import helvetisafe_secret.db_password write-only:db_password
