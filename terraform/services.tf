resource "google_project_service" "this" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "storage.googleapis.com",
  ])

  service            = each.key
  disable_on_destroy = false
}

# An API answers, and its agent exists, only some time after it is enabled.
resource "time_sleep" "apis" {
  create_duration = "60s"
  triggers        = { project_id = var.project_id }
  depends_on      = [google_project_service.this]
}

# A grant is seen everywhere only some time after it was made. What needs one of these grants
# takes its value from the triggers, and so waits; none of them changes once it is made.
resource "time_sleep" "grants" {
  for_each = var.problems

  create_duration = "60s"
  triggers = {
    build_account      = google_service_account.build.id
    dead_letters       = module.warehouse[each.key].tables["dead_letters"]
    dead_letters_topic = module.topic["${each.key}/dead_letters"].id
    landing_topic      = module.topic["${each.key}/landing"].id
    predictions_data   = module.warehouse[each.key].tables["predictions_data"]
  }
  depends_on = [google_project_iam_member.build]
}

# The same, for the images of the functions of every problem.
resource "time_sleep" "repository" {
  create_duration = "60s"
  triggers        = { id = google_artifact_registry_repository.functions.id }
  depends_on      = [google_artifact_registry_repository_iam_member.build]
}
