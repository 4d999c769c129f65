output "deletions" {
  description = "When objects are deleted: at an age, or some days after they were replaced, below prefixes only where some are given."
  value = [
    for rule in google_storage_bucket.this.lifecycle_rule : {
      age_days      = one(rule.condition).age
      prefixes      = one(rule.condition).matches_prefix
      replaced_days = one(rule.condition).days_since_noncurrent_time
    }
  ]
}

output "location" {
  description = "Where the objects are."
  value       = google_storage_bucket.this.location
}

output "name" {
  description = "Name of the bucket."
  value       = google_storage_bucket.this.name
}
