variable "access" {
  description = "Access to predictions: `private` for the members in `invokers`; `public` for any client."
  type        = string
  default     = "private"
  nullable    = false

  validation {
    condition     = contains(["private", "public"], var.access)
    error_message = "access is \"${var.access}\"; write \"private\" or \"public\"."
  }
}

variable "alert_email" {
  description = "Address that alerts are sent to; empty for none."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.alert_email == "" || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alert_email))
    error_message = "alert_email is \"${var.alert_email}\"; write an address like someone@example.com, or leave it out."
  }
}

variable "allowed_origins" {
  description = "Origins of the pages that may call a public endpoint from a browser."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for origin in var.allowed_origins :
      can(regex("^(https://[a-z0-9-]+(\\.[a-z0-9-]+)*|http://localhost)(:[0-9]{1,5})?$", origin))
    ])
    error_message = "allowed_origins has ${jsonencode(var.allowed_origins)}; write each as https://host or https://host:port, or http://localhost:port, without a path or a slash at the end."
  }

  validation {
    condition     = var.access != "public" || length(var.allowed_origins) > 0
    error_message = "allowed_origins is empty while access is public; write the origins whose pages may call the endpoint, like [\"https://www.example.com\"]."
  }

  validation {
    condition     = var.access == "public" || length(var.allowed_origins) == 0
    error_message = "allowed_origins is given while access is private, where no page of another origin can call the endpoint; leave it out, or write access = \"public\"."
  }
}

variable "invokers" {
  description = "IAM members that may call a private endpoint."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for member in var.invokers : can(regex("^((user|group|serviceAccount):[^@\\s]+@[^@\\s]+|domain:[^@\\s]+)$", member))
    ])
    error_message = "invokers has ${jsonencode(var.invokers)}; write each as user:, group: or serviceAccount: and an address, or domain: and a domain. To open the endpoint to any client, write access = \"public\"."
  }
}

variable "prefix" {
  description = "Prefix of the buckets' names, which are unique across Google Cloud; empty for the project's id."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.prefix == "" || can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.prefix))
    error_message = "prefix is \"${var.prefix}\"; write 3 to 32 lower-case letters, digits and hyphens, a letter first and no hyphen last."
  }

  validation {
    condition     = !strcontains(var.prefix == "" ? var.project_id : var.prefix, "goog")
    error_message = "The names of the buckets would begin with \"${var.prefix == "" ? var.project_id : var.prefix}\", and Google refuses those that have \"goog\" in them; write another prefix."
  }
}

variable "problems" {
  description = "Problems to solve, each with its own data, model and endpoint. `sweep_schedule`, a cron expression in UTC, sets when monitor_model resumes what a crash left unfinished."
  type = map(object({
    sweep_schedule = optional(string, "*/10 * * * *")
  }))
  default  = { titanic = {} }
  nullable = false

  validation {
    condition     = length(var.problems) > 0
    error_message = "problems is empty; write at least one, like { titanic = {} }."
  }

  validation {
    condition     = alltrue([for problem in keys(var.problems) : can(regex("^[a-z][a-z0-9]{1,15}$", problem))])
    error_message = "problems has ${jsonencode(keys(var.problems))}; name each by 2 to 16 lower-case letters and digits, a letter first."
  }

  validation {
    condition     = alltrue([for problem in values(var.problems) : can(regex("^\\S+( \\S+){4}$", problem.sweep_schedule))])
    error_message = "A sweep_schedule in problems does not have five fields, each a space from the next; write one like \"*/10 * * * *\"."
  }
}

variable "project_id" {
  description = "Google Cloud project that everything is made in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is \"${var.project_id}\"; write the id of a project, not its name or number: 6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last."
  }
}

variable "protect" {
  description = "Whether data and models are kept from being destroyed; to destroy everything, apply with false first."
  type        = bool
  default     = true
  nullable    = false
}

variable "region" {
  description = "Region that everything is in."
  type        = string
  default     = "europe-west3"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "region is \"${var.region}\"; write one like europe-west3, not a zone like europe-west3-a or a multi-region like EU."
  }
}
