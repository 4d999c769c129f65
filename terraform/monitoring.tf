locals {
  # The services of a problem, as a filter of Cloud Monitoring and one of Cloud Logging.
  services = {
    for problem in keys(var.problems) : problem => sort([for function in values(local.deployed) : function.name if contains(function.problems, problem)])
  }
  event_names = { for problem, names in local.services : problem => [for name in names : name if !endswith(name, "predictions-endpoint")] }
  queue_names = { for problem, prefix in local.names : problem => [for topic in keys(local.topics) : "${prefix}${topic}"] }

  of_services = { for problem, names in local.services : problem => "resource.type = \"cloud_run_revision\" AND resource.label.service_name = one_of(${join(", ", formatlist("%q", names))})" }
  of_events   = { for problem, names in local.event_names : problem => "resource.type = \"cloud_run_revision\" AND resource.label.service_name = one_of(${join(", ", formatlist("%q", names))})" }
  of_endpoint = { for problem, key in local.endpoints : problem => "resource.type = \"cloud_run_revision\" AND resource.label.service_name = \"${local.deployed[key].name}\"" }

  # What each alert is about: a problem's functions, or a shared one; the endpoint of a problem, or of all.
  watched = merge(
    { for problem in keys(var.problems) : problem => { of = problem, names = [for name in local.services[problem] : name if !startswith(name, "problems-")] } },
    { for entry_point in local.shared : entry_point => { of = "the shared endpoint", names = [local.deployed[entry_point].name] } },
  )
  watched_endpoints = merge(
    { for problem, key in local.endpoints : problem => { of = problem, problem = problem, name = local.deployed[key].name } if var.endpoint == "each" },
    { for entry_point in local.shared : entry_point => { of = "the shared endpoint", problem = local.ordered[0], name = local.deployed[entry_point].name } },
  )

  of_queues = { for problem, names in local.queue_names : problem => "resource.type = \"pubsub_subscription\" AND resource.label.subscription_id = one_of(${join(", ", formatlist("%q", names))})" }

  channels = google_monitoring_notification_channel.email[*].id
}

resource "google_monitoring_notification_channel" "email" {
  count = var.alert_email == "" ? 0 : 1

  display_name = "Titanic MLOps"
  type         = "email"
  labels       = { email_address = var.alert_email }
  depends_on   = [time_sleep.apis]
}

resource "google_monitoring_alert_policy" "dead_letters" {
  for_each = var.problems

  display_name          = "Dead letters of ${each.key}"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "A message became a dead letter"
    condition_threshold {
      filter          = "metric.type = \"pubsub.googleapis.com/subscription/dead_letter_message_count\" AND ${local.of_queues[each.key]}"
      comparison      = "COMPARISON_GT"
      duration        = "0s"
      threshold_value = 0
      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_DELTA"
      }
    }
  }

  documentation {
    content = "`titanic-mlops dead list` shows the messages; replay them once the cause is gone, or discard them."
  }

  depends_on = [time_sleep.apis]
}

resource "google_monitoring_alert_policy" "errors" {
  for_each = local.watched

  display_name          = "Errors of ${each.value.of}"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "A function logged an error"
    condition_matched_log {
      # The request log has an error for each 503, after which Pub/Sub redelivers the message.
      filter = <<-EOT
        resource.type="cloud_run_revision"
        resource.labels.service_name=(${join(" OR ", formatlist("%q", each.value.names))})
        severity>=ERROR
        NOT log_id("run.googleapis.com/requests")
      EOT
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    content = "The log's sentence says what was found; a message that became a dead letter is among `titanic-mlops dead list`."
  }

  depends_on = [time_sleep.apis]
}

resource "google_monitoring_alert_policy" "files" {
  for_each = var.problems

  display_name          = "Files of ${each.key} that were not loaded"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "A file was held or quarantined"
    condition_matched_log {
      filter = <<-EOT
        resource.type="cloud_run_revision"
        resource.labels.service_name="${local.names[each.key]}ingest-data"
        jsonPayload.event=("file_held" OR "file_quarantined")
      EOT
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    content = "The log's sentence names the file and the fault. `titanic-mlops held list` shows the held files; release or discard each. A quarantined file is corrected and uploaded again."
  }

  depends_on = [time_sleep.apis]
}

resource "google_monitoring_alert_policy" "undecided" {
  for_each = var.problems

  display_name          = "Models of ${each.key} that a person decides on"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "The gate left a decision to a person"
    condition_matched_log {
      filter = <<-EOT
        resource.type="cloud_run_revision"
        resource.labels.service_name="${local.names[each.key]}train-model"
        jsonPayload.event="model_undecided"
      EOT
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    content = "The log's sentence says what was found. Where the challenger is better on new rows and worse on old ones, the world has changed or labels of new files are wrong: `titanic-mlops files revoke` takes a file back, `titanic-mlops models promote` makes the challenger the champion."
  }

  depends_on = [time_sleep.apis]
}

resource "google_monitoring_alert_policy" "latency" {
  for_each = local.watched_endpoints

  display_name          = "Slow predictions of ${each.value.of}"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "p99 of the endpoint above 1 s for 5 minutes"
    condition_threshold {
      filter          = "metric.type = \"run.googleapis.com/request_latencies\" AND ${local.of_endpoint[each.value.problem]}"
      comparison      = "COMPARISON_GT"
      duration        = "300s"
      threshold_value = 1000 # milliseconds
      aggregations {
        alignment_period     = "60s"
        cross_series_reducer = "REDUCE_PERCENTILE_99"
        per_series_aligner   = "ALIGN_DELTA"
      }
    }
  }

  documentation {
    content = "A start from nothing takes some seconds and passes; what stays may need more instances."
  }

  depends_on = [time_sleep.apis]
}

resource "google_monitoring_alert_policy" "no_model" {
  for_each = local.watched_endpoints

  display_name          = "No model of ${each.value.of}"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "The endpoint answered 503"
    condition_matched_log {
      filter = <<-EOT
        resource.type="cloud_run_revision"
        resource.labels.service_name="${each.value.name}"
        jsonPayload.message=~"^(Answered 503:|No model has been promoted yet)"
      EOT
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    content = "Before the first training it is to be expected: land a labelled file. Afterwards, the log's sentence says what could not be read."
  }

  depends_on = [time_sleep.apis]
}

# An alert on the absence of a metric looks back 23.5 hours at most, so monitor_model counts the days.
resource "google_monitoring_alert_policy" "no_promotion" {
  for_each = var.problems

  display_name          = "No promotion of ${each.key}"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "No model was promoted for ${each.value.promotion_days} days"
    condition_matched_log {
      filter = <<-EOT
        resource.type="cloud_run_revision"
        resource.labels.service_name="${local.names[each.key]}monitor-model"
        jsonPayload.event="sweep"
        jsonPayload.days_without_promotion>=${each.value.promotion_days}
      EOT
    }
  }

  alert_strategy {
    auto_close = "604800s"
    notification_rate_limit {
      period = "86400s"
    }
  }

  documentation {
    content = "Either no file landed, or files were not loaded, or the gate rejected each challenger: `titanic-mlops models list` shows each verdict. If that is as it should be, raise promotion_days in the variable problems."
  }

  depends_on = [time_sleep.apis]
}

resource "google_monitoring_dashboard" "this" {
  for_each = var.problems

  dashboard_json = jsonencode({
    displayName = "Titanic MLOps: ${each.key}"
    gridLayout = {
      columns = "2"
      widgets = [
        for chart in [
          {
            title     = "Predictions per second, by code"
            filter    = "metric.type = \"run.googleapis.com/request_count\" AND ${local.of_endpoint[each.key]}"
            aligner   = "ALIGN_RATE"
            reducers  = ["REDUCE_SUM"]
            by        = ["metric.label.response_code"]
            plot_type = "STACKED_BAR"
          },
          {
            title     = "Latency of predictions, p50 and p99, in ms"
            filter    = "metric.type = \"run.googleapis.com/request_latencies\" AND ${local.of_endpoint[each.key]}"
            aligner   = "ALIGN_DELTA"
            reducers  = ["REDUCE_PERCENTILE_50", "REDUCE_PERCENTILE_99"]
            by        = []
            plot_type = "LINE"
          },
          {
            title     = "Files and batches delivered, by function and code"
            filter    = "metric.type = \"run.googleapis.com/request_count\" AND ${local.of_events[each.key]}"
            aligner   = "ALIGN_DELTA"
            reducers  = ["REDUCE_SUM"]
            by        = ["resource.label.service_name", "metric.label.response_code"]
            plot_type = "STACKED_BAR"
          },
          {
            title     = "Errors logged, by function"
            filter    = "metric.type = \"logging.googleapis.com/log_entry_count\" AND metric.label.severity = \"ERROR\" AND ${local.of_services[each.key]}"
            aligner   = "ALIGN_DELTA"
            reducers  = ["REDUCE_SUM"]
            by        = ["resource.label.service_name"]
            plot_type = "STACKED_BAR"
          },
          {
            title     = "Messages waiting, by subscription"
            filter    = "metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND ${local.of_queues[each.key]}"
            aligner   = "ALIGN_MAX"
            reducers  = ["REDUCE_SUM"]
            by        = ["resource.label.subscription_id"]
            plot_type = "LINE"
          },
          {
            title     = "Dead letters, by subscription"
            filter    = "metric.type = \"pubsub.googleapis.com/subscription/dead_letter_message_count\" AND ${local.of_queues[each.key]}"
            aligner   = "ALIGN_DELTA"
            reducers  = ["REDUCE_SUM"]
            by        = ["resource.label.subscription_id"]
            plot_type = "STACKED_BAR"
          },
          ] : {
          title = chart.title
          xyChart = {
            dataSets = [
              for reducer in chart.reducers : {
                plotType = chart.plot_type
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = chart.filter
                    aggregation = {
                      alignmentPeriod    = "60s"
                      crossSeriesReducer = reducer
                      groupByFields      = chart.by
                      perSeriesAligner   = chart.aligner
                    }
                  }
                }
              }
            ]
          }
        }
      ]
    }
  })

  depends_on = [time_sleep.apis]
}
