resource "google_pubsub_topic" "this" {
  name = var.name
}

# An agent exists only some time after its service was first used, and a topic is such a use.
resource "time_sleep" "agent" {
  for_each = var.agents

  create_duration = "60s"
  triggers        = { member = each.value, topic = google_pubsub_topic.this.name }
}

resource "google_pubsub_topic_iam_member" "agent" {
  for_each = var.agents

  topic  = time_sleep.agent[each.key].triggers["topic"]
  member = time_sleep.agent[each.key].triggers["member"]
  role   = "roles/pubsub.publisher"
}
