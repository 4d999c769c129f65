output "agents" {
  description = "Agents that exist by now, and may publish to the topic."
  value       = { for agent, grant in google_pubsub_topic_iam_member.agent : agent => grant.member }
}

output "id" {
  description = "Full name of the topic, once its agents may publish to it."
  value       = google_pubsub_topic.this.id
  depends_on  = [google_pubsub_topic_iam_member.agent]
}

output "name" {
  description = "Name of the topic."
  value       = google_pubsub_topic.this.name
}
