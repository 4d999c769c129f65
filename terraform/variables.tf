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

variable "endpoint" {
  description = "Endpoints of predictions: `each`, one for each problem; `shared`, one for all, which has each below the path of its name."
  type        = string
  default     = "each"
  nullable    = false

  validation {
    condition     = contains(["each", "shared"], var.endpoint)
    error_message = "endpoint is \"${var.endpoint}\"; write \"each\" or \"shared\"."
  }
}

variable "functions" {
  description = "Limits of functions by entry point, each of them optional; local.limits has the defaults. `minimum_instances` are kept, and paid, without requests; `concurrency` is the number of requests that an instance takes at once."
  type = map(object({
    concurrency       = optional(number)
    instances         = optional(number)
    memory            = optional(string)
    minimum_instances = optional(number)
    timeout_seconds   = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(setsubtract(keys(var.functions), ["ingest_data", "monitor_model", "predictions_endpoint", "train_model"])) == 0
    error_message = "functions has ${jsonencode(keys(var.functions))}; name ingest_data, monitor_model, predictions_endpoint or train_model."
  }

  validation {
    condition     = alltrue([for limits in values(var.functions) : limits.memory == null || contains(["512Mi", "1Gi", "2Gi", "3Gi", "4Gi"], coalesce(limits.memory, "512Mi"))])
    error_message = "A memory in functions is ${jsonencode([for limits in values(var.functions) : limits.memory if limits.memory != null])}; write 512Mi, 1Gi, 2Gi, 3Gi or 4Gi, which is the most for one CPU."
  }

  validation {
    condition = alltrue(flatten([
      for limits in values(var.functions) : [
        for value in [
          { given = limits.concurrency, least = 1, most = 1000 },
          { given = limits.instances, least = 1, most = 100 },
          { given = limits.minimum_instances, least = 0, most = 100 },
          { given = limits.timeout_seconds, least = 1, most = 540 },
        ] : value.given == null ? true : value.given >= value.least && value.given <= value.most && floor(value.given) == value.given
      ]
    ]))
    error_message = "functions has ${jsonencode(var.functions)}; write whole numbers: concurrency 1 to 1000, instances 1 to 100, minimum_instances 0 to 100, timeout_seconds 1 to 540."
  }

  validation {
    condition     = alltrue([for limit in ["concurrency", "instances"] : try(coalesce(var.functions.train_model[limit], 1), 1) == 1])
    error_message = "functions.train_model has another concurrency or instances than 1; leave them out, because one model of a problem is trained and judged at a time."
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
  description = "Problems to solve, each with its own data and model. `names_prefix`, by default the problem's name and a hyphen, begins the names of its functions, topics and accounts; it may be empty for one of them. Files of a `pinned` problem start no training: `titanic-mlops train` does, from a pinned snapshot. `promotion_days` without a promotion raise an alert. `sweep_schedule`, a cron expression in UTC, sets when monitor_model resumes what a crash left unfinished."
  type = map(object({
    names_prefix   = optional(string)
    pinned         = optional(bool, false)
    promotion_days = optional(number, 30)
    sweep_schedule = optional(string, "*/10 * * * *")
  }))
  default  = { titanic = { names_prefix = "" } }
  nullable = false

  validation {
    condition     = length(var.problems) > 0
    error_message = "problems is empty; write at least one, like { titanic = {} }."
  }

  validation {
    condition     = length(var.problems) <= 10
    error_message = "problems has ${length(var.problems)}, and the landing bucket can notify the topics of at most 10; deploy the others to another project."
  }

  validation {
    condition     = alltrue([for problem in values(var.problems) : problem.promotion_days >= 1 && floor(problem.promotion_days) == problem.promotion_days])
    error_message = "A promotion_days in problems is no whole number of at least 1; write one like 30."
  }

  validation {
    condition     = alltrue([for problem in keys(var.problems) : can(regex("^[a-z][a-z0-9]{1,15}$", problem))])
    error_message = "problems has ${jsonencode(keys(var.problems))}; name each by 2 to 16 lower-case letters and digits, a letter first."
  }

  validation {
    condition     = alltrue([for problem in values(var.problems) : problem.names_prefix == null ? true : can(regex("^([a-z][a-z0-9-]{0,15}-)?$", problem.names_prefix))])
    error_message = "problems has the names_prefix ${jsonencode([for problem in values(var.problems) : problem.names_prefix if problem.names_prefix != null])}; write each as at most 17 lower-case letters, digits and hyphens, a letter first and a hyphen last, or as \"\"."
  }

  validation {
    condition     = length(distinct([for name, problem in var.problems : problem.names_prefix == null ? "${name}-" : problem.names_prefix])) == length(var.problems)
    error_message = "Two of the problems ${jsonencode(keys(var.problems))} have the same names_prefix, so their functions would have the same names; write another for one of them, or leave it out."
  }

  validation {
    condition     = !anytrue([for name, problem in var.problems : startswith(problem.names_prefix == null ? name : problem.names_prefix, "goog")])
    error_message = "The topics of one of the problems ${jsonencode(keys(var.problems))} would have names that begin with \"goog\", which Google refuses; write a names_prefix for it that begins otherwise."
  }

  validation {
    condition     = !anytrue([for name, problem in var.problems : name == "problems" || try(startswith(problem.names_prefix, "problems-"), false)])
    error_message = "A problem in ${jsonencode(keys(var.problems))} has the name \"problems\", or a names_prefix that begins with \"problems-\"; a shared endpoint has that name and lists all problems at that path, so write another."
  }

  validation {
    condition     = alltrue([for problem in values(var.problems) : can(regex("^\\S+( \\S+){4}$", problem.sweep_schedule))])
    error_message = "A sweep_schedule in problems does not have five fields, each a space from the next; write one like \"*/10 * * * *\"."
  }
}

variable "problems_folder" {
  description = "Folder of your own declarations, the one that TITANIC_MLOPS_PROBLEMS names; each bundle holds them. A relative path begins in terraform/."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.problems_folder == "" || try(length(fileset(var.problems_folder, "*.py")), 0) > 0
    error_message = "problems_folder is ${var.problems_folder}, which holds no declaration; name the folder that `titanic-mlops init` writes into."
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
  description = "Region that everything is in. Cloud Build may refuse it to a new or trial project, whose functions then cannot be built; us-central1, us-west2, europe-west1, asia-east1, australia-southeast1 and southamerica-east1 are open to every project."
  type        = string
  default     = "europe-west3"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "region is \"${var.region}\"; write one like europe-west3, not a zone like europe-west3-a or a multi-region like EU."
  }
}
