"""From a table to the text of its schema file, and from a view to its SQL template."""

from __future__ import annotations

import json
from collections.abc import Iterable
from re import sub

from titanic_mlops.ports import Table, TableField


def schema_json(table: Table) -> str:
    """Return the table's schema as the JSON file that BigQuery and Terraform read."""
    return json.dumps([_field_json(field) for field in table.fields], indent=2) + "\n"


def view_sql(view: Table) -> str:
    """Return the view's SELECT as a template: `${dataset}` stands for project and dataset."""
    return sub(r"\bFROM (\w+)", r"FROM `${dataset}.\1`", view.view) + "\n"


def _field_json(field: TableField) -> dict[str, object]:
    described = {
        "name": field.name,
        "type": field.type,
        "mode": field.mode,
        "description": field.description,
    }
    return described | ({"fields": _nested(field.fields)} if field.fields else {})


def _nested(fields: Iterable[TableField]) -> list[dict[str, object]]:
    return [_field_json(field) for field in fields]
