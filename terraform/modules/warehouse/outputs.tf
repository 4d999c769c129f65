output "dataset_id" {
  description = "Name of the dataset."
  value       = google_bigquery_dataset.this.dataset_id
}

output "location" {
  description = "Where the rows are."
  value       = google_bigquery_dataset.this.location
}

output "table_ids" {
  description = "Names of the tables, not known in a plan that makes or replaces one: what is granted on it goes with it."
  value       = { for name, table in google_bigquery_table.this : name => reverse(split("/", table.id))[0] }
}

output "tables" {
  description = "Names of the tables, once the agent of Pub/Sub may write to them."
  value       = { for name, table in google_bigquery_table.this : name => table.table_id }
  depends_on  = [google_bigquery_dataset_iam_member.agent]
}
