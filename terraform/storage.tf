module "landing_bucket" {
  source = "./modules/bucket"

  name              = "${local.prefix}-my-data-landing-zone"
  location          = var.region
  delete_after_days = 365 # files hold personal data as it was sent
  force_destroy     = !var.protect
  notifications = {
    for problem in keys(var.problems) : problem => {
      object_name_prefix = "${problem}/"
      topic              = time_sleep.grants[problem].triggers["landing_topic"]
    }
  }

  depends_on = [time_sleep.apis]
}

module "model_bucket" {
  source = "./modules/bucket"

  name          = "${local.prefix}-my-model-storage"
  location      = var.region
  force_destroy = !var.protect
  forgotten     = ["leases/", "spool/", "staging/"] # rows in transit, and objects of no later use
  versioned     = true

  depends_on = [time_sleep.apis]
}

module "functions_bucket" {
  source = "./modules/bucket"

  name          = "${local.prefix}-functions"
  location      = var.region
  force_destroy = true # holds nothing that this configuration does not make

  depends_on = [time_sleep.apis]
}
