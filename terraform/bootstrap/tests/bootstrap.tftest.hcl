mock_provider "google" {
  mock_resource "google_iam_workload_identity_pool" {
    defaults = {
      name = "projects/123456789012/locations/global/workloadIdentityPools/github"
    }
  }
  mock_resource "google_iam_workload_identity_pool_provider" {
    defaults = {
      name = "projects/123456789012/locations/global/workloadIdentityPools/github/providers/github"
    }
  }
  mock_resource "google_service_account" {
    defaults = {
      email  = "terraform@some-project.iam.gserviceaccount.com"
      member = "serviceAccount:terraform@some-project.iam.gserviceaccount.com"
      name   = "projects/some-project/serviceAccounts/terraform@some-project.iam.gserviceaccount.com"
    }
  }
}

variables {
  owner_id      = "1234567"
  project_id    = "some-project"
  repository    = "some-org/some-repo"
  repository_id = "987654321"
}

run "only_this_repository_is_believed" {
  command = apply

  assert {
    condition     = google_iam_workload_identity_pool_provider.github.attribute_condition == "assertion.repository_owner_id == '1234567' && assertion.repository_id == '987654321'"
    error_message = "The condition must compare both numeric ids, of the owner and of the repository."
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.github.oidc[0].issuer_uri == "https://token.actions.githubusercontent.com"
    error_message = "The issuer must be GitHub Actions."
  }
}

run "apply_is_bound_to_a_push_to_main_in_the_environment_and_plan_to_pull_requests" {
  command = apply

  assert {
    condition     = endswith(google_service_account_iam_member.run_is_account["apply"].member, "/workloadIdentityPools/github/attribute.deploy/987654321:push:refs/heads/main:production")
    error_message = "The apply account must be bound to pushes to main of this repository under the environment."
  }
  assert {
    condition     = endswith(google_service_account_iam_member.run_is_account["plan"].member, "/workloadIdentityPools/github/attribute.event/987654321:pull_request")
    error_message = "The plan account must be bound to pull requests of this repository."
  }
  assert {
    condition     = alltrue([for binding in google_service_account_iam_member.run_is_account : startswith(binding.member, "principalSet://") && !endswith(binding.member, "/*")])
    error_message = "No other identity of the pool can impersonate an account."
  }
  assert { # a bound attribute that is mapped to nothing would never match
    condition = alltrue([
      for run in local.runs :
      contains(keys(google_iam_workload_identity_pool_provider.github.attribute_mapping), "attribute.${run.attribute}")
    ])
    error_message = "Each attribute that an account is bound to must be mapped."
  }
}

run "a_plan_changes_nothing_and_reads_no_data" {
  command = apply

  assert {
    condition     = alltrue([for role in local.plan_roles : can(regex("(?i)(viewer|reviewer|browser|artifactregistry[.]reader)$", role))])
    error_message = "A role of the plan account must only read."
  }
  assert {
    condition     = length(setintersection(local.plan_roles, ["roles/viewer", "roles/bigquery.dataViewer", "roles/storage.objectViewer", "roles/logging.viewer"])) == 0
    error_message = "A pull request must not be able to read rows, objects or logs."
  }
  assert {
    condition     = google_project_iam_member.plan_bundles.condition[0].expression == "resource.name.startsWith('projects/_/buckets/some-project-functions/')"
    error_message = "Of all objects in the project, only the functions' bundles may be read."
  }
  assert {
    condition     = google_storage_bucket_iam_member.plan_reads_state.role == "roles/storage.objectViewer"
    error_message = "A plan reads the state and does not write it."
  }
}

run "an_apply_is_no_owner_and_can_make_no_owner" {
  command = apply

  assert {
    condition     = length(setintersection(local.apply_roles, ["roles/owner", "roles/editor", "roles/resourcemanager.projectIamAdmin", "roles/iam.securityAdmin"])) == 0
    error_message = "The apply account must hold neither a basic role nor one that grants without a condition."
  }
  assert {
    condition     = google_project_iam_member.apply_grants.condition[0].expression == "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/bigquery.jobUser', 'roles/logging.logWriter', 'roles/storage.objectViewer'])"
    error_message = "The apply account may grant on the project what the root grants there, and nothing else."
  }
}

run "the_state_is_kept" {
  command = apply

  assert {
    condition     = google_storage_bucket.state.name == "some-project-terraform-state"
    error_message = "Without a prefix the bucket is named after the project."
  }
  assert {
    condition     = google_storage_bucket.state.versioning[0].enabled && !google_storage_bucket.state.force_destroy
    error_message = "A state that was overwritten or whose bucket is destroyed must not be lost."
  }
  assert {
    condition     = google_storage_bucket.state.uniform_bucket_level_access && google_storage_bucket.state.public_access_prevention == "enforced"
    error_message = "A state must never be public."
  }
}

run "it_says_how_to_set_each_variable" {
  command = apply

  assert {
    condition = toset(keys(output.repository_variables)) == toset([
      "GCP_APPLY_ACCOUNT", "GCP_PLAN_ACCOUNT", "GCP_PROJECT_ID", "GCP_REGION",
      "GCP_WORKLOAD_IDENTITY_PROVIDER", "TERRAFORM_STATE_BUCKET",
    ])
    error_message = "The workflows read these variables."
  }
  assert {
    condition     = length(regexall("(?m)^gh variable set [A-Z_]+ --repo some-org/some-repo --body '[^']+'$", output.commands)) == length(output.repository_variables)
    error_message = "There must be one command for each variable."
  }
  assert {
    condition     = strcontains(output.backend, "bucket = \"some-project-terraform-state\"")
    error_message = "The backend must be the bucket."
  }
}

run "a_prefix_names_the_buckets" {
  command = apply

  variables {
    prefix  = "staging"
    protect = false
  }

  assert {
    condition     = google_storage_bucket.state.name == "staging-terraform-state" && google_storage_bucket.state.force_destroy
    error_message = "The bucket must take the prefix, and be destroyable once protect is off."
  }
  assert {
    condition     = strcontains(google_project_iam_member.plan_bundles.condition[0].expression, "/buckets/staging-functions/")
    error_message = "The bundles that a plan may read are those of this prefix."
  }
  assert {
    condition     = output.repository_variables.GCP_PREFIX == "staging"
    error_message = "The root must deploy with the same prefix."
  }
}

run "invalid_values_are_rejected" {
  command = plan

  variables {
    owner_id      = "some-org"
    pool_id       = "gcp-github"
    project_id    = "Some Project"
    region        = "europe-west3-a"
    repository    = "https://github.com/some-org/some-repo"
    repository_id = "0"
  }

  expect_failures = [
    var.owner_id, var.pool_id, var.project_id, var.region, var.repository, var.repository_id,
  ]
}

run "a_project_whose_id_no_bucket_may_have_needs_a_prefix" {
  command = plan

  variables {
    project_id = "some-google-project"
  }

  expect_failures = [var.prefix]
}

run "a_prefix_that_no_bucket_can_have_is_rejected" {
  command = plan

  variables {
    prefix = "Staging-"
  }

  expect_failures = [var.prefix]
}
