mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

variables {
  project_id = "my-project"
}

run "each_bundle_holds_its_entry_point" {
  command = plan

  assert {
    condition     = alltrue([for function in module.function : can(regex("^[a-z-]+-[0-9a-f]{16}\\.zip$", function.bundle))])
    error_message = "A bundle is named by its content, and that is known before it is deployed."
  }

  assert {
    condition     = alltrue([for entry_point, sources in local.sources : sources["main.py"] == "from titanic_mlops.functions.${entry_point} import ${entry_point}  # noqa\n"])
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
    condition     = local.functions.train_model.instances == 1 && local.functions.train_model.concurrency == 1
    error_message = "One training at a time."
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
    limits        = { concurrency = 1, instances = 1, memory = "2Gi", timeout_seconds = 540 }
    name          = "train-model"
    region        = "europe-west3"
    sources       = { "main.py" = "", "requirements.txt" = "" }
  }

  assert {
    condition = (
      google_cloudfunctions2_function.this.build_config[0].runtime == "python312"
      && google_cloudfunctions2_function.this.build_config[0].entry_point == "train_model"
      && google_cloudfunctions2_function.this.build_config[0].service_account == var.build_account
    )
    error_message = "It is built as what it is, by the build account."
  }

  assert {
    condition = (
      google_cloudfunctions2_function.this.service_config[0].available_cpu == "1"
      && google_cloudfunctions2_function.this.service_config[0].available_memory == "2Gi"
      && google_cloudfunctions2_function.this.service_config[0].environment_variables == tomap({ PROBLEM = "titanic" })
      && google_cloudfunctions2_function.this.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
      && google_cloudfunctions2_function.this.service_config[0].max_instance_count == 1
      && google_cloudfunctions2_function.this.service_config[0].max_instance_request_concurrency == 1
      && google_cloudfunctions2_function.this.service_config[0].min_instance_count == 0
      && google_cloudfunctions2_function.this.service_config[0].timeout_seconds == 540
    )
    error_message = "It runs within its limits, and no instance runs without requests."
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
    sources       = { "main.py" = "", "requirements.txt" = "" }
  }

  assert {
    condition     = google_cloudfunctions2_function.this.service_config[0].service_account_email == google_service_account.this.email
    error_message = "What it may do is granted to the account that it runs as."
  }
}
