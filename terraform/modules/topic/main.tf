resource "google_pubsub_topic" "this" {
  name = var.name
}

resource "google_pubsub_topic_iam_member" "agent" {
  for_each = var.agents

  topic  = google_pubsub_topic.this.name
  member = each.value
  role   = "roles/pubsub.publisher"
}
