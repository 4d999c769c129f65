"""From all problems to the files of the repository that are derived from them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from titanic_mlops.derive.jsonschema import request_schema
from titanic_mlops.derive.markdown import data_card
from titanic_mlops.derive.openapi import DescribedRoute, openapi
from titanic_mlops.derive.operations import example_request
from titanic_mlops.problems import load_problem, problem_names
from titanic_mlops.tables.problem import tables_of
from titanic_mlops.tables.schema import schema_json, view_sql


def artefacts(routes: Sequence[DescribedRoute]) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every derived file; `routes` are those of the service."""
    problems = [load_problem(name) for name in problem_names()]
    for problem in problems:
        for table in tables_of(problem):
            path = f"terraform/schemas/{problem.name}/{table.name}"
            if table.view:
                yield f"{path}.sql", view_sql(table)
            else:
                yield f"{path}.json", schema_json(table)
        example = json.dumps(example_request(problem), ensure_ascii=False)
        yield f"terraform/examples/{problem.name}.json", f"{example}\n"
        documents = {"request": request_schema(problem), "openapi": openapi(problem, routes)}
        for name, document in documents.items():
            text = json.dumps(document, indent=2) + "\n"
            yield f"docs/schemas/{problem.name}.{name}.json", text
    yield "dataset/README.md", "\n".join(data_card(problem) for problem in problems)
