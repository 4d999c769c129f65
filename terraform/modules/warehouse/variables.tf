variable "agent" {
  description = "Agent of Pub/Sub, as a member of a policy."
  type        = string
  nullable    = false
}

variable "dataset_id" {
  description = "Name of the dataset."
  type        = string
  nullable    = false
}

variable "location" {
  description = "Where the dataset is."
  type        = string
  nullable    = false
}

variable "project_id" {
  description = "Project that the dataset belongs to."
  type        = string
  nullable    = false
}

variable "protect" {
  description = "Whether tables and their rows are kept from being destroyed."
  type        = bool
  nullable    = false
}

variable "schemas" {
  description = "Folder with a JSON schema for each table, and the query of each view."
  type        = string
  nullable    = false
}

variable "tables" {
  description = "Tables with the columns each is partitioned and sorted by, and the days a partition is kept."
  type = map(object({
    cluster   = optional(string)
    keep_days = optional(number)
    partition = string
  }))
  nullable = false
}

variable "views" {
  description = "Names of the views; none reads another."
  type        = set(string)
  nullable    = false
}
