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

  validation {
    condition     = can(regex("^projects/[^/]+/serviceAccounts/[^/]+$", var.build_account))
    error_message = "build_account is \"${var.build_account}\"; write the account's full name, projects/PROJECT/serviceAccounts/ADDRESS, which is its id, and not its address alone."
  }
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
  description = "How much an instance is given, how many requests it takes at once, how many there may be, and how many there are without requests."
  type = object({
    concurrency       = number
    instances         = number
    memory            = string
    minimum_instances = optional(number, 0)
    timeout_seconds   = number
  })
  nullable = false

  validation {
    condition     = var.limits.minimum_instances <= var.limits.instances
    error_message = "limits has ${var.limits.minimum_instances} minimum_instances of at most ${var.limits.instances} instances; write fewer, or raise instances."
  }
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

variable "repository" {
  description = "Full name of the Artifact Registry repository that keeps the images."
  type        = string
  nullable    = false
}

variable "sources" {
  description = "Texts of the files that are deployed, by their names."
  type        = map(string)
  nullable    = false
}
