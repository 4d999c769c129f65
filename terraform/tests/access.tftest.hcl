mock_provider "google" {
  source = "./tests/mocks"
}

mock_provider "time" {}

variables {
  project_id = "my-project"
}

run "nothing_is_public_by_default" {
  command = apply

  assert {
    condition     = output.access == "private" && !strcontains(jsonencode([for function in module.function : function.grants]), "allUsers")
    error_message = "Nobody may call anything without an account."
  }

  assert {
    condition     = !anytrue([for grant in module.function["titanic/predictions_endpoint"].grants : startswith(grant, "roles/run.invoker")])
    error_message = "Whoever may call the endpoint is named."
  }

  assert {
    condition     = strcontains(output.curl.titanic, "-H \"Authorization: Bearer $(gcloud auth print-identity-token)\"")
    error_message = "The command shows who asks."
  }

  assert {
    condition     = output.page.titanic == "gcloud run services proxy predictions-endpoint --project my-project --region europe-west3 --port 8080"
    error_message = "The page of a private endpoint is opened through a proxy."
  }
}

run "invokers_may_call_the_endpoint_and_nothing_else" {
  command = apply

  variables {
    invokers = ["group:someone@example.com"]
  }

  assert {
    condition = [for key, function in module.function : key if strcontains(jsonencode(function.grants), "group:someone@example.com")] == [
      "titanic/predictions_endpoint",
    ]
    error_message = "An invoker may call the endpoint, and it alone."
  }
}

run "only_predictions_are_public" {
  command = apply

  variables {
    access          = "public"
    allowed_origins = ["https://www.example.com", "http://localhost:8080"]
  }

  assert {
    condition     = [for key, function in module.function : key if strcontains(jsonencode(function.grants), "allUsers")] == ["titanic/predictions_endpoint"]
    error_message = "Everybody may call the endpoint, and it alone."
  }

  assert {
    condition     = local.deployed["titanic/predictions_endpoint"].environment.ALLOWED_ORIGINS == "https://www.example.com,http://localhost:8080"
    error_message = "The endpoint is told whose pages may call it."
  }

  assert {
    condition     = local.deployed["titanic/predictions_endpoint"].instances == 2
    error_message = "What a stranger can make us pay for is small."
  }

  assert {
    condition     = !strcontains(output.curl.titanic, "Authorization") && output.page.titanic == output.predictions_url.titanic
    error_message = "No account is needed."
  }
}
