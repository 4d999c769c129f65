"""Our tables, parameters and loads as BigQuery's client describes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import bigquery

from titanic_mlops.errors import Rejected
from titanic_mlops.ports import Table, TableField

PARAMETERS = {bool: "BOOL", int: "INT64", float: "FLOAT64", str: "STRING", bytes: "BYTES"}
OLDER_TYPES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "STRUCT": "RECORD"}
TRANSIENT = timedelta(days=1)


def new_table(reference: bigquery.TableReference, table: Table) -> bigquery.Table:
    """Return the table as BigQuery creates it."""
    made = bigquery.Table(reference, [_field(field) for field in table.fields])
    if table.transient:
        made.expires = datetime.now(UTC) + TRANSIENT
    if table.partition:
        made.time_partitioning = bigquery.TimePartitioning(field=table.partition)
    if table.cluster:
        made.clustering_fields = [table.cluster]
    return made


def missing_columns(found: bigquery.Table, table: Table) -> list[bigquery.SchemaField]:
    """Return the declared columns that a stored table lacks, NULLABLE or REPEATED.

    Raises:
        Rejected: a column that exists has another type.
    """
    columns = {field.name.lower(): field for field in found.schema}
    missing = []
    for field in table.fields:
        known = columns.get(field.name.lower())
        if known is None:
            mode = "REPEATED" if field.mode == "REPEATED" else "NULLABLE"
            missing.append(_field(field, mode=mode))
        elif _type(known) != field.type:
            raise Rejected(
                f"{table.name}.{field.name}: is {_type(known)}, declared {field.type}; a"
                " column keeps its type, add a new one"
            )
    return missing


def parquet_load(target: bigquery.Table) -> bigquery.LoadJobConfig:
    """Return a load that replaces the rows of `target` with those of a Parquet object."""
    lists = bigquery.ParquetOptions()  # type: ignore[no-untyped-call] # it has no types
    lists.enable_list_inference = True  # without it a repeated record is loaded empty
    return bigquery.LoadJobConfig(
        parquet_options=lists,
        source_format=bigquery.SourceFormat.PARQUET,
        write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
        create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
        schema=target.schema,
    )


def parameter(
    name: str,
    value: Any,  # noqa: ANN401 any Value; Google's types lack bytes
) -> bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter:
    """Return a parameter of a statement, its type from the type of the value."""
    if isinstance(value, tuple):
        return bigquery.ArrayQueryParameter(name, "STRING", list(value))
    kind = "TIMESTAMP" if isinstance(value, datetime) else PARAMETERS[type(value)]
    return bigquery.ScalarQueryParameter(name, kind, value)


def _field(field: TableField, *, mode: str = "") -> bigquery.SchemaField:
    return bigquery.SchemaField(
        field.name,
        field.type,
        mode=mode or field.mode,
        description=field.description,
        fields=[_field(inner) for inner in field.fields],
    )


def _type(field: bigquery.SchemaField) -> str:
    return OLDER_TYPES.get(field.field_type, field.field_type)
