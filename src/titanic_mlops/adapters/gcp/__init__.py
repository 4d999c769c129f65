"""The ports on Google Cloud: Cloud Storage, BigQuery, Pub/Sub."""
