locals {
  views    = { for view in var.views : view => "${var.schemas}/${view}.sql" }
  schemas  = { for table in keys(var.tables) : table => "${var.schemas}/${table}.json" }
  missing  = [for file in concat(values(local.schemas), values(local.views)) : file if !fileexists(file)]
  unplaced = setsubtract(fileset(var.schemas, "*.json"), [for table in keys(var.tables) : "${table}.json"])
}

resource "google_bigquery_dataset" "this" {
  dataset_id                 = var.dataset_id
  location                   = var.location
  delete_contents_on_destroy = !var.protect

  lifecycle {
    precondition {
      condition     = length(local.missing) == 0
      error_message = "There is no ${join(", ", local.missing)}; declare the problem in the package and run `titanic-mlops derive`, which writes them."
    }
    precondition {
      condition     = length(local.unplaced) == 0
      error_message = "No table is declared for ${join(", ", local.unplaced)} in ${var.schemas}; add it to `tables` in locals.tf, or remove the file."
    }
  }
}

resource "google_bigquery_table" "this" {
  for_each = var.tables

  dataset_id          = google_bigquery_dataset.this.dataset_id
  table_id            = each.key
  deletion_protection = var.protect
  schema              = try(file(local.schemas[each.key]), null)
  clustering          = each.value.cluster == null ? null : [each.value.cluster]

  time_partitioning {
    type          = "DAY"
    field         = each.value.partition
    expiration_ms = each.value.keep_days == null ? null : each.value.keep_days * 24 * 60 * 60 * 1000
  }
}

moved {
  from = google_bigquery_table.predictions
  to   = google_bigquery_table.view["predictions"]
}

resource "google_bigquery_table" "view" {
  for_each = local.views

  dataset_id          = google_bigquery_dataset.this.dataset_id
  table_id            = each.key
  deletion_protection = false # it holds nothing

  view {
    query          = try(templatefile(each.value, { dataset = "${var.project_id}.${var.dataset_id}" }), "")
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.this]
}

# On the dataset, because Pub/Sub rejects a subscription to BigQuery until its agent can write.
resource "google_bigquery_dataset_iam_member" "agent" {
  for_each = toset(["roles/bigquery.dataEditor", "roles/bigquery.metadataViewer"])

  dataset_id = google_bigquery_dataset.this.dataset_id
  member     = var.agent
  role       = each.key
}
