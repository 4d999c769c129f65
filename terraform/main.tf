provider "google" {
  project = var.project_id
  region  = var.region

  default_labels = { application = "titanic-mlops" }
}

data "google_project" "this" {
  project_id = var.project_id
}

# The agent exists once somebody has read this.
data "google_storage_project_service_account" "this" {
  depends_on = [time_sleep.apis]
}
