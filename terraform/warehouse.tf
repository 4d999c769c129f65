module "warehouse" {
  source   = "./modules/warehouse"
  for_each = var.problems

  agent      = module.topic["${each.key}/dead_letters"].agents["pubsub"]
  dataset_id = each.key
  location   = var.region
  project_id = var.project_id
  protect    = var.protect
  schemas    = "${path.module}/schemas/${each.key}"
  tables     = local.tables
  views      = local.views

  depends_on = [time_sleep.apis]
}
