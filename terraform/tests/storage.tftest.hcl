mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

run "a_bucket_is_private" {
  command = plan

  module {
    source = "./modules/bucket"
  }

  variables {
    delete_after_days = 365
    force_destroy     = false
    location          = "europe-west3"
    name              = "my-project-my-data-landing-zone"
    versioned         = false
    notifications     = { titanic = { object_name_prefix = "titanic/", topic = "projects/my-project/topics/landing" } }
  }

  assert {
    condition     = google_storage_bucket.this.public_access_prevention == "enforced" && google_storage_bucket.this.uniform_bucket_level_access
    error_message = "No object can be made public."
  }

  assert {
    condition     = one(one(google_storage_bucket.this.lifecycle_rule).condition).age == 365
    error_message = "What landed is deleted after a year."
  }

  assert {
    condition     = google_storage_bucket.this.soft_delete_policy[0].retention_duration_seconds == 0
    error_message = "A deleted object is not kept."
  }

  assert {
    condition = (
      google_storage_notification.this["titanic"].object_name_prefix == "titanic/"
      && google_storage_notification.this["titanic"].payload_format == "JSON_API_V1"
      && toset(google_storage_notification.this["titanic"].event_types) == toset(["OBJECT_FINALIZE"])
    )
    error_message = "A problem's topic gets notifications for its own folder only."
  }
}

run "refuses_an_eleventh_notification" {
  command = plan

  module {
    source = "./modules/bucket"
  }

  variables {
    force_destroy = false
    location      = "europe-west3"
    name          = "my-project-my-data-landing-zone"
    notifications = { for number in range(11) : "problem${number}" => { object_name_prefix = "problem${number}/", topic = "projects/my-project/topics/landing" } }
  }

  expect_failures = [var.notifications]
}

run "models_are_versioned" {
  command = plan

  module {
    source = "./modules/bucket"
  }

  variables {
    force_destroy = false
    location      = "europe-west3"
    name          = "my-project-my-model-storage"
    forgotten     = ["staging/"]
    versioned     = true
  }

  assert {
    condition     = google_storage_bucket.this.versioning[0].enabled
    error_message = "What is replaced is kept."
  }

  assert {
    condition = {
      for rule in google_storage_bucket.this.lifecycle_rule :
      one(rule.condition).days_since_noncurrent_time => jsonencode(one(rule.condition).matches_prefix)
    } == { "90" = "null", "1" = "[\"staging/\"]" }
    error_message = "What is replaced is kept for 90 days, and below the prefixes for one."
  }

  assert {
    condition     = length(google_storage_notification.this) == 0
    error_message = "A new model sends no notification."
  }
}

run "everything_is_in_one_region_and_no_model_is_deleted" {
  command = plan

  variables {
    project_id = "my-project"
    region     = "europe-west1"
  }

  assert {
    condition = toset(concat(
      [module.landing_bucket.location, module.model_bucket.location, module.functions_bucket.location],
      [for warehouse in module.warehouse : lower(warehouse.location)],
      [google_artifact_registry_repository.functions.location],
    )) == toset(["europe-west1"])
    error_message = "Files, models, code, images and rows are in the region: none leaves it, and a load crosses none."
  }

  assert {
    condition = jsonencode(module.model_bucket.deletions) == jsonencode([
      { age_days = null, prefixes = null, replaced_days = 90 },
      { age_days = null, prefixes = ["leases/", "spool/", "staging/"], replaced_days = 1 },
    ])
    error_message = "Of models only replaced ones are deleted, and after a day only what is in transit: ${jsonencode(module.model_bucket.deletions)}"
  }

  assert {
    condition     = jsonencode(module.functions_bucket.deletions) == "[]"
    error_message = "No deployed code is deleted."
  }
}
