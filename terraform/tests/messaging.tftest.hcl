mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

variables {
  project_id = "my-project"
}

run "no_message_is_lost" {
  command = apply

  override_resource {
    target = google_service_account.push["titanic"]
    values = { email = "pubsub-push@my-project.iam.gserviceaccount.com", member = "serviceAccount:pubsub-push@my-project.iam.gserviceaccount.com" }
  }

  override_resource {
    target = module.function["titanic/ingest_data"].google_cloudfunctions2_function.this
    values = { service_config = { uri = "https://ingest-data-123456789012.europe-west3.run.app" } }
  }

  override_resource {
    target = module.function["titanic/train_model"].google_cloudfunctions2_function.this
    values = { service_config = { uri = "https://train-model-123456789012.europe-west3.run.app" } }
  }

  assert {
    condition = toset([for key, subscription in google_pubsub_subscription.this : key if length(subscription.dead_letter_policy) == 1]) == toset([
      "titanic/ingestion_complete", "titanic/landing", "titanic/predictions",
    ])
    error_message = "Every subscription but that of dead_letters has dead_letters as its dead-letter topic."
  }

  assert {
    condition = { for key, subscription in google_pubsub_subscription.this : key => one(subscription.dead_letter_policy[*].max_delivery_attempts) if subscription.name != "dead_letters" } == {
      "titanic/ingestion_complete" = 100
      "titanic/landing"            = 20
      "titanic/predictions"        = 5
    }
    error_message = "A message becomes a dead letter after five deliveries; where it may wait for an instance, after more."
  }

  assert {
    condition = alltrue([
      for key, grant in google_pubsub_subscription_iam_member.agent :
      grant.subscription == google_pubsub_subscription.this[key].name && grant.role == "roles/pubsub.subscriber"
      && grant.member == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
    ]) && length(google_pubsub_subscription_iam_member.agent) == 3
    error_message = "The agent is a subscriber of every subscription with a dead-letter topic, or no dead letter arrives."
  }

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.this : subscription.expiration_policy[0].ttl == "" && subscription.message_retention_duration == "604800s"])
    error_message = "A subscription does not expire, and keeps pending messages for seven days."
  }

  assert {
    condition = alltrue([
      for subscription in google_pubsub_subscription.this :
      subscription.retry_policy[0].minimum_backoff == "30s" && subscription.retry_policy[0].maximum_backoff == "600s" && subscription.ack_deadline_seconds == 600
    ])
    error_message = "A message is redelivered after 30 s, then with growing pauses."
  }

  assert {
    condition = {
      for key, subscription in google_pubsub_subscription.this : key => [
        for push in subscription.push_config : [push.push_endpoint, push.oidc_token[0].audience, push.oidc_token[0].service_account_email]
      ]
      } == {
      "titanic/dead_letters" = []
      "titanic/ingestion_complete" = [[
        "https://train-model-123456789012.europe-west3.run.app/projects/my-project/topics/ingestion_complete",
        "https://train-model-123456789012.europe-west3.run.app",
        "pubsub-push@my-project.iam.gserviceaccount.com",
      ]]
      "titanic/landing" = [[
        "https://ingest-data-123456789012.europe-west3.run.app/projects/my-project/topics/landing",
        "https://ingest-data-123456789012.europe-west3.run.app",
        "pubsub-push@my-project.iam.gserviceaccount.com",
      ]]
      "titanic/predictions" = []
    }
    error_message = "An event is pushed to its function, with a token of the pushing account for it, and names its topic in the path."
  }
}

run "agents_may_do_their_part" {
  command = apply

  assert {
    condition = { for key, topic in module.topic : key => topic.agents } == {
      "titanic/dead_letters"       = { pubsub = local.agents.pubsub }
      "titanic/ingestion_complete" = {}
      "titanic/landing"            = { storage = local.agents.storage }
      "titanic/predictions"        = {}
    }
    error_message = "Of Google's agents, only Pub/Sub publishes to dead_letters, and only Cloud Storage to landing."
  }

  assert {
    condition = alltrue([
      for wait in concat([time_sleep.apis, time_sleep.repository], values(time_sleep.grants)) : wait.create_duration == "60s"
    ])
    error_message = "A minute passes after an API is enabled and after a grant is made."
  }
}

run "records_go_into_tables" {
  command = plan

  assert {
    condition = one([
      for to in google_pubsub_subscription.this["titanic/predictions"].bigquery_config :
      to.table == "my-project.titanic.predictions_data" && to.use_table_schema && to.drop_unknown_fields
    ])
    error_message = "Predictions are stored by column."
  }

  assert {
    condition = one([
      for to in google_pubsub_subscription.this["titanic/dead_letters"].bigquery_config :
      to.table == "my-project.titanic.dead_letters" && to.write_metadata && to.use_table_schema != true
    ])
    error_message = "Dead letters are stored unparsed, with their metadata."
  }
}

run "agents_publish" {
  command = plan

  module {
    source = "./modules/topic"
  }

  variables {
    name   = "landing"
    agents = { storage = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }

  assert {
    condition     = one(values(google_pubsub_topic_iam_member.agent)).member == var.agents.storage && one(values(google_pubsub_topic_iam_member.agent)).role == "roles/pubsub.publisher"
    error_message = "The agent may publish to the topic."
  }

  assert {
    condition     = one(values(time_sleep.agent)).create_duration == "60s"
    error_message = "A minute passes between the topic and the grant to the agent."
  }
}
