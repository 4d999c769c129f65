terraform {
  required_version = ">= 1.9"

  # Exact, so that a plan and its apply use the same ones: there is no lock file yet.
  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = "2.8.0"
    }
    google = {
      source  = "hashicorp/google"
      version = "7.45.0"
    }
    time = {
      source  = "hashicorp/time"
      version = "0.14.0"
    }
  }
}
