resource "google_service_account" "scheduler" {
  for_each = local.names

  account_id   = "${each.value}scheduler"
  display_name = "Calls monitor-model of ${each.key} by the clock"
  depends_on   = [time_sleep.apis]
}

resource "google_cloud_scheduler_job" "monitor_model" {
  for_each = local.names

  name             = "${each.value}monitor-model"
  description      = "Takes up what a crash left unfinished (${each.key})"
  region           = var.region
  schedule         = var.problems[each.key].sweep_schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "${local.limits.monitor_model.timeout_seconds + 20}s"

  http_target {
    uri         = module.function["${each.key}/monitor_model"].uri
    http_method = "POST"
    oidc_token {
      audience              = module.function["${each.key}/monitor_model"].uri
      service_account_email = google_service_account.scheduler[each.key].email
    }
  }

  retry_config {
    retry_count = 1 # the next scheduled run is soon
  }
}
