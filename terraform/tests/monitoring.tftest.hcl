mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

variables {
  project_id = "my-project"
}

run "alerts_need_no_address" {
  command = plan

  assert {
    condition     = length(google_monitoring_notification_channel.email) == 0
    error_message = "Without an address there is no notification channel."
  }

  assert {
    condition     = strcontains(one(google_monitoring_alert_policy.dead_letters["titanic"].conditions).condition_threshold[0].filter, "one_of(\"dead_letters\", \"ingestion_complete\", \"landing\", \"predictions\")")
    error_message = "Dead letters of every subscription raise an alert."
  }

  assert {
    condition = alltrue([
      for name in ["ingest-data", "monitor-model", "predictions-endpoint", "train-model"] :
      strcontains(one(google_monitoring_alert_policy.errors["titanic"].conditions).condition_matched_log[0].filter, "\"${name}\"")
    ])
    error_message = "Errors of every function raise an alert."
  }

  assert {
    condition     = strcontains(one(google_monitoring_alert_policy.errors["titanic"].conditions).condition_matched_log[0].filter, "severity>=ERROR\n")
    error_message = "An error is enough."
  }

  assert {
    condition     = one(google_monitoring_alert_policy.latency["titanic"].conditions).condition_threshold[0].threshold_value == 1000
    error_message = "A second is slow."
  }

  assert {
    condition = (
      strcontains(local.of_events.titanic, "one_of(\"ingest-data\", \"monitor-model\", \"train-model\")")
      && strcontains(local.of_services.titanic, "\"predictions-endpoint\"")
    )
    error_message = "Event functions and the endpoint have separate filters."
  }

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.this["titanic"].dashboard_json).gridLayout.widgets) == 6
    error_message = "The dashboard has six charts."
  }

  assert {
    condition     = google_cloud_scheduler_job.monitor_model["titanic"].schedule == "*/10 * * * *" && google_cloud_scheduler_job.monitor_model["titanic"].time_zone == "Etc/UTC"
    error_message = "The sweep runs every ten minutes."
  }
}

run "alerts_are_sent_to_an_address" {
  command = apply

  variables {
    alert_email = "someone@example.com"
  }

  assert {
    condition     = one(google_monitoring_notification_channel.email).labels.email_address == "someone@example.com"
    error_message = "Alerts go to the address."
  }

  assert {
    condition = alltrue([
      for policy in [
        google_monitoring_alert_policy.dead_letters["titanic"], google_monitoring_alert_policy.errors["titanic"],
        google_monitoring_alert_policy.latency["titanic"], google_monitoring_alert_policy.no_model["titanic"],
      ] : policy.notification_channels == tolist(google_monitoring_notification_channel.email[*].id)
    ])
    error_message = "Every alert is sent."
  }
}
