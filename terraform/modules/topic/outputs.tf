output "id" {
  description = "Full name of the topic, once its agents may publish to it."
  value       = google_pubsub_topic.this.id
  depends_on  = [google_pubsub_topic_iam_member.agent]
}

output "name" {
  description = "Name of the topic."
  value       = google_pubsub_topic.this.name
}
