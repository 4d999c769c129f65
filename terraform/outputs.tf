output "access" {
  description = "Access to predictions, private or public."
  value       = var.access
}

output "buckets" {
  description = "Names of the buckets, by what they hold."
  value = {
    functions = module.functions_bucket.name
    landing   = module.landing_bucket.name
    models    = module.model_bucket.name
  }
}

output "curl" {
  description = "Command that asks for a prediction, by problem."
  value = {
    for problem in keys(var.problems) : problem => join(" ", concat(
      ["curl -s", "${module.function[local.endpoints[problem]].uri}${local.paths[problem]}"],
      local.public ? [] : ["-H \"Authorization: Bearer $(gcloud auth print-identity-token)\""],
      ["-H 'Content-Type: application/json' -d '${replace(local.examples[problem], "'", "'\\''")}'"],
    ))
  }
}

output "environment" {
  description = "Environment of the command line, by problem."
  value       = local.environment
}

output "page" {
  description = "Where the page is, or the command that opens it on this machine, by problem; a shared endpoint has them below the problem's name."
  value = {
    for problem, key in local.endpoints : problem => local.public ? "${module.function[key].uri}${local.paths[problem]}" : join(" ", [
      "gcloud run services proxy ${local.deployed[key].name}",
      "--project ${var.project_id} --region ${var.region} --port 8080",
    ])
  }
}

output "predictions_url" {
  description = "Address of the endpoint, by problem."
  value       = { for problem, key in local.endpoints : problem => "${module.function[key].uri}${local.paths[problem]}" }
}

output "request_examples" {
  description = "Body of a request that the endpoint answers, by problem."
  value       = local.examples
}

output "upload_commands" {
  description = "Command that lands a file, by problem."
  value = {
    for problem, file in local.datasets : problem =>
    "gcloud storage cp ${file} gs://${module.landing_bucket.name}/${problem}/"
  }
}
