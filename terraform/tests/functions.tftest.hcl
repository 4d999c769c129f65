mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

variables {
  project_id = "my-project"
}

override_resource {
  target = google_service_account.build
  values = {
    email  = "functions-build@my-project.iam.gserviceaccount.com"
    id     = "projects/my-project/serviceAccounts/functions-build@my-project.iam.gserviceaccount.com"
    member = "serviceAccount:functions-build@my-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_artifact_registry_repository.functions
  values = {
    id   = "projects/my-project/locations/europe-west3/repositories/titanic-mlops-functions"
    name = "titanic-mlops-functions"
  }
}

run "each_bundle_holds_own_declarations" {
  command = plan

  variables {
    problems_folder = "../src/titanic_mlops/problems/base"
  }

  assert {
    condition     = alltrue([for sources in values(local.sources) : contains(keys(sources), "titanic_mlops/problems/rule.py")])
    error_message = "A bundle holds the declarations of the user's own folder."
  }
}

run "a_folder_without_declarations_is_refused" {
  command = plan

  variables {
    problems_folder = "../src"
  }

  expect_failures = [var.problems_folder]
}

run "each_bundle_holds_its_entry_point" {
  command = plan

  assert {
    condition     = alltrue([for function in module.function : can(regex("^[a-z-]+-[0-9a-f]{16}\\.zip$", function.bundle))])
    error_message = "A bundle is named by its content, and that is known before it is deployed."
  }

  assert {
    condition     = alltrue([for entry_point, sources in local.sources : endswith(sources["main.py"], "\nfrom titanic_mlops.functions.${entry_point} import ${entry_point}  # noqa\n")])
    error_message = "main.py names the entry point."
  }

  assert {
    condition = alltrue([
      for entry_point, sources in local.sources : alltrue([
        for other in keys(local.functions) : contains(keys(sources), "titanic_mlops/functions/${other}.py") == (other == entry_point)
      ])
    ])
    error_message = "A bundle holds one entry point."
  }

  assert {
    condition     = toset(keys(local.bundles.leaves_out)) == toset(keys(local.functions))
    error_message = "For each function it is said what it leaves out."
  }

  assert {
    condition     = [for entry_point, function in local.functions : entry_point if function.ingress != "ALLOW_INTERNAL_ONLY"] == ["predictions_endpoint"]
    error_message = "Only the endpoint can be reached from outside."
  }

  assert {
    condition = { for key, function in module.function : key => function.limits } == {
      "titanic/ingest_data"          = { concurrency = 1, instances = 4, memory = "2Gi", minimum_instances = 0, timeout_seconds = 540 }
      "titanic/monitor_model"        = { concurrency = 1, instances = 1, memory = "512Mi", minimum_instances = 0, timeout_seconds = 300 }
      "titanic/predictions_endpoint" = { concurrency = 40, instances = 4, memory = "512Mi", minimum_instances = 0, timeout_seconds = 15 }
      "titanic/train_model"          = { concurrency = 1, instances = 1, memory = "2Gi", minimum_instances = 0, timeout_seconds = 540 }
    }
    error_message = "One training at a time, and no instance runs without requests: ${jsonencode([for function in module.function : function.limits])}"
  }
}

run "a_variable_changes_single_limits" {
  command = plan

  variables {
    functions = {
      monitor_model        = { timeout_seconds = 500 }
      predictions_endpoint = { concurrency = 80, instances = 8, memory = "1Gi", minimum_instances = 1 }
    }
  }

  assert {
    condition = module.function["titanic/predictions_endpoint"].limits == {
      concurrency = 80, instances = 8, memory = "1Gi", minimum_instances = 1, timeout_seconds = 15
    }
    error_message = "What is given counts, and the default where nothing is: ${jsonencode(module.function["titanic/predictions_endpoint"].limits)}"
  }

  assert {
    condition     = module.function["titanic/ingest_data"].limits.instances == 4
    error_message = "The other functions keep their limits."
  }

  assert {
    condition     = google_cloud_scheduler_job.monitor_model["titanic"].attempt_deadline == "520s"
    error_message = "The scheduler waits for as long as the function may take."
  }
}

run "images_are_built_and_deleted_as_declared" {
  command = apply

  assert {
    condition = alltrue([
      for function in module.function : function.build == {
        account    = "projects/my-project/serviceAccounts/functions-build@my-project.iam.gserviceaccount.com"
        repository = "projects/my-project/locations/europe-west3/repositories/titanic-mlops-functions"
      }
    ])
    error_message = "Each function is built by the build account, named in full, into our own repository: ${jsonencode([for function in module.function : function.build])}"
  }

  assert {
    condition = jsonencode({ for policy in google_artifact_registry_repository.functions.cleanup_policies : policy.action => concat(policy.condition[*].older_than, policy.most_recent_versions[*].keep_count) }) == jsonencode({
      DELETE = ["604800s"]
      KEEP   = ["3"]
    })
    error_message = "Of each function the last three images are kept, and others for a week."
  }

  assert {
    condition     = google_artifact_registry_repository.functions.cleanup_policy_dry_run != true && google_artifact_registry_repository.functions.format == "DOCKER" && google_artifact_registry_repository.functions.location == "europe-west3"
    error_message = "The repository holds images, beside the functions, and its policies are in force."
  }
}

run "a_function_is_deployed_as_it_is_declared" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    account_id    = "train-model"
    bucket        = "my-project-functions"
    build_account = "projects/my-project/serviceAccounts/functions-build@my-project.iam.gserviceaccount.com"
    description   = "Trains"
    entry_point   = "train_model"
    environment   = { PROBLEM = "titanic" }
    grants        = {}
    ingress       = "ALLOW_INTERNAL_ONLY"
    invokers      = {}
    limits        = { concurrency = 1, instances = 3, memory = "2Gi", minimum_instances = 2, timeout_seconds = 540 }
    name          = "train-model"
    region        = "europe-west3"
    repository    = "projects/my-project/locations/europe-west3/repositories/titanic-mlops-functions"
    sources       = { "main.py" = "", "requirements.txt" = "" }
  }

  assert {
    condition = (
      google_cloudfunctions2_function.this.build_config[0].runtime == "python312"
      && google_cloudfunctions2_function.this.build_config[0].entry_point == "train_model"
      && google_cloudfunctions2_function.this.build_config[0].service_account == var.build_account
      && google_cloudfunctions2_function.this.build_config[0].docker_repository == var.repository
    )
    error_message = "It is built as what it is, by the build account."
  }

  assert {
    condition = (
      google_cloudfunctions2_function.this.service_config[0].available_cpu == "1"
      && google_cloudfunctions2_function.this.service_config[0].available_memory == "2Gi"
      && google_cloudfunctions2_function.this.service_config[0].environment_variables == tomap({ PROBLEM = "titanic" })
      && google_cloudfunctions2_function.this.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
      && google_cloudfunctions2_function.this.service_config[0].max_instance_count == 3
      && google_cloudfunctions2_function.this.service_config[0].max_instance_request_concurrency == 1
      && google_cloudfunctions2_function.this.service_config[0].min_instance_count == 2
      && google_cloudfunctions2_function.this.service_config[0].timeout_seconds == 540
    )
    error_message = "It runs within its limits."
  }

  assert {
    condition     = length(google_cloudfunctions2_function.this.event_trigger) == 0
    error_message = "Events come by our own subscriptions."
  }
}

run "a_function_runs_as_its_own_account" {
  command = apply

  module {
    source = "./modules/function"
  }

  variables {
    account_id    = "train-model"
    bucket        = "my-project-functions"
    build_account = "projects/my-project/serviceAccounts/functions-build@my-project.iam.gserviceaccount.com"
    description   = "Trains"
    entry_point   = "train_model"
    environment   = {}
    grants        = {}
    ingress       = "ALLOW_INTERNAL_ONLY"
    invokers      = {}
    limits        = { concurrency = 1, instances = 1, memory = "2Gi", timeout_seconds = 540 }
    name          = "train-model"
    region        = "europe-west3"
    repository    = "projects/my-project/locations/europe-west3/repositories/titanic-mlops-functions"
    sources       = { "main.py" = "", "requirements.txt" = "" }
  }

  assert {
    condition     = google_cloudfunctions2_function.this.service_config[0].service_account_email == google_service_account.this.email
    error_message = "What it may do is granted to the account that it runs as."
  }
}

run "refuses_an_address_for_the_build_account_and_more_instances_than_there_may_be" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    account_id    = "train-model"
    bucket        = "my-project-functions"
    build_account = "functions-build@my-project.iam.gserviceaccount.com"
    description   = "Trains"
    entry_point   = "train_model"
    environment   = {}
    grants        = {}
    ingress       = "ALLOW_INTERNAL_ONLY"
    invokers      = {}
    limits        = { concurrency = 1, instances = 1, memory = "2Gi", minimum_instances = 2, timeout_seconds = 540 }
    name          = "train-model"
    region        = "europe-west3"
    repository    = "projects/my-project/locations/europe-west3/repositories/titanic-mlops-functions"
    sources       = { "main.py" = "", "requirements.txt" = "" }
  }

  expect_failures = [var.build_account, var.limits]
}

run "a_pinned_problem_is_one_for_functions_and_commands" {
  command = plan

  variables {
    problems = { titanic = { names_prefix = "" }, salary = { pinned = true } }
  }

  assert {
    condition     = local.environment["salary"]["PINNED_PROBLEMS"] == "salary"
    error_message = "Functions and the command line know that trainings of a problem are pinned."
  }

  assert {
    condition     = !contains(keys(local.environment["titanic"]), "PINNED_PROBLEMS")
    error_message = "Another problem's trainings follow its files."
  }
}
