# Above each resource: the policies that it violates. It violates no other of ours.

# FUNCTION_HAS_ACCOUNTS
resource "google_cloudfunctions2_function" "runs_as_the_default" {
  build_config { service_account = "projects/p/serviceAccounts/b" }
  service_config { ingress_settings = "ALLOW_INTERNAL_ONLY" }
}
# FUNCTION_HAS_ACCOUNTS
resource "google_cloudfunctions2_function" "is_built_as_the_default" {
  build_config { runtime = "python312" }
  service_config {
    ingress_settings      = "ALLOW_INTERNAL_ONLY"
    service_account_email = "a@example.com"
  }
}
# FUNCTION_INGRESS_IS_CHOSEN
resource "google_cloudfunctions2_function" "for_all" {
  build_config { service_account = "projects/p/serviceAccounts/b" }
  service_config {
    ingress_settings      = "ALLOW_ALL"
    service_account_email = "a@example.com"
  }
}
# FUNCTION_INGRESS_IS_CHOSEN
resource "google_cloudfunctions2_function" "for_all_unsaid" {
  build_config { service_account = "projects/p/serviceAccounts/b" }
  service_config { service_account_email = "a@example.com" }
}
# NO_BASIC_ROLE CKV_GCP_117
resource "google_project_iam_member" "editor" {
  role   = "roles/editor"
  member = "user:a@example.com"
}
# NO_BASIC_ROLE
resource "google_storage_bucket_iam_member" "owner" {
  role   = "roles/owner"
  member = "user:a@example.com"
}
# NO_BASIC_ROLE
resource "google_service_account_iam_binding" "viewer" {
  role    = "roles/viewer"
  members = ["user:a@example.com"]
}
# NO_GRANT_TO_EVERYBODY
resource "google_cloud_run_v2_service_iam_member" "everybody" {
  role   = "roles/run.invoker"
  member = "allUsers"
}
# NO_GRANT_TO_EVERYBODY
resource "google_cloud_run_v2_service_iam_binding" "everybody_too" {
  role    = "roles/run.invoker"
  members = ["user:a@example.com", "allUsers"]
}
# NO_GRANT_TO_EVERYBODY
resource "google_bigquery_dataset_iam_member" "everybody" {
  role   = "roles/bigquery.dataViewer"
  member = "allAuthenticatedUsers"
}
# NO_GRANT_TO_EVERYBODY CKV_GCP_100
resource "google_bigquery_table_iam_binding" "everybody" {
  role    = "roles/bigquery.dataViewer"
  members = ["allUsers"]
}
# NO_GRANT_TO_EVERYBODY
resource "google_bigquery_dataset_access" "everybody" {
  role       = "READER"
  iam_member = "allUsers"
}
# NO_GRANT_TO_EVERYBODY
resource "google_bigquery_dataset_access" "everybody_as_a_group" {
  role          = "READER"
  special_group = "allAuthenticatedUsers"
}
# NO_GRANT_TO_EVERYBODY CKV_GCP_28
resource "google_storage_bucket_iam_member" "everybody" {
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}
# NO_GRANT_TO_EVERYBODY CKV_GCP_99
resource "google_pubsub_topic_iam_binding" "everybody" {
  role    = "roles/pubsub.publisher"
  members = ["allAuthenticatedUsers"]
}
# NO_KEY
resource "google_service_account_key" "build" {
  service_account_id = google_service_account.build.id
}
# NO_KEY
resource "google_storage_hmac_key" "build" {
  service_account_email = "a@example.com"
}
# OBJECT_IS_NAMED_BY_ITS_CONTENT
resource "google_storage_bucket_object" "one_name" {
  name = "function.zip"
}
# OBJECT_IS_NAMED_BY_ITS_CONTENT
resource "google_storage_bucket_object" "one_name_each" {
  name = "${var.project_id}.zip"
}
# POOL_BELIEVES_ONE_REPOSITORY
resource "google_iam_workload_identity_pool_provider" "by_name" {
  attribute_condition = "assertion.repository == 'some-org/some-repo'"
  oidc { issuer_uri = "https://token.actions.githubusercontent.com" }
}
# POOL_BELIEVES_ONE_REPOSITORY
resource "google_iam_workload_identity_pool_provider" "all_of_an_owner" {
  attribute_condition = "assertion.repository_owner_id == '${var.owner_id}'"
  oidc { issuer_uri = "https://token.actions.githubusercontent.com" }
}
# POOL_BELIEVES_ONE_REPOSITORY CKV_GCP_118
resource "google_iam_workload_identity_pool_provider" "anybody" {
  oidc { issuer_uri = "https://token.actions.githubusercontent.com" }
}
# PUSH_SHOWS_A_TOKEN
resource "google_pubsub_subscription" "without_a_token" {
  dead_letter_policy { dead_letter_topic = "projects/p/topics/d" }
  expiration_policy { ttl = "" }
  push_config { push_endpoint = "https://example.com/" }
  retry_policy { minimum_backoff = "30s" }
}
# PUSH_SHOWS_A_TOKEN
resource "google_pubsub_subscription" "with_a_token_for_nobody" {
  dead_letter_policy { dead_letter_topic = "projects/p/topics/d" }
  expiration_policy { ttl = "" }
  push_config {
    push_endpoint = "https://example.com/"
    oidc_token { service_account_email = "a@example.com" }
  }
  retry_policy { minimum_backoff = "30s" }
}
# SUBSCRIPTION_GIVES_UP
resource "google_pubsub_subscription" "never_gives_up" {
  expiration_policy { ttl = "" }
  retry_policy { minimum_backoff = "30s" }
}
# SUBSCRIPTION_GIVES_UP
resource "google_pubsub_subscription" "gives_up_for_no_topic" {
  dynamic "dead_letter_policy" {
    for_each = []
    content { dead_letter_topic = "projects/p/topics/d" }
  }
  expiration_policy { ttl = "" }
  retry_policy { minimum_backoff = "30s" }
}
# SUBSCRIPTION_RETRIES
resource "google_pubsub_subscription" "retries_at_once" {
  dead_letter_policy { dead_letter_topic = "projects/p/topics/d" }
  expiration_policy { ttl = "" }
}
# SUBSCRIPTION_RETRIES
resource "google_pubsub_subscription" "retries_at_once_in_so_many_words" {
  dead_letter_policy { dead_letter_topic = "projects/p/topics/d" }
  expiration_policy { ttl = "" }
  retry_policy { minimum_backoff = "0s" }
}
# SUBSCRIPTION_STAYS
resource "google_pubsub_subscription" "stays_for_a_month" {
  dead_letter_policy { dead_letter_topic = "projects/p/topics/d" }
  retry_policy { minimum_backoff = "30s" }
}
# SUBSCRIPTION_STAYS
resource "google_pubsub_subscription" "stays_for_a_day" {
  dead_letter_policy { dead_letter_topic = "projects/p/topics/d" }
  expiration_policy { ttl = "86400s" }
  retry_policy { minimum_backoff = "30s" }
}
# TABLE_IS_PROTECTED
resource "google_bigquery_table" "unsaid" {
  table_id = "unsaid"
}
# TABLE_IS_PROTECTED
resource "google_bigquery_table" "unprotected" {
  table_id            = "unprotected"
  deletion_protection = false
}
# CKV_GCP_29
resource "google_storage_bucket" "with_lists" {
  public_access_prevention = "enforced"
}
# CKV_GCP_114
resource "google_storage_bucket" "that_may_be_opened" {
  uniform_bucket_level_access = true
}
