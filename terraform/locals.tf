locals {
  prefix = coalesce(var.prefix, var.project_id)
  public = var.access == "public"

  agents = {
    pubsub  = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    storage = data.google_storage_project_service_account.this.member
  }

  # Prefix of a problem's names.
  names = { for problem in keys(var.problems) : problem => problem == "titanic" ? "" : "${problem}-" }

  functions = {
    ingest_data = {
      account         = "ingest-data"
      description     = "Checks each file that lands and loads its rows"
      memory          = "2Gi"
      concurrency     = 1
      instances       = 4
      timeout_seconds = 540
      ingress         = "ALLOW_INTERNAL_ONLY"
      environment     = {}
      lands           = true
      reads           = []
      writes          = ["contents", "leases", "ledger", "sequences", "staging"]
      publishes       = ["ingestion_complete"]
      queries         = true
      dataset_role    = "roles/bigquery.dataEditor" # it makes and drops staging tables
      edits           = []
    }
    monitor_model = {
      account         = "monitor-model"
      description     = "Takes up what a crash left unfinished"
      memory          = "512Mi"
      concurrency     = 1
      instances       = 1
      timeout_seconds = 300
      ingress         = "ALLOW_INTERNAL_ONLY"
      environment     = {}
      lands           = false
      reads           = ["ledger"]
      writes          = ["spool"]
      publishes       = ["landing", "ingestion_complete", "predictions"]
      queries         = true
      dataset_role    = "roles/bigquery.dataViewer"
      edits           = []
    }
    predictions_endpoint = {
      account         = "predictions"
      description     = "Answers predictions over HTTP"
      memory          = "512Mi"
      concurrency     = 40
      instances       = local.public ? 2 : 4 # limits what unauthenticated requests can cost
      timeout_seconds = 15
      ingress         = "ALLOW_ALL"
      environment = merge(
        { FUNCTION_USE_ASGI = "true" },
        local.public ? { ALLOWED_ORIGINS = join(",", var.allowed_origins) } : {},
      )
      lands        = false
      reads        = ["models"]
      writes       = ["spool"]
      publishes    = ["predictions"]
      queries      = false
      dataset_role = null
      edits        = []
    }
    train_model = {
      account         = "train-model"
      description     = "Trains a challenger and judges it"
      memory          = "2Gi"
      concurrency     = 1
      instances       = 1
      timeout_seconds = 540
      ingress         = "ALLOW_INTERNAL_ONLY"
      environment     = {}
      lands           = false
      reads           = []
      writes          = ["leases", "ledger", "models", "snapshots"]
      publishes       = []
      queries         = true
      dataset_role    = "roles/bigquery.dataViewer"
      edits           = ["dead_letters", "evaluations", "ingestions"]
    }
  }

  # Every problem's functions, by problem and entry point.
  deployed = merge([
    for problem, prefix in local.names : {
      for entry_point, function in local.functions : "${problem}/${entry_point}" => merge(function, {
        account     = "${prefix}${function.account}"
        entry_point = entry_point
        name        = "${prefix}${replace(entry_point, "_", "-")}"
        problem     = problem
        # A folder of the model bucket holds one of each problem's, but for the ledger.
        reads  = [for folder in function.reads : folder == "ledger" ? "ledger/" : "${folder}/${problem}/"]
        writes = [for folder in function.writes : folder == "ledger" ? "ledger/" : "${folder}/${problem}/"]
      })
    }
  ]...)

  tables = {
    dead_letters     = { partition = "publish_time" }
    evaluations      = { partition = "evaluated_at" }
    ingestions       = { partition = "entered_at" }
    predictions_data = { partition = "requested_at" }
    rejected_rows    = { partition = "ingested_at", keep_days = 365 } # holds lines as they were sent
    revocations      = { partition = "decided_at" }
    training_data    = { partition = "ingested_at", cluster = "record_id" }
  }

  views = ["accepted_rows", "predictions", "rejected", "training_set"]

  # A topic's messages go to a function or into a table, or become dead letters.
  topics = {
    dead_letters       = { agents = ["pubsub"], pushes_to = null, stored_in = "dead_letters" }
    ingestion_complete = { agents = [], pushes_to = "train_model", stored_in = null }
    landing            = { agents = ["storage"], pushes_to = "ingest_data", stored_in = null }
    predictions        = { agents = [], pushes_to = null, stored_in = "predictions_data" }
  }

  # Every problem's topics, by problem and topic.
  queues = merge([
    for problem, prefix in local.names : {
      for topic, facts in local.topics : "${problem}/${topic}" => merge(facts, {
        dead_lettered = topic != "dead_letters"
        name          = "${prefix}${topic}"
        problem       = problem
      })
    }
  ]...)

  # Environment of a problem's functions and of the command line.
  environment = {
    for problem, prefix in local.names : problem => {
      DATASET                  = problem
      GOOGLE_CLOUD_PROJECT     = var.project_id
      LANDING_BUCKET           = "${local.prefix}-my-data-landing-zone"
      MODEL_BUCKET             = "${local.prefix}-my-model-storage"
      PROBLEM                  = problem
      TOPIC_INGESTION_COMPLETE = "${prefix}ingestion_complete"
      TOPIC_LANDING            = "${prefix}landing"
      TOPIC_PREDICTIONS        = "${prefix}predictions"
    }
  }

  # A request that the endpoint answers; the error response to {} names the fields of another problem.
  examples = {
    titanic = jsonencode({ Pclass = 3, Sex = "male", Age = 22, SibSp = 1, Parch = 0, Fare = 7.25 })
  }
}
