variable "delete_after_days" {
  description = "Age at which objects are deleted; null keeps them."
  type        = number
  default     = null
}

variable "force_destroy" {
  description = "Whether the bucket is destroyed with the objects in it."
  type        = bool
  nullable    = false
}

variable "forgotten" {
  description = "Prefixes below which what is replaced or deleted is kept for a day only, where the rest is for 90."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "location" {
  description = "Where the objects are."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the bucket."
  type        = string
  nullable    = false
}

variable "notifications" {
  description = "Topics that get a notification for each new object below a prefix."
  type = map(object({
    object_name_prefix = string
    topic              = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(var.notifications) <= 10
    error_message = "notifications has ${length(var.notifications)} topics, and Cloud Storage notifies at most 10 of an event in one bucket; use another bucket for the others."
  }
}

variable "versioned" {
  description = "Whether what is replaced or deleted is kept for 90 days."
  type        = bool
  default     = false
  nullable    = false
}
