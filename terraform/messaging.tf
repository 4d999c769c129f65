module "topic" {
  source   = "./modules/topic"
  for_each = local.queues

  name   = each.value.name
  agents = { for agent in each.value.agents : agent => local.agents[agent] }

  depends_on = [time_sleep.apis]
}

# Each is named as its topic: a replay finds the topic of a dead letter by that name.
resource "google_pubsub_subscription" "this" {
  for_each = local.queues

  name                       = each.value.name
  topic                      = module.topic[each.key].id
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"

  dynamic "push_config" {
    for_each = each.value.pushes_to[*]
    content {
      # Without the path an event does not say which topic it came from.
      push_endpoint = "${module.function["${each.value.problem}/${push_config.value}"].uri}/projects/${var.project_id}/topics/${each.value.name}"
      oidc_token {
        audience              = module.function["${each.value.problem}/${push_config.value}"].uri
        service_account_email = google_service_account.push[each.value.problem].email
      }
    }
  }

  dynamic "bigquery_config" {
    for_each = each.value.stored_in[*]
    content {
      table               = "${var.project_id}.${each.value.problem}.${time_sleep.grants[each.value.problem].triggers[bigquery_config.value]}"
      drop_unknown_fields = each.value.dead_lettered
      use_table_schema    = each.value.dead_lettered
      # A dead letter can hold any bytes: it is stored unparsed, with its metadata.
      write_metadata = !each.value.dead_lettered
    }
  }

  dynamic "dead_letter_policy" {
    for_each = each.value.dead_lettered ? ["dead_letters_topic"] : []
    content {
      dead_letter_topic     = time_sleep.grants[each.value.problem].triggers[dead_letter_policy.value]
      max_delivery_attempts = each.value.deliveries
    }
  }

  expiration_policy {
    ttl = "" # never
  }

  retry_policy {
    minimum_backoff = "30s"
    maximum_backoff = "600s"
  }
}

# The agent acknowledges a dead letter on its subscription and publishes it to dead_letters.
resource "google_pubsub_subscription_iam_member" "agent" {
  for_each = { for key, queue in local.queues : key => queue if queue.dead_lettered }

  subscription = google_pubsub_subscription.this[each.key].name
  member       = local.agents.pubsub
  role         = "roles/pubsub.subscriber"
}

resource "google_service_account" "push" {
  for_each = local.names

  account_id   = "${each.value}pubsub-push"
  display_name = "Calls the functions of ${each.key} with what their topics hold"
  depends_on   = [time_sleep.apis]
}
