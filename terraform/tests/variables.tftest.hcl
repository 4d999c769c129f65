# Each run plans everything once, so it gives several variables an invalid value: the plan must reject each.
mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

variables {
  project_id = "my-project"
}

run "refuses_what_is_none_of_it" {
  command = plan

  variables {
    access          = "public"
    alert_email     = "someone"
    allowed_origins = ["*"]
    invokers        = ["someone@example.com"]
    problems        = {}
    region          = "EU"
  }

  expect_failures = [var.alert_email, var.allowed_origins, var.invokers, var.problems, var.region]
}

run "refuses_what_is_nearly_right" {
  command = plan

  variables {
    access          = "public"
    allowed_origins = ["https://www.example.com/"]
    invokers        = ["allUsers"]
    prefix          = "Mine"
    problems        = { my-problem = {} }
    region          = "europe-west3-a"
  }

  expect_failures = [var.allowed_origins, var.invokers, var.prefix, var.problems, var.region]
}

run "refuses_a_hyphen_last_an_unencrypted_origin_and_a_schedule_in_words" {
  command = plan

  variables {
    access          = "public"
    allowed_origins = ["http://www.example.com"]
    prefix          = "mine-"
    problems        = { titanic = { sweep_schedule = "every day" } }
  }

  expect_failures = [var.allowed_origins, var.prefix, var.problems]
}

run "refuses_names_that_are_too_long_and_public_without_origins" {
  command = plan

  variables {
    access   = "public"
    prefix   = "a23456789-123456789-123456789-123"
    problems = { a2345678901234567 = {} }
  }

  expect_failures = [var.allowed_origins, var.prefix, var.problems]
}

run "refuses_a_prefix_of_google_and_private_with_origins" {
  command = plan

  variables {
    allowed_origins = ["https://www.example.com"]
    prefix          = "goog-mine"
  }

  expect_failures = [var.allowed_origins, var.prefix]
}

run "refuses_a_project_of_google_without_another_prefix" {
  command = plan

  variables {
    project_id = "my-google-project"
  }

  expect_failures = [var.prefix]
}

run "refuses_a_name_for_a_project" {
  command = plan

  variables {
    access     = "open"
    project_id = "My Project"
  }

  expect_failures = [var.access, var.project_id]
}

run "refuses_a_number_for_a_project" {
  command = plan

  variables {
    project_id = "123456789012"
  }

  expect_failures = [var.project_id]
}

run "refuses_an_eleventh_problem_and_an_unknown_function" {
  command = plan

  variables {
    problems  = { for number in range(11) : "problem${number}" => {} }
    functions = { train = {} }
  }

  expect_failures = [var.problems, var.functions]
}

run "refuses_two_trainings_at_once_and_part_of_a_day" {
  command = plan

  variables {
    problems  = { titanic = { promotion_days = 0.5 } }
    functions = { train_model = { instances = 2 } }
  }

  expect_failures = [var.problems, var.functions]
}

run "refuses_more_memory_than_a_cpu_may_have" {
  command = plan

  variables {
    functions = { ingest_data = { memory = "8Gi" } }
  }

  expect_failures = [var.functions]
}

run "refuses_a_request_longer_than_pub_sub_waits" {
  command = plan

  variables {
    functions = { ingest_data = { timeout_seconds = 600 } }
  }

  expect_failures = [var.functions]
}

run "refuses_names_that_two_problems_share" {
  command = plan

  variables {
    problems = { salary = { names_prefix = "" }, titanic = { names_prefix = "" } }
  }

  expect_failures = [var.problems]
}

run "refuses_a_prefix_of_names_without_a_hyphen_last" {
  command = plan

  variables {
    problems = { titanic = { names_prefix = "titanic" } }
  }

  expect_failures = [var.problems]
}

run "refuses_topics_of_google" {
  command = plan

  variables {
    problems = { google = {} }
  }

  expect_failures = [var.problems]
}
