locals {
  package = "${path.module}/../src/titanic_mlops"
  bundles = jsondecode(file("${path.module}/bundles.json"))
  files   = toset(flatten([for pattern in local.bundles.files : tolist(fileset(local.package, pattern))]))

  own = var.problems_folder == "" ? toset([]) : fileset(var.problems_folder, "*.py")

  sources = {
    for entry_point in keys(local.functions) : entry_point => merge(
      {
        for file in local.files : "titanic_mlops/${file}" => file("${local.package}/${file}")
        if !anytrue([for left_out in local.bundles.leaves_out[entry_point] : startswith(file, left_out)])
      },
      {
        for file in local.own : "titanic_mlops/problems/${file}" => file("${var.problems_folder}/${file}")
      },
      {
        "main.py"          = templatefile("${path.module}/main.py.tftpl", { entry_point = entry_point })
        "requirements.txt" = file("${path.module}/../requirements/${entry_point}.txt")
      },
    )
  }

  invokers = {
    ingest_data          = { for problem in keys(var.problems) : problem => { push = google_service_account.push[problem].member } }
    monitor_model        = { for problem in keys(var.problems) : problem => { scheduler = google_service_account.scheduler[problem].member } }
    predictions_endpoint = { for problem in keys(var.problems) : problem => { for member in local.public ? ["allUsers"] : var.invokers : member => member } }
    train_model          = { for problem in keys(var.problems) : problem => { push = google_service_account.push[problem].member } }
  }
}

module "function" {
  source   = "./modules/function"
  for_each = local.deployed

  name          = each.value.name
  account_id    = each.value.account
  build_account = time_sleep.grants[each.value.problems[0]].triggers["build_account"]
  repository    = time_sleep.repository.triggers["id"]
  bucket        = module.functions_bucket.name
  description   = "${each.value.description} (${each.value.serves})"
  entry_point   = each.value.entry_point
  environment   = each.value.environment
  ingress       = each.value.ingress
  invokers      = local.invokers[each.value.entry_point][each.value.problems[0]]
  limits        = each.value.limits
  project_id    = time_sleep.apis.triggers["project_id"]
  region        = var.region
  sources       = local.sources[each.value.entry_point]

  grants = {
    buckets = merge(
      each.value.lands ? {
        landing = { bucket = module.landing_bucket.name, role = "roles/storage.objectViewer", prefixes = [] }
      } : {},
      length(each.value.reads) > 0 ? {
        reads = { bucket = module.model_bucket.name, role = "roles/storage.objectViewer", prefixes = each.value.reads }
      } : {},
      {
        # Without the right to list, Cloud Storage answers 403 instead of 404 for a missing object.
        lists  = { bucket = module.model_bucket.name, role = "roles/storage.legacyBucketReader", prefixes = [] }
        writes = { bucket = module.model_bucket.name, role = "roles/storage.objectUser", prefixes = each.value.writes }
      },
    )
    datasets = each.value.dataset_role == null ? {} : {
      own = { dataset_id = module.warehouse[each.value.problems[0]].dataset_id, role = each.value.dataset_role }
    }
    project = each.value.queries ? ["roles/bigquery.jobUser"] : []
    tables = {
      for table in each.value.edits : table => {
        dataset_id = module.warehouse[each.value.problems[0]].dataset_id
        table_id   = module.warehouse[each.value.problems[0]].table_ids[table]
      }
    }
    topics = { for topic, key in each.value.topics : topic => module.topic[key].name }
  }
}

resource "google_service_account" "build" {
  account_id   = "functions-build"
  display_name = "Builds the functions"
  depends_on   = [time_sleep.apis]
}

resource "google_project_iam_member" "build" {
  # The sources of a build lie in a bucket of Google's own, so a grant on ours is not enough.
  for_each = toset(["roles/logging.logWriter", "roles/storage.objectViewer"])

  project = var.project_id
  member  = google_service_account.build.member
  role    = each.key
}

# Each deployment of a function makes an image, and Google deletes none of those in gcf-artifacts, its
# own repository. Cloud Run keeps a copy of the image that serves, so an old one may go.
resource "google_artifact_registry_repository" "functions" {
  repository_id = "titanic-mlops-functions"
  description   = "Images of the functions"
  format        = "DOCKER"
  location      = var.region

  cleanup_policies {
    id     = "delete-after-a-week"
    action = "DELETE"
    condition {
      older_than = "604800s"
      tag_state  = "ANY"
    }
  }

  cleanup_policies {
    id     = "keep-the-last-three"
    action = "KEEP"
    most_recent_versions {
      keep_count = 3
    }
  }

  depends_on = [time_sleep.apis]
}

resource "google_artifact_registry_repository_iam_member" "build" {
  location   = google_artifact_registry_repository.functions.location
  repository = google_artifact_registry_repository.functions.name
  member     = google_service_account.build.member
  role       = "roles/artifactregistry.writer"
}
