# Applied once from a developer's machine, where its state stays. It makes what GitHub Actions
# needs to plan and apply the root without any key: a bucket for the root's state, a pool that
# trusts GitHub's tokens of one repository, and two accounts that these tokens can impersonate.

provider "google" {
  project = var.project_id
  region  = var.region
}

locals {
  prefix      = coalesce(var.prefix, var.project_id)
  environment = "production" # as in .github/workflows/deploy.yml

  # What a token must state to impersonate an account. A job under an environment has another subject
  # than one without, so the accounts are bound to claims that are there in either case.
  runs = {
    apply = {
      attribute = "deploy"
      value     = "${var.repository_id}:push:refs/heads/main:${local.environment}"
    }
    plan = {
      attribute = "event"
      value     = "${var.repository_id}:pull_request"
    }
  }

  # Enough to refresh what the root makes; none of it reads a row, an object or a log line.
  # Of all objects it wants the functions' bundles alone, see plan_bundles.
  plan_roles = toset([
    "roles/artifactregistry.reader",
    "roles/bigquery.metadataViewer",
    "roles/browser",
    "roles/cloudfunctions.viewer",
    "roles/cloudscheduler.viewer",
    "roles/iam.securityReviewer",
    "roles/iam.serviceAccountViewer",
    "roles/monitoring.viewer",
    "roles/pubsub.viewer",
    "roles/run.viewer",
    "roles/serviceusage.serviceUsageViewer",
    "roles/storage.bucketViewer",
  ])

  # One for each service of which the root makes something.
  apply_roles = toset([
    "roles/artifactregistry.admin",
    "roles/bigquery.dataOwner",
    "roles/cloudfunctions.developer",
    "roles/cloudscheduler.admin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountUser",
    "roles/logging.configWriter",
    "roles/monitoring.editor",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
  ])

  # All that the root grants on the project. An account that can grant any role can grant owner,
  # so the apply account can grant these roles only.
  grantable_roles = [
    "roles/bigquery.jobUser",
    "roles/logging.logWriter",
    "roles/storage.objectViewer",
  ]

  repository_variables = merge(
    {
      GCP_APPLY_ACCOUNT              = google_service_account.runner["apply"].email
      GCP_PLAN_ACCOUNT               = google_service_account.runner["plan"].email
      GCP_PROJECT_ID                 = var.project_id
      GCP_REGION                     = var.region
      GCP_WORKLOAD_IDENTITY_PROVIDER = google_iam_workload_identity_pool_provider.github.name
      TERRAFORM_STATE_BUCKET         = google_storage_bucket.state.name
    },
    var.prefix == "" ? {} : { GCP_PREFIX = var.prefix }, # GitHub keeps no empty variable
  )
}

resource "google_project_service" "needed" {
  for_each = toset([
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
  ])

  service            = each.key
  disable_on_destroy = false
}

resource "google_storage_bucket" "state" {
  name                        = "${local.prefix}-terraform-state"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protect

  versioning {
    enabled = true
  }

  lifecycle_rule { # a replaced state can be restored for a month, and the last ten at any time
    condition {
      days_since_noncurrent_time = 30
      num_newer_versions         = 10
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.needed]
}

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = var.pool_id
  display_name              = "GitHub Actions"
  description               = "Believes what GitHub says of runs in ${var.repository}."

  depends_on = [google_project_service.needed]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"

  # GitHub signs tokens for every repository: without this, a token of any of them would pass.
  attribute_condition = "assertion.repository_owner_id == '${var.owner_id}' && assertion.repository_id == '${var.repository_id}'"

  attribute_mapping = {
    # In the audit log; GitHub's own subject may be longer than the 127 bytes allowed here.
    "google.subject"   = "assertion.repository_id + ':' + assertion.run_id"
    "attribute.event"  = "assertion.repository_id + ':' + assertion.event_name"
    "attribute.deploy" = "assertion.repository_id + ':' + assertion.event_name + ':' + assertion.ref + ':' + (has(assertion.environment) ? assertion.environment : '')"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "runner" {
  for_each = local.runs

  account_id   = "terraform-${each.key}"
  display_name = "Terraform ${each.key}, from GitHub Actions"

  depends_on = [google_project_service.needed]
}

resource "google_service_account_iam_member" "run_is_account" {
  for_each = local.runs

  service_account_id = google_service_account.runner[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.${each.value.attribute}/${each.value.value}"
}

# After an apply, the account calls the private endpoint with an identity token of its own.
resource "google_service_account_iam_member" "apply_shows_itself" {
  service_account_id = google_service_account.runner["apply"].name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = google_service_account.runner["apply"].member
}

resource "google_project_iam_member" "plan" {
  for_each = local.plan_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.runner["plan"].member
}

resource "google_project_iam_member" "plan_bundles" {
  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = google_service_account.runner["plan"].member

  condition {
    title       = "bundles of the functions"
    description = "Not the landing bucket, and not the models."
    expression  = "resource.name.startsWith('projects/_/buckets/${local.prefix}-functions/')"
  }
}

# A plan reads the state; it takes no lock, so it writes nothing.
resource "google_storage_bucket_iam_member" "plan_reads_state" {
  bucket = google_storage_bucket.state.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.runner["plan"].member
}

resource "google_project_iam_member" "apply" {
  for_each = local.apply_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.runner["apply"].member
}

resource "google_project_iam_member" "apply_grants" {
  project = var.project_id
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = google_service_account.runner["apply"].member

  condition {
    title       = "only the roles of the root"
    description = "Neither grants nor revokes any other role."
    expression  = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${join(", ", [for role in local.grantable_roles : "'${role}'"])}])"
  }
}
