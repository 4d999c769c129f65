output "backend" {
  description = "What terraform/backend_override.tf must say for the root to keep its state in the bucket."
  value       = <<-EOT
    terraform {
      backend "gcs" {
        bucket = "${google_storage_bucket.state.name}"
        prefix = "root"
      }
    }
  EOT
}

output "commands" {
  description = "Sets the repository variables: terraform output -raw commands | sh"
  value = join("", [
    for name, value in local.repository_variables :
    "gh variable set ${name} --repo ${var.repository} --body '${value}'\n"
  ])
  depends_on = [
    google_project_iam_member.apply,
    google_project_iam_member.apply_grants,
    google_project_iam_member.plan,
    google_project_iam_member.plan_bundles,
    google_service_account_iam_member.apply_shows_itself,
    google_service_account_iam_member.run_is_account,
    google_storage_bucket_iam_member.plan_reads_state,
  ]
}

output "repository_variables" {
  description = "The repository variables that the workflows read. None of them is a secret."
  value       = local.repository_variables
}
