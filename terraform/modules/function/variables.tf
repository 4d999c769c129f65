variable "account_id" {
  description = "Id of the account that the function runs as."
  type        = string
  nullable    = false
}

variable "bucket" {
  description = "Bucket that holds the code."
  type        = string
  nullable    = false
}

variable "build_account" {
  description = "Full name of the account that builds."
  type        = string
  nullable    = false
}

variable "description" {
  description = "What the function does."
  type        = string
  nullable    = false
}

variable "entry_point" {
  description = "Name of the function in main.py."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Environment that the function reads its settings from."
  type        = map(string)
  nullable    = false
}

variable "grants" {
  description = "What the function may do: its roles, on buckets below prefixes only where some are given; the tables it edits, the topics it publishes to."
  type = object({
    buckets = optional(map(object({
      bucket   = string
      prefixes = list(string)
      role     = string
    })), {})
    datasets = optional(map(object({
      dataset_id = string
      role       = string
    })), {})
    project = optional(set(string), [])
    tables = optional(map(object({
      dataset_id = string
      table_id   = string
    })), {})
    topics = optional(map(string), {})
  })
  nullable = false
}

variable "ingress" {
  description = "Where requests may come from."
  type        = string
  nullable    = false
}

variable "invokers" {
  description = "IAM members that may call the function."
  type        = map(string)
  nullable    = false
}

variable "limits" {
  description = "How much an instance is given, how many requests it takes at once, and how many there may be."
  type = object({
    concurrency     = number
    instances       = number
    memory          = string
    timeout_seconds = number
  })
  nullable = false
}

variable "name" {
  description = "Name of the function and of its service."
  type        = string
  nullable    = false
}

variable "project_id" {
  description = "Project that the function belongs to."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Where the function runs."
  type        = string
  nullable    = false
}

variable "sources" {
  description = "Texts of the files that are deployed, by their names."
  type        = map(string)
  nullable    = false
}
