output "build" {
  description = "Account that builds, and the repository of the images."
  value = {
    account    = google_cloudfunctions2_function.this.build_config[0].service_account
    repository = google_cloudfunctions2_function.this.build_config[0].docker_repository
  }
}

output "bundle" {
  description = "Object that holds the code."
  value       = google_storage_bucket_object.this.name
}

output "grants" {
  description = "Grants of the function's account and of its callers, as pairs of a role and the resource."
  value = sort(concat(
    [for grant in values(google_bigquery_dataset_iam_member.this) : "${grant.role} on dataset ${grant.dataset_id}"],
    [for grant in values(google_bigquery_table_iam_member.this) : "${grant.role} on table ${grant.dataset_id}.${grant.table_id}"],
    [for grant in values(google_cloud_run_v2_service_iam_member.invoker) : "${grant.role} on service ${grant.name} for ${grant.member}"],
    [for grant in values(google_project_iam_member.this) : "${grant.role} on project ${grant.project}"],
    [for grant in values(google_pubsub_topic_iam_member.this) : "${grant.role} on topic ${grant.topic}"],
    [for grant in values(google_storage_bucket_iam_member.this) : join(" ", concat(["${grant.role} on bucket ${grant.bucket}"], grant.condition[*].expression))],
  ))
}

output "limits" {
  description = "What an instance is given, and how many there may be."
  value = {
    concurrency       = google_cloudfunctions2_function.this.service_config[0].max_instance_request_concurrency
    instances         = google_cloudfunctions2_function.this.service_config[0].max_instance_count
    memory            = google_cloudfunctions2_function.this.service_config[0].available_memory
    minimum_instances = google_cloudfunctions2_function.this.service_config[0].min_instance_count
    timeout_seconds   = google_cloudfunctions2_function.this.service_config[0].timeout_seconds
  }
}

output "name" {
  description = "Name of the function and of its service."
  value       = google_cloudfunctions2_function.this.name
}

output "uri" {
  description = "Address of the function, once its callers may call it."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
  depends_on  = [google_cloud_run_v2_service_iam_member.invoker]
}
