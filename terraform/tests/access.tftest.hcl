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
    error_message = "No function can be called without an account."
  }

  assert {
    condition     = !anytrue([for grant in module.function["titanic/predictions_endpoint"].grants : startswith(grant, "roles/run.invoker")])
    error_message = "By default the endpoint has no invoker."
  }

  assert {
    condition     = strcontains(output.curl.titanic, "-H \"Authorization: Bearer $(gcloud auth print-identity-token)\"")
    error_message = "The command sends an identity token."
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
    error_message = "Any client can call the endpoint, and no other function."
  }

  assert {
    condition     = local.deployed["titanic/predictions_endpoint"].environment.ALLOWED_ORIGINS == "https://www.example.com,http://localhost:8080"
    error_message = "The endpoint's environment names the origins whose pages may call it."
  }

  assert {
    condition     = module.function["titanic/predictions_endpoint"].limits.instances == 2
    error_message = "The cost of unauthenticated requests has a low limit."
  }

  assert {
    condition     = !strcontains(output.curl.titanic, "Authorization") && output.page.titanic == output.predictions_url.titanic
    error_message = "No account is needed."
  }
}
