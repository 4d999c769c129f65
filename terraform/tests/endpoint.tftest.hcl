mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

variables {
  project_id = "my-project"
  endpoint   = "shared"
  problems   = { salary = {}, titanic = { names_prefix = "" } }
}

override_resource {
  target = module.function["predictions_endpoint"].google_cloudfunctions2_function.this
  values = { service_config = { uri = "https://problems-predictions-endpoint-123456789012.europe-west3.run.app" } }
}

run "one_endpoint_serves_all_problems" {
  command = apply

  assert {
    condition = { for key, function in module.function : key => function.name } == {
      "predictions_endpoint"  = "problems-predictions-endpoint"
      "salary/ingest_data"    = "salary-ingest-data"
      "salary/monitor_model"  = "salary-monitor-model"
      "salary/train_model"    = "salary-train-model"
      "titanic/ingest_data"   = "ingest-data"
      "titanic/monitor_model" = "monitor-model"
      "titanic/train_model"   = "train-model"
    }
    error_message = "Predictions have one function, and every other step has one for each problem: ${jsonencode(keys(module.function))}"
  }

  assert {
    condition = toset(module.function["predictions_endpoint"].grants) == toset([
      "roles/pubsub.publisher on topic predictions",
      "roles/pubsub.publisher on topic salary-predictions",
      "roles/storage.legacyBucketReader on bucket my-project-my-model-storage",
      "roles/storage.objectUser on bucket my-project-my-model-storage resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/spool/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/spool/salary/\")",
      "roles/storage.objectViewer on bucket my-project-my-model-storage resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/models/titanic/\") || resource.name.startsWith(\"projects/_/buckets/my-project-my-model-storage/objects/models/salary/\")",
    ])
    error_message = "It reads the models of all, publishes the predictions of all, and no more: ${jsonencode(module.function["predictions_endpoint"].grants)}"
  }

  assert {
    condition = !anytrue([
      for key, function in module.function : strcontains(jsonencode(function.grants), "/titanic/") if startswith(key, "salary/")
    ])
    error_message = "The other functions of a problem have no right to the files of another."
  }

  assert {
    condition = local.deployed["predictions_endpoint"].environment == merge(local.functions.predictions_endpoint.environment, {
      DATASET                  = jsonencode({ salary = "salary", titanic = "titanic" })
      GOOGLE_CLOUD_PROJECT     = "my-project"
      LANDING_BUCKET           = "my-project-my-data-landing-zone"
      MODEL_BUCKET             = "my-project-my-model-storage"
      PROBLEM                  = "titanic,salary"
      TOPIC_INGESTION_COMPLETE = jsonencode({ salary = "salary-ingestion_complete", titanic = "ingestion_complete" })
      TOPIC_LANDING            = jsonencode({ salary = "salary-landing", titanic = "landing" })
      TOPIC_PREDICTIONS        = jsonencode({ salary = "salary-predictions", titanic = "predictions" })
    })
    error_message = "It serves the deployed problems, the one with plain names first, each with its own resources: ${jsonencode(local.deployed["predictions_endpoint"].environment)}"
  }

  assert {
    condition = output.predictions_url == {
      salary  = "https://problems-predictions-endpoint-123456789012.europe-west3.run.app/salary/"
      titanic = "https://problems-predictions-endpoint-123456789012.europe-west3.run.app/titanic/"
    }
    error_message = "Each problem is below the path of its name: ${jsonencode(output.predictions_url)}"
  }

  assert {
    condition     = strcontains(output.curl.salary, ".run.app/salary/ ") && strcontains(output.page.salary, "proxy problems-predictions-endpoint ")
    error_message = "The commands call the shared endpoint: ${output.curl.salary}; ${output.page.salary}"
  }

  assert {
    condition     = keys(google_monitoring_alert_policy.latency) == ["predictions_endpoint"] && keys(google_monitoring_alert_policy.no_model) == ["predictions_endpoint"]
    error_message = "A fault of the endpoint raises one alert, not one for each problem."
  }

  assert {
    condition     = { for key, alert in local.watched : key => alert.names }["salary"] == ["salary-ingest-data", "salary-monitor-model", "salary-train-model"] && local.watched["predictions_endpoint"].names == ["problems-predictions-endpoint"]
    error_message = "An error of the endpoint raises one alert, not one for each problem: ${jsonencode(local.watched)}"
  }
}

run "invokers_may_call_the_shared_endpoint_alone" {
  command = apply

  variables {
    invokers = ["group:someone@example.com"]
  }

  assert {
    condition     = [for key, function in module.function : key if strcontains(jsonencode(function.grants), "group:someone@example.com")] == ["predictions_endpoint"]
    error_message = "An invoker may call the endpoint, and it alone."
  }
}

run "refuses_an_unknown_form_of_endpoints_and_a_reserved_name" {
  command = plan

  variables {
    endpoint = "all"
    problems = { salary = { names_prefix = "problems-" } }
  }

  expect_failures = [var.endpoint, var.problems]
}
