resource "google_storage_bucket" "this" {
  name                        = var.name
  location                    = var.location
  force_destroy               = var.force_destroy
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true

  versioning {
    enabled = var.versioned
  }

  # By default Google keeps deleted objects for another seven days.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  dynamic "lifecycle_rule" {
    for_each = var.delete_after_days[*]
    content {
      action {
        type = "Delete"
      }
      condition {
        age = lifecycle_rule.value
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = var.versioned ? [90] : []
    content {
      action {
        type = "Delete"
      }
      condition {
        days_since_noncurrent_time = lifecycle_rule.value
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = length(var.forgotten) > 0 ? [1] : []
    content {
      action {
        type = "Delete"
      }
      condition {
        days_since_noncurrent_time = lifecycle_rule.value
        matches_prefix             = var.forgotten
      }
    }
  }
}

resource "google_storage_notification" "this" {
  for_each = var.notifications

  bucket             = google_storage_bucket.this.name
  event_types        = ["OBJECT_FINALIZE"]
  object_name_prefix = each.value.object_name_prefix
  payload_format     = "JSON_API_V1"
  topic              = each.value.topic
}
