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
    condition     = one(google_monitoring_alert_policy.dead_letters["titanic"].conditions).condition_threshold[0].filter == "metric.type = \"pubsub.googleapis.com/subscription/dead_letter_message_count\" AND resource.type = \"pubsub_subscription\" AND resource.label.subscription_id = one_of(\"dead_letters\", \"ingestion_complete\", \"landing\", \"predictions\")"
    error_message = "Dead letters of every subscription raise an alert."
  }

  assert {
    condition = (
      one(google_monitoring_alert_policy.dead_letters["titanic"].conditions).condition_threshold[0].threshold_value == 0
      && one(google_monitoring_alert_policy.dead_letters["titanic"].conditions).condition_threshold[0].comparison == "COMPARISON_GT"
    )
    error_message = "One dead letter is enough."
  }

  assert {
    condition     = startswith(one(google_monitoring_alert_policy.latency["titanic"].conditions).condition_threshold[0].filter, "metric.type = \"run.googleapis.com/request_latencies\" AND resource.type = \"cloud_run_revision\" AND resource.label.service_name = \"predictions-endpoint\"")
    error_message = "The latency is that of the endpoint."
  }

  assert {
    condition     = one(google_monitoring_alert_policy.files["titanic"].conditions).condition_matched_log[0].filter == <<-EOT
      resource.type="cloud_run_revision"
      resource.labels.service_name="ingest-data"
      jsonPayload.event=("file_held" OR "file_quarantined")
    EOT
    error_message = "A file that is held or quarantined raises an alert."
  }

  assert {
    condition     = one(google_monitoring_alert_policy.undecided["titanic"].conditions).condition_matched_log[0].filter == <<-EOT
      resource.type="cloud_run_revision"
      resource.labels.service_name="train-model"
      jsonPayload.event="model_undecided"
    EOT
    error_message = "A decision that a person must make raises an alert."
  }

  assert {
    condition     = one(google_monitoring_alert_policy.no_promotion["titanic"].conditions).condition_matched_log[0].filter == <<-EOT
      resource.type="cloud_run_revision"
      resource.labels.service_name="monitor-model"
      jsonPayload.event="sweep"
      jsonPayload.days_without_promotion>=30
    EOT
    error_message = "Thirty days without a promotion raise an alert."
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

run "a_problem_says_how_long_it_may_stay_as_it_is" {
  command = plan

  variables {
    problems = { titanic = { promotion_days = 90 } }
  }

  assert {
    condition     = strcontains(one(google_monitoring_alert_policy.no_promotion["titanic"].conditions).condition_matched_log[0].filter, "jsonPayload.days_without_promotion>=90\n")
    error_message = "The alert waits for as many days."
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
        google_monitoring_alert_policy.files["titanic"], google_monitoring_alert_policy.latency["titanic"],
        google_monitoring_alert_policy.no_model["titanic"], google_monitoring_alert_policy.no_promotion["titanic"],
        google_monitoring_alert_policy.undecided["titanic"],
      ] : policy.notification_channels == tolist(google_monitoring_notification_channel.email[*].id)
    ])
    error_message = "Every alert is sent."
  }
}
