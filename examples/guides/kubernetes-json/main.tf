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

ephemeral "helvetisafe_secret" "service_account" {
  key = "service_account"
}

data "helvetisafe_secret_metadata" "service_account" {
  key = "service_account"
}

resource "kubernetes_secret_v1" "service_account" {
  metadata {
    name      = "service-account"
    namespace = "app"
  }

  data_wo = {
    "service-account.json" = ephemeral.helvetisafe_secret.service_account.value
  }
  data_wo_revision = data.helvetisafe_secret_metadata.service_account.version
}
