locals {
  prefix = coalesce(var.prefix, var.project_id)
  public = var.access == "public"

  agents = {
    pubsub  = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    storage = data.google_storage_project_service_account.this.member
  }

  # Prefix of a problem's names.
  names = { for problem, facts in var.problems : problem => facts.names_prefix == null ? "${problem}-" : facts.names_prefix }

  # What an instance is given, and how many there may be; var.functions changes single ones. Two
  # instances of a public endpoint limit what unauthenticated requests can cost.
  limits = {
    for entry_point, limits in {
      ingest_data          = { concurrency = 1, instances = 4, memory = "2Gi", minimum_instances = 0, timeout_seconds = 540 }
      monitor_model        = { concurrency = 1, instances = 1, memory = "512Mi", minimum_instances = 0, timeout_seconds = 300 }
      predictions_endpoint = { concurrency = 40, instances = local.public ? 2 : 4, memory = "512Mi", minimum_instances = 0, timeout_seconds = 15 }
      train_model          = { concurrency = 1, instances = 1, memory = "2Gi", minimum_instances = 0, timeout_seconds = 540 }
    } : entry_point => merge(limits, { for limit, value in try(var.functions[entry_point], {}) : limit => value if value != null })
  }

  functions = {
    ingest_data = {
      account      = "ingest-data"
      description  = "Checks each file that lands and loads its rows"
      ingress      = "ALLOW_INTERNAL_ONLY"
      environment  = {}
      lands        = true
      reads        = ["erasures", "models", "snapshots"] # a file is compared with the champion before it is loaded
      writes       = ["contents", "leases", "ledger", "sequences", "staging"]
      publishes    = ["ingestion_complete"]
      queries      = true
      dataset_role = "roles/bigquery.dataEditor" # it makes and drops staging tables
      edits        = []
    }
    monitor_model = {
      account      = "monitor-model"
      description  = "Takes up what a crash left unfinished"
      ingress      = "ALLOW_INTERNAL_ONLY"
      environment  = {}
      lands        = false
      reads        = ["ledger", "models"]
      writes       = ["spool"]
      publishes    = ["landing", "ingestion_complete", "predictions"]
      queries      = true
      dataset_role = "roles/bigquery.dataViewer"
      edits        = []
    }
    predictions_endpoint = {
      account     = "predictions"
      description = "Answers predictions over HTTP"
      ingress     = "ALLOW_ALL"
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
      account      = "train-model"
      description  = "Trains a challenger and judges it"
      ingress      = "ALLOW_INTERNAL_ONLY"
      environment  = {}
      lands        = false
      reads        = ["erasures"]
      writes       = ["leases", "ledger", "models", "snapshots"]
      publishes    = []
      queries      = true
      dataset_role = "roles/bigquery.dataViewer"
      edits        = ["dead_letters", "evaluations", "ingestions"]
    }
  }

  # Entry points that serve all problems from one function, and so do not stand once a problem.
  shared = var.endpoint == "shared" ? ["predictions_endpoint"] : []

  # The problem without a prefix first: a shared endpoint answers for the first one at / as well.
  ordered = concat(
    [for problem, prefix in local.names : problem if prefix == ""],
    [for problem, prefix in local.names : problem if prefix != ""],
  )

  # Every function, by problem and entry point; a shared one by its entry point. No problem is named
  # problems, so no function of a problem has the name of a shared one.
  placed = merge(
    merge([
      for problem, prefix in local.names : {
        for entry_point in setsubtract(keys(local.functions), local.shared) :
        "${problem}/${entry_point}" => { entry_point = entry_point, prefix = prefix, problems = [problem], serves = problem }
      }
    ]...),
    { for entry_point in local.shared : entry_point => { entry_point = entry_point, prefix = "problems-", problems = local.ordered, serves = "all problems" } },
  )
  deployed = {
    for key, placed in local.placed : key => merge(local.functions[placed.entry_point], placed, {
      account = "${placed.prefix}${local.functions[placed.entry_point].account}"
      environment = merge(
        length(placed.problems) == 1 ? local.environment[placed.problems[0]] : local.shared_environment,
        local.functions[placed.entry_point].environment,
      )
      limits = local.limits[placed.entry_point]
      name   = "${placed.prefix}${replace(placed.entry_point, "_", "-")}"
      reads  = [for pair in setproduct(local.functions[placed.entry_point].reads, placed.problems) : "${join("/", pair)}/"]
      writes = [for pair in setproduct(local.functions[placed.entry_point].writes, placed.problems) : "${join("/", pair)}/"]
      # The keys of its grants, and of the topics.
      topics = {
        for pair in setproduct(placed.problems, local.functions[placed.entry_point].publishes) :
        contains(local.shared, placed.entry_point) ? join("/", pair) : pair[1] => join("/", pair)
      }
    })
  }

  # The key of the function that answers for a problem, and what is below its address.
  endpoints = { for problem in keys(var.problems) : problem => var.endpoint == "shared" ? "predictions_endpoint" : "${problem}/predictions_endpoint" }
  paths     = { for problem in keys(var.problems) : problem => var.endpoint == "shared" ? "/${problem}/" : "" }

  tables = {
    dead_letters     = { partition = "publish_time" }
    erasures         = { partition = "decided_at" }
    evaluations      = { partition = "evaluated_at" }
    ingestions       = { partition = "entered_at" }
    predictions_data = { partition = "requested_at" }
    rejected_rows    = { partition = "ingested_at", keep_days = 365 } # holds lines as they were sent
    revocations      = { partition = "decided_at" }
    training_data    = { partition = "ingested_at", cluster = "record_id" }
  }

  views = ["accepted_rows", "predictions", "rejected", "training_set"]

  # A topic's messages go to a function or into a table, or become dead letters after some deliveries.
  # Any answer but 2xx is a delivery, also the 429 of a function whose instances are all at work: with
  # the pauses below, 5 deliveries take 7 minutes, 20 take 3 hours, 100, the most there can be, 16 hours.
  # Many files may wait for four instances, and each batch waits for the only training.
  topics = {
    dead_letters       = { agents = ["pubsub"], deliveries = null, pushes_to = null, stored_in = "dead_letters" }
    ingestion_complete = { agents = [], deliveries = 100, pushes_to = "train_model", stored_in = null }
    landing            = { agents = ["storage"], deliveries = 20, pushes_to = "ingest_data", stored_in = null }
    predictions        = { agents = [], deliveries = 5, pushes_to = null, stored_in = "predictions_data" }
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
    for problem, prefix in local.names : problem => merge({
      DATASET                  = problem
      GOOGLE_CLOUD_PROJECT     = var.project_id
      LANDING_BUCKET           = "${local.prefix}-my-data-landing-zone"
      MODEL_BUCKET             = "${local.prefix}-my-model-storage"
      PROBLEM                  = problem
      TOPIC_INGESTION_COMPLETE = "${prefix}ingestion_complete"
      TOPIC_LANDING            = "${prefix}landing"
      TOPIC_PREDICTIONS        = "${prefix}predictions"
    }, var.problems[problem].pinned ? { PINNED_PROBLEMS = problem } : {})
  }

  # Environment of a function that serves all problems: what each has for itself, by problem.
  shared_environment = merge(local.environment[local.ordered[0]], {
    for name in ["DATASET", "TOPIC_INGESTION_COMPLETE", "TOPIC_LANDING", "TOPIC_PREDICTIONS"] :
    name => jsonencode({ for problem in local.ordered : problem => local.environment[problem][name] })
  }, { PROBLEM = join(",", local.ordered) })

  # A request that the endpoint answers, as `titanic-mlops derive` writes it from the declaration.
  examples = { for problem in keys(var.problems) : problem => try(trimspace(file("${path.module}/examples/${problem}.json")), "{}") }

  # The files to begin with; of a problem that ships none, the name says which file is meant.
  datasets = {
    for problem in keys(var.problems) : problem =>
    fileexists("${path.module}/../dataset/${problem}.csv") ? "dataset/${problem}.csv" : "${problem}.csv"
  }
}
