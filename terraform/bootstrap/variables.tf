variable "owner_id" {
  description = "Numeric id of the account that owns the repository, as text: it stays after a renaming, while another account can take over a name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]*$", var.owner_id))
    error_message = "owner_id must be the owner's number, such as 1234567. Ask for it with: gh api repos/ORG/NAME --jq .owner.id"
  }
}

variable "pool_id" {
  description = "Name of the workload identity pool. A destroyed pool keeps its name for 30 days: choose another name to apply again within that time."
  type        = string
  default     = "github"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]{4,32}$", var.pool_id)) && !startswith(var.pool_id, "gcp-")
    error_message = "pool_id must be 4 to 32 lower-case letters, digits or hyphens, and must not begin with gcp-, which is Google's own. Write for example github."
  }
}

variable "prefix" {
  description = "Prefix of the buckets' names, the same as for the root; empty for the project's id."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.prefix == "" || can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.prefix))
    error_message = "prefix must be 3 to 32 lower-case letters, digits or hyphens, beginning with a letter and not ending with a hyphen. Write the root's, or leave it out as there."
  }

  validation {
    condition     = !strcontains(coalesce(var.prefix, var.project_id, "none"), "goog")
    error_message = "prefix must not hold \"goog\", which Google refuses in the name of a bucket. Write another one, if the project's id holds it."
  }
}

variable "project_id" {
  description = "The Google Cloud project in which GitHub Actions will deploy."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be the project's id, 6 to 30 lower-case letters, digits or hyphens, not its name or number. Find it with: gcloud projects list"
  }
}

variable "protect" {
  description = "Whether the state bucket refuses to be destroyed while it holds a state. To destroy it, apply with false first."
  type        = bool
  default     = true
  nullable    = false
}

variable "region" {
  description = "Where the state bucket lies and the root deploys."
  type        = string
  default     = "europe-west3"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region such as europe-west3, not a zone such as europe-west3-a. Find one with: gcloud compute regions list"
  }
}

variable "repository" {
  description = "The repository on GitHub, as ORG/NAME; only used to write down the commands that set its variables."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be ORG/NAME, without an address before it. Find it with: gh repo view --json nameWithOwner --jq .nameWithOwner"
  }
}

variable "repository_id" {
  description = "Numeric id of the repository, as text: it stays after a renaming, while another repository can take over a name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]*$", var.repository_id))
    error_message = "repository_id must be the repository's number, such as 987654321. Ask for it with: gh api repos/ORG/NAME --jq .id"
  }
}
