variable "agents" {
  description = "Agents of Google's that publish to the topic, as members of a policy."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "name" {
  description = "Name of the topic."
  type        = string
  nullable    = false
}
