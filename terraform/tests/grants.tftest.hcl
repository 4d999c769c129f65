mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

variables {
  project_id = "my-project"
}

override_resource {
  target = module.warehouse["titanic"].google_bigquery_table.this["dead_letters"]
  values = { id = "projects/my-project/datasets/titanic/tables/dead_letters" }
}

override_resource {
  target = module.warehouse["titanic"].google_bigquery_table.this["evaluations"]
  values = { id = "projects/my-project/datasets/titanic/tables/evaluations" }
}

override_resource {
  target = module.warehouse["titanic"].google_bigquery_table.this["ingestions"]
  values = { id = "projects/my-project/datasets/titanic/tables/ingestions" }
}

override_resource {
  target = google_service_account.push["titanic"]
  values = {
    email  = "pubsub-push@my-project.iam.gserviceaccount.com"
    member = "serviceAccount:pubsub-push@my-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.scheduler["titanic"]
  values = {
    email  = "scheduler@my-project.iam.gserviceaccount.com"
    member = "serviceAccount:scheduler@my-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = module.function["titanic/monitor_model"].google_cloudfunctions2_function.this
  values = { service_config = { uri = "https://monitor-model-123456789012.europe-west3.run.app" } }
}

run "each_function_may_do_its_part" {
  command = apply

  assert {
    condition = toset(module.function["titanic/ingest_data"].grants) == toset([
      "roles/bigquery.dataEditor on dataset titanic",
      "roles/bigquery.jobUser on project my-project",
      "roles/pubsub.publisher on topic ingestion_complete",
      "roles/run.invoker on service ingest-data for serviceAccount:pubsub-push@my-project.iam.gserviceaccount.com",
      "roles/storage.legacyBucketReader on bucket my-project-my-model-storage",
      "roles/storage.objectUser on bucket my-project-my-model-storage resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/contents/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/leases/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/ledger/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/sequences/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/staging/titanic/\")",
      "roles/storage.objectViewer on bucket my-project-my-data-landing-zone",
      "roles/storage.objectViewer on bucket my-project-my-model-storage resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/erasures/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/models/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/snapshots/titanic/\")",
    ])
    error_message = "ingest-data reads what lands and the champion's files, and writes rows: ${jsonencode(module.function["titanic/ingest_data"].grants)}"
  }

  assert {
    condition = toset(module.function["titanic/train_model"].grants) == toset([
      "roles/bigquery.dataEditor on table titanic.dead_letters",
      "roles/bigquery.dataEditor on table titanic.evaluations",
      "roles/bigquery.dataEditor on table titanic.ingestions",
      "roles/bigquery.dataViewer on dataset titanic",
      "roles/bigquery.jobUser on project my-project",
      "roles/run.invoker on service train-model for serviceAccount:pubsub-push@my-project.iam.gserviceaccount.com",
      "roles/storage.legacyBucketReader on bucket my-project-my-model-storage",
      "roles/storage.objectUser on bucket my-project-my-model-storage resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/leases/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/ledger/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/models/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/snapshots/titanic/\")",
      "roles/storage.objectViewer on bucket my-project-my-model-storage resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/erasures/titanic/\")",
    ])
    error_message = "train-model reads rows and writes models: ${jsonencode(module.function["titanic/train_model"].grants)}"
  }

  assert {
    condition = toset(module.function["titanic/predictions_endpoint"].grants) == toset([
      "roles/pubsub.publisher on topic predictions",
      "roles/storage.legacyBucketReader on bucket my-project-my-model-storage",
      "roles/storage.objectUser on bucket my-project-my-model-storage resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/spool/titanic/\")",
      "roles/storage.objectViewer on bucket my-project-my-model-storage resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/models/titanic/\")",
    ])
    error_message = "predictions-endpoint reads models, and nothing in BigQuery: ${jsonencode(module.function["titanic/predictions_endpoint"].grants)}"
  }

  assert {
    condition = toset(module.function["titanic/monitor_model"].grants) == toset([
      "roles/bigquery.dataViewer on dataset titanic",
      "roles/bigquery.jobUser on project my-project",
      "roles/pubsub.publisher on topic ingestion_complete",
      "roles/pubsub.publisher on topic landing",
      "roles/pubsub.publisher on topic predictions",
      "roles/run.invoker on service monitor-model for serviceAccount:scheduler@my-project.iam.gserviceaccount.com",
      "roles/storage.legacyBucketReader on bucket my-project-my-model-storage",
      "roles/storage.objectUser on bucket my-project-my-model-storage resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/spool/titanic/\")",
      "roles/storage.objectViewer on bucket my-project-my-model-storage resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/ledger/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/models/titanic/\")",
    ])
    error_message = "monitor-model announces again and republishes: ${jsonencode(module.function["titanic/monitor_model"].grants)}"
  }

  assert {
    condition = toset([for grant in google_project_iam_member.build : grant.role]) == toset([
      "roles/logging.logWriter", "roles/storage.objectViewer",
    ])
    error_message = "The build account may read sources and write its log, and no more."
  }

  assert {
    condition = (
      google_artifact_registry_repository_iam_member.build.role == "roles/artifactregistry.writer"
      && google_artifact_registry_repository_iam_member.build.member == google_service_account.build.member
      && google_artifact_registry_repository_iam_member.build.repository == google_artifact_registry_repository.functions.name
      && google_artifact_registry_repository_iam_member.build.location == "europe-west3"
    )
    error_message = "The build account may push images into the repository of the functions."
  }

  assert {
    condition     = google_cloud_scheduler_job.monitor_model["titanic"].http_target[0].oidc_token[0].service_account_email == "scheduler@my-project.iam.gserviceaccount.com"
    error_message = "The job calls as the account that may."
  }

  assert {
    condition = alltrue([
      google_cloud_scheduler_job.monitor_model["titanic"].http_target[0].uri == module.function["titanic/monitor_model"].uri,
      google_cloud_scheduler_job.monitor_model["titanic"].http_target[0].oidc_token[0].audience == module.function["titanic/monitor_model"].uri,
    ])
    error_message = "The job calls what it shows its token to."
  }
}
