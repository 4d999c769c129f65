terraform {
  required_version = ">= 1.9.0"

  # Exact, as in the root: there is no lock file yet.
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "7.45.0"
    }
  }
}
