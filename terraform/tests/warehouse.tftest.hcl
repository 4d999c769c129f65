mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

variables {
  agent      = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
  dataset_id = "titanic"
  location   = "europe-west3"
  project_id = "my-project"
  protect    = true
  schemas    = "./schemas/titanic"
  tables = {
    dead_letters     = { partition = "publish_time" }
    erasures         = { partition = "decided_at" }
    evaluations      = { partition = "evaluated_at" }
    ingestions       = { partition = "entered_at" }
    predictions_data = { partition = "requested_at" }
    rejected_rows    = { partition = "ingested_at", keep_days = 365 }
    revocations      = { partition = "decided_at" }
    training_data    = { partition = "ingested_at", cluster = "record_id" }
  }
  views = ["accepted_rows", "predictions", "rejected", "training_set"]
}

run "tables_are_partitioned_and_kept" {
  command = plan

  module {
    source = "./modules/warehouse"
  }

  assert {
    condition = alltrue([
      for name, table in google_bigquery_table.this :
      table.time_partitioning[0].type == "DAY"
      && contains([for field in jsondecode(table.schema) : field.name if field.type == "TIMESTAMP"], table.time_partitioning[0].field)
    ])
    error_message = "Every table is partitioned by a time that it has."
  }

  assert {
    condition     = google_bigquery_table.this["rejected_rows"].time_partitioning[0].expiration_ms == 365 * 24 * 60 * 60 * 1000
    error_message = "Rejected rows, which are stored as they were sent, expire after a year."
  }

  assert {
    condition     = alltrue([for table in google_bigquery_table.this : table.deletion_protection]) && !google_bigquery_dataset.this.delete_contents_on_destroy
    error_message = "Rows are kept from being destroyed."
  }

  assert {
    condition = alltrue([
      for view in google_bigquery_table.view :
      strcontains(view.view[0].query, "FROM `my-project.titanic.") && !view.view[0].use_legacy_sql
    ])
    error_message = "Every view reads the tables of its own dataset."
  }

  assert {
    condition = toset([for grant in google_bigquery_dataset_iam_member.agent : "${grant.role} ${grant.member}"]) == toset([
      "roles/bigquery.dataEditor ${var.agent}", "roles/bigquery.metadataViewer ${var.agent}",
    ])
    error_message = "Only the agent of Pub/Sub can write to the dataset."
  }
}

run "rows_may_be_let_go" {
  command = plan

  module {
    source = "./modules/warehouse"
  }

  variables {
    protect = false
  }

  assert {
    condition     = !anytrue([for table in google_bigquery_table.this : table.deletion_protection]) && google_bigquery_dataset.this.delete_contents_on_destroy
    error_message = "Without protection everything can be destroyed."
  }
}

run "refuses_a_problem_without_schemas" {
  command = plan

  module {
    source = "./modules/warehouse"
  }

  variables {
    schemas = "./schemas/nowhere"
  }

  expect_failures = [google_bigquery_dataset.this]
}

run "refuses_a_schema_without_a_table" {
  command = plan

  module {
    source = "./modules/warehouse"
  }

  variables {
    tables = { predictions_data = { partition = "requested_at" } }
  }

  expect_failures = [google_bigquery_dataset.this]
}
