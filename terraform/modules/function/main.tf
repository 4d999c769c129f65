data "archive_file" "this" {
  type        = "zip"
  output_path = "${path.root}/build/${var.name}.zip"

  dynamic "source" {
    for_each = var.sources
    content {
      filename = source.key
      content  = source.value
    }
  }
}

# Its name follows from its content: new code is a new object, and only that deploys anew.
resource "google_storage_bucket_object" "this" {
  name   = "${var.name}-${substr(data.archive_file.this.output_sha256, 0, 16)}.zip"
  bucket = var.bucket
  source = data.archive_file.this.output_path

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_service_account" "this" {
  project      = var.project_id
  account_id   = var.account_id
  display_name = var.description
}

resource "google_project_iam_member" "this" {
  for_each = var.grants.project

  project = var.project_id
  member  = google_service_account.this.member
  role    = each.key
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = var.grants.buckets

  bucket = each.value.bucket
  member = google_service_account.this.member
  role   = each.value.role

  dynamic "condition" {
    for_each = length(each.value.prefixes) > 0 ? [each.value.prefixes] : []
    content {
      # Google takes 100 characters.
      title = length(join(", ", condition.value)) <= 94 ? "Below ${join(", ", condition.value)}" : "Below ${length(condition.value)} folders"
      expression = join(" || ", [
        for prefix in condition.value : "resource.name.startsWith(\"projects/_/buckets/${each.value.bucket}/objects/${prefix}\")"
      ])
    }
  }
}

resource "google_bigquery_dataset_iam_member" "this" {
  for_each = var.grants.datasets

  dataset_id = each.value.dataset_id
  member     = google_service_account.this.member
  role       = each.value.role
}

resource "google_bigquery_table_iam_member" "this" {
  for_each = var.grants.tables

  dataset_id = each.value.dataset_id
  table_id   = each.value.table_id
  member     = google_service_account.this.member
  role       = "roles/bigquery.dataEditor"
}

resource "google_pubsub_topic_iam_member" "this" {
  for_each = var.grants.topics

  topic  = each.value
  member = google_service_account.this.member
  role   = "roles/pubsub.publisher"
}

resource "google_cloudfunctions2_function" "this" {
  project     = var.project_id
  name        = var.name
  description = var.description
  location    = var.region

  build_config {
    runtime           = "python312"
    docker_repository = var.repository
    entry_point       = var.entry_point
    service_account   = var.build_account
    source {
      storage_source {
        bucket = var.bucket
        object = google_storage_bucket_object.this.name
      }
    }
  }

  service_config {
    available_cpu                    = "1"
    available_memory                 = var.limits.memory
    environment_variables            = var.environment
    ingress_settings                 = var.ingress
    max_instance_count               = var.limits.instances
    max_instance_request_concurrency = var.limits.concurrency
    min_instance_count               = var.limits.minimum_instances
    service_account_email            = google_service_account.this.email
    timeout_seconds                  = var.limits.timeout_seconds
  }

  # So that the grants are in place before the first event arrives.
  depends_on = [
    google_bigquery_dataset_iam_member.this,
    google_bigquery_table_iam_member.this,
    google_project_iam_member.this,
    google_pubsub_topic_iam_member.this,
    google_storage_bucket_iam_member.this,
  ]
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = var.invokers

  project  = var.project_id
  location = var.region
  name     = google_cloudfunctions2_function.this.name
  member   = each.value
  role     = "roles/run.invoker"

  lifecycle {
    # A replaced function gets a new service, which has none of the old one's grants.
    replace_triggered_by = [google_cloudfunctions2_function.this.id]
  }
}
