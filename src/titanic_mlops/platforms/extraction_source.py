"""The warehouse that `ingest --query` reads: a DuckDB file on a laptop, a dataset on the cloud."""

from __future__ import annotations

from pathlib import Path

from titanic_mlops.errors import SettingsInvalid
from titanic_mlops.pipeline.extraction import Source
from titanic_mlops.settings import EXTRACT, Settings


def open_source(settings: Settings, problem: str) -> Source:
    """Return the source that the setting names; nothing is requested yet.

    Raises:
        SettingsInvalid: the setting is missing, or names no file.
    """
    cloud = settings.cloud_of(problem)
    named = settings.extract_from
    if not named:
        kind = "a BigQuery dataset" if cloud else "a DuckDB file"
        raise SettingsInvalid(f"{EXTRACT} is not set; set it to {kind} to extract rows from.")
    if cloud is None:
        from titanic_mlops.adapters.local.extraction import (  # noqa: PLC0415 loads DuckDB
            DuckDBSource,
        )

        path = Path(named).expanduser().absolute()
        if not path.is_file():
            raise SettingsInvalid(f"{EXTRACT} names {path}, which is no file; name a DuckDB file.")
        return Source(path.stem, DuckDBSource(path).look)
    from titanic_mlops.adapters.gcp.object_store import (  # noqa: PLC0415 loads Google's clients
        open_bucket,
    )
    from titanic_mlops.adapters.gcp.warehouse import open_dataset  # noqa: PLC0415 as above
    from titanic_mlops.platforms.timing import PUBLISH_SECONDS  # noqa: PLC0415 as above

    leases = open_bucket(cloud.project, cloud.model_bucket, patience=PUBLISH_SECONDS)
    dataset = open_dataset(cloud.project, named, leases, emulated=cloud.bigquery_emulated)
    return Source(named, lambda sql, most: dataset.look(sql, most=most))
