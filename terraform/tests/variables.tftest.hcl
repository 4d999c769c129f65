mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

variables {
  project_id = "my-project"
}

run "refuses_access" {
  command = plan

  variables {
    access = "open"
  }

  expect_failures = [var.access]
}

run "refuses_alert_email" {
  command = plan

  variables {
    alert_email = "someone"
  }

  expect_failures = [var.alert_email]
}

run "refuses_an_origin_with_a_path" {
  command = plan

  variables {
    access          = "public"
    allowed_origins = ["https://www.example.com/"]
  }

  expect_failures = [var.allowed_origins]
}

run "refuses_an_origin_without_encryption" {
  command = plan

  variables {
    access          = "public"
    allowed_origins = ["http://www.example.com"]
  }

  expect_failures = [var.allowed_origins]
}

run "refuses_every_origin" {
  command = plan

  variables {
    access          = "public"
    allowed_origins = ["*"]
  }

  expect_failures = [var.allowed_origins]
}

run "refuses_public_without_origins" {
  command = plan

  variables {
    access = "public"
  }

  expect_failures = [var.allowed_origins]
}

run "refuses_private_with_origins" {
  command = plan

  variables {
    allowed_origins = ["https://www.example.com"]
  }

  expect_failures = [var.allowed_origins]
}

run "refuses_everybody_as_invoker" {
  command = plan

  variables {
    invokers = ["allUsers"]
  }

  expect_failures = [var.invokers]
}

run "refuses_an_invoker_without_kind" {
  command = plan

  variables {
    invokers = ["someone@example.com"]
  }

  expect_failures = [var.invokers]
}

run "refuses_a_prefix_in_capitals" {
  command = plan

  variables {
    prefix = "Mine"
  }

  expect_failures = [var.prefix]
}

run "refuses_a_prefix_that_is_too_long" {
  command = plan

  variables {
    prefix = "a23456789-123456789-123456789-123"
  }

  expect_failures = [var.prefix]
}

run "refuses_a_prefix_with_a_hyphen_last" {
  command = plan

  variables {
    prefix = "mine-"
  }

  expect_failures = [var.prefix]
}

run "refuses_a_prefix_of_google" {
  command = plan

  variables {
    prefix = "goog-mine"
  }

  expect_failures = [var.prefix]
}

run "refuses_a_project_of_google" {
  command = plan

  variables {
    project_id = "my-google-project"
  }

  expect_failures = [var.prefix]
}

run "refuses_no_problem" {
  command = plan

  variables {
    problems = {}
  }

  expect_failures = [var.problems]
}

run "refuses_a_problem_with_a_hyphen" {
  command = plan

  variables {
    problems = { my-problem = {} }
  }

  expect_failures = [var.problems]
}

run "refuses_a_problem_with_a_long_name" {
  command = plan

  variables {
    problems = { a2345678901234567 = {} }
  }

  expect_failures = [var.problems]
}

run "refuses_a_schedule_in_words" {
  command = plan

  variables {
    problems = { titanic = { sweep_schedule = "every day" } }
  }

  expect_failures = [var.problems]
}

run "refuses_a_project_in_capitals" {
  command = plan

  variables {
    project_id = "My Project"
  }

  expect_failures = [var.project_id]
}

run "refuses_a_project_by_number" {
  command = plan

  variables {
    project_id = "123456789012"
  }

  expect_failures = [var.project_id]
}

run "refuses_a_zone" {
  command = plan

  variables {
    region = "europe-west3-a"
  }

  expect_failures = [var.region]
}

run "refuses_a_multi_region" {
  command = plan

  variables {
    region = "EU"
  }

  expect_failures = [var.region]
}
