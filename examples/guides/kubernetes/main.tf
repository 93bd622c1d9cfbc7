terraform {
  required_version = ">= 1.11"
  required_providers {
    helvetisafe = {
      source  = "helvetisafe/helvetisafe"
      version = "~> 0.1"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 3.0"
    }
  }
}

ephemeral "helvetisafe_secret" "database" {
  key = "database"
}

# Its version says when to write again. No value is read for it.
data "helvetisafe_secret_metadata" "database" {
  key = "database"
}

resource "kubernetes_secret_v1" "database" {
  metadata {
    name      = "database"
    namespace = "app"
  }

  data_wo          = ephemeral.helvetisafe_secret.database.data
  data_wo_revision = data.helvetisafe_secret_metadata.database.version
}
