mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

variables {
  project_id = "my-project"
}

run "names_follow_from_the_project" {
  command = plan

  assert {
    condition = output.buckets == {
      functions = "my-project-functions"
      landing   = "my-project-my-data-landing-zone"
      models    = "my-project-my-model-storage"
    }
    error_message = "The buckets are named after the project."
  }

  assert {
    condition = toset(keys(module.function)) == toset([
      "titanic/ingest_data", "titanic/monitor_model", "titanic/predictions_endpoint", "titanic/train_model",
    ])
    error_message = "A problem has four functions."
  }

  assert {
    condition = { for key, function in module.function : key => function.name } == {
      "titanic/ingest_data"          = "ingest-data"
      "titanic/monitor_model"        = "monitor-model"
      "titanic/predictions_endpoint" = "predictions-endpoint"
      "titanic/train_model"          = "train-model"
    }
    error_message = "The functions of titanic have plain names."
  }

  assert {
    condition = { for key, subscription in google_pubsub_subscription.this : key => subscription.name } == {
      for key, topic in module.topic : key => topic.name
    }
    error_message = "A subscription is named as its topic: a replay finds the topic of a dead letter by that name."
  }

  assert {
    condition     = toset([for topic in module.topic : topic.name]) == toset(["dead_letters", "ingestion_complete", "landing", "predictions"])
    error_message = "The topics of titanic have plain names."
  }

  assert {
    condition     = google_cloud_scheduler_job.monitor_model["titanic"].name == "monitor-model"
    error_message = "The job is named as what it calls."
  }

  assert {
    condition = output.environment.titanic == {
      DATASET                  = "titanic"
      GOOGLE_CLOUD_PROJECT     = "my-project"
      LANDING_BUCKET           = "my-project-my-data-landing-zone"
      MODEL_BUCKET             = "my-project-my-model-storage"
      PROBLEM                  = "titanic"
      TOPIC_INGESTION_COMPLETE = "ingestion_complete"
      TOPIC_LANDING            = "landing"
      TOPIC_PREDICTIONS        = "predictions"
    }
    error_message = "The output environment sets every variable that the command line reads."
  }

  assert {
    condition     = output.upload_commands.titanic == "gcloud storage cp dataset/titanic.csv gs://my-project-my-data-landing-zone/titanic/"
    error_message = "A file lands in the folder of its problem."
  }
}

run "a_prefix_names_the_buckets" {
  command = plan

  variables {
    prefix = "of-mine"
  }

  assert {
    condition     = alltrue([for name in values(output.buckets) : startswith(name, "of-mine-")])
    error_message = "The buckets are named after the prefix."
  }

  assert {
    condition     = output.environment.titanic.LANDING_BUCKET == output.buckets.landing && output.environment.titanic.MODEL_BUCKET == output.buckets.models
    error_message = "The functions' environment names the buckets that are made."
  }
}

run "no_problem_has_a_name_of_its_own" {
  command = plan

  variables {
    problems = { salary = { names_prefix = "pay-" }, titanic = {} }
  }

  assert {
    condition = toset([for function in module.function : function.name]) == toset(flatten([
      for prefix in ["pay-", "titanic-"] : [for name in ["ingest-data", "monitor-model", "predictions-endpoint", "train-model"] : "${prefix}${name}"]
    ]))
    error_message = "A prefix is the problem's name and a hyphen, or the one that is given: ${jsonencode([for function in module.function : function.name])}"
  }

  assert {
    condition     = output.environment.salary.TOPIC_LANDING == "pay-landing" && output.environment.salary.DATASET == "salary"
    error_message = "Topics have the prefix, and the dataset is named as the problem."
  }

  assert {
    condition     = jsondecode(output.request_examples.salary) == jsondecode(file("examples/salary.json"))
    error_message = "The example of a request is the one that follows from the declaration: ${output.request_examples.salary}"
  }

  assert {
    condition     = output.upload_commands.salary == "gcloud storage cp dataset/salary.csv gs://my-project-my-data-landing-zone/salary/"
    error_message = "Each problem has a file to begin with."
  }
}
