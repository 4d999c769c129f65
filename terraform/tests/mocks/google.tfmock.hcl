mock_data "google_project" {
  defaults = { number = "123456789012" }
}

mock_data "google_storage_project_service_account" {
  defaults = { member = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
}

mock_resource "google_bigquery_table" {
  defaults = { id = "projects/my-project/datasets/some/tables/some" }
}

mock_resource "google_cloudfunctions2_function" {
  defaults = { service_config = { uri = "https://some-123456789012.europe-west3.run.app" } }
}

mock_resource "google_service_account" {
  defaults = {
    email  = "some@my-project.iam.gserviceaccount.com"
    id     = "projects/my-project/serviceAccounts/some@my-project.iam.gserviceaccount.com"
    member = "serviceAccount:some@my-project.iam.gserviceaccount.com"
  }
}
