provider "google" {
  project = var.project_id
  region  = var.region

  default_labels = { application = "titanic-mlops" }
}

data "google_project" "this" {
  project_id = var.project_id
}

# Reading this creates the agent.
data "google_storage_project_service_account" "this" {
  depends_on = [time_sleep.apis]
}
