"""A BigQuery that speaks its REST API on the loopback, over DuckDB.

It proves the requests that the client sends, parameters and types on the wire, job ids that
are accepted once, and what becomes of errors. It cannot prove BigQuery's SQL: its answers
are DuckDB's.
"""

from __future__ import annotations

import shutil
import threading
import time
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
from flask import Flask, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.adapters.statements import parsed, tree_of
from titanic_mlops.errors import Conflict, NotFound, PortError, Rejected, Unavailable
from titanic_mlops.ports import Table, TableField

Objects = Callable[[str, str], bytes | None]
Json = dict[str, Any]


class QuotaExceeded(PortError):
    """A table has taken all the load jobs of a day."""


REASONS: dict[type[PortError], str] = {
    QuotaExceeded: "quotaExceeded",
    NotFound: "notFound",
    Conflict: "duplicate",
    Rejected: "invalidQuery",
    Unavailable: "backendError",
}
CODES = {
    "quotaExceeded": 403,
    "notFound": 404,
    "duplicate": 409,
    "invalidQuery": 400,
    "backendError": 503,
    "accessDenied": 403,
}
OLDER = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "STRUCT": "RECORD"}
STATEMENT_TYPES = {"read": "SELECT", "write": "INSERT", "define": "CREATE_TABLE"}
LOCATION = "europe-west3"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BigQueryServer:
    """One dataset behind the REST API; `objects` is where `gs://` addresses lead.

    `faults` are asked before each request is served; while it is `down`, all is refused.
    The answers to the next `lose_answers` jobs get lost. `byte_bounds` has, for each SELECT that
    ran, what it may bill at most. With `loads_a_day` each table takes that many load jobs a day,
    failed ones among them; BigQuery's own limit is about 1,500.
    A statement that changes rows takes `statement_seconds`, if any, and sees the table as it
    was when it began: as in BigQuery, others may insert in the meantime.
    """

    def __init__(self, folder: Path, objects: Objects, *, statement_seconds: float = 0) -> None:
        self.faults: list[Callable[[], Response | None]] = []
        self.down = False
        self.lose_answers = 0
        self.byte_bounds: list[str | None] = []
        self.loads_a_day: int | None = None
        self.loads: Counter[tuple[str, date]] = Counter()
        self._statement_seconds = statement_seconds
        self._folder = folder
        self._objects = objects
        self._warehouse = DuckDBWarehouse(folder / "dataset.duckdb")
        self._tables: dict[str, Json] = {}
        self._jobs: dict[str, Json] = {}
        self._answers: dict[str, pa.Table] = {}
        self._mutex = threading.RLock()
        self._last = 0
        folder.mkdir(parents=True, exist_ok=True)
        if not statement_seconds:  # then the file is copied, and must have been closed
            self._open = duckdb.connect(folder / "dataset.duckdb")  # to open it takes 15 ms each
        self.app = Flask("bigquery")
        self.app.before_request(self._fault)
        self.app.register_error_handler(404, lambda e: _error("notFound", str(e)))
        project = "/bigquery/v2/projects/<project>"
        tables = f"{project}/datasets/<dataset>/tables"
        self.app.get(f"{project}/datasets/<dataset>")(self.dataset)
        self.app.post(tables)(self.create_table)
        self.app.get(f"{tables}/<table>")(self.get_table)
        self.app.patch(f"{tables}/<table>")(self.patch_table)
        self.app.post(f"{project}/jobs")(self.insert_job)
        self.app.get(f"{project}/jobs/<job>")(self.get_job)
        self.app.get(f"{project}/queries/<job>")(self.answers)

    def provide(self, tables: Iterable[Table]) -> None:
        """Create tables and views, as Terraform does."""
        wanted = list(tables)
        with self._mutex:
            self._warehouse.ensure(wanted)
            for table in wanted:
                fields = [_field_json(field) for field in table.fields]
                self._tables[table.name] = {"schema": {"fields": fields}}
                self._touch(table.name)

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows, as a BigQuery subscription does."""
        with self._mutex:
            self._warehouse.append(table, rows)
            self._touch(table)

    def rows(self, sql: str) -> list[Json]:
        """Return the rows of a SELECT, for a test to look at."""
        found: list[Json] = self._warehouse.query(sql).to_pylist()
        return found

    def dataset(self, project: str, dataset: str) -> ResponseReturnValue:
        reference = {"projectId": project, "datasetId": dataset}
        return jsonify({"datasetReference": reference, "location": LOCATION})

    def create_table(self, project: str, dataset: str) -> ResponseReturnValue:
        made = request.get_json()
        name = made["tableReference"]["tableId"]
        with self._mutex:
            if name in self._tables:
                return _error("duplicate", f"Already Exists: Table {name}")
            try:
                self._warehouse.ensure([_table(name, made.get("schema", {}))])
            except PortError as error:
                return _error(REASONS[type(error)], str(error))
            self._tables[name] = made
            self._touch(name)
            return jsonify(self._resource(name))

    def get_table(self, project: str, dataset: str, table: str) -> ResponseReturnValue:
        with self._mutex:
            if table not in self._tables:
                return _error("notFound", f"Not found: Table {table}")
            return jsonify(self._resource(table))

    def patch_table(self, project: str, dataset: str, table: str) -> ResponseReturnValue:
        with self._mutex:
            known = self._tables[table]
            schema = request.get_json()["schema"]
            self._warehouse.ensure([_table(table, schema)])
            known["schema"] = schema
            return jsonify(self._resource(table))

    def insert_job(self, project: str) -> ResponseReturnValue:
        body = request.get_json()
        name = body["jobReference"]["jobId"]
        with self._mutex:
            if name in self._jobs:
                return _error("duplicate", f"Already Exists: Job {name}")
            job = {
                "kind": "bigquery#job",
                "jobReference": {"projectId": project, "jobId": name, "location": LOCATION},
                "configuration": body["configuration"],
                "statistics": {"creationTime": self._now(), "startTime": self._now()},
                "status": {"state": "DONE"},
            }
            self._jobs[name] = job
        try:
            job["statistics"] |= self._run(name, body["configuration"])
        except PortError as error:
            reason = {"reason": REASONS[type(error)], "message": str(error)}
            job["status"] |= {"errorResult": reason, "errors": [reason]}
        job["statistics"]["endTime"] = self._now()
        if self.lose_answers:
            self.lose_answers -= 1
            return _error("backendError", "the job was taken, its answer got lost")
        # An insert that takes long is answered before its end.
        return jsonify(job | {"status": {"state": "RUNNING"}} if self._statement_seconds else job)

    def get_job(self, project: str, job: str) -> ResponseReturnValue:
        if job not in self._jobs or request.args.get("location") != LOCATION:
            abort(404)  # a single region's job is found there only
        return jsonify(self._jobs[job])

    def answers(self, project: str, job: str) -> ResponseReturnValue:
        known = self._jobs[job]
        if failed := known["status"].get("errorResult"):
            return _error(failed["reason"], failed["message"])
        rows = self._answers.get(job, pa.table({}))
        most = request.args.get("maxResults", default=rows.num_rows, type=int)
        answer = {
            "kind": "bigquery#getQueryResultsResponse",
            "jobReference": known["jobReference"],
            "jobComplete": True,
            "schema": {"fields": [_described(field) for field in rows.schema]},
            "totalRows": str(rows.num_rows),
            **known["statistics"].get("query", {}),
        }
        if most:  # a client that waits for the end asks for no rows, and is sent none
            answer["rows"] = [_row(row, rows.schema) for row in rows.slice(0, most).to_pylist()]
        return jsonify(answer)

    def _fault(self) -> ResponseReturnValue | None:
        if self.down:
            return _error("accessDenied", "away")
        return self.faults.pop(0)() if self.faults else None

    def _run(self, name: str, configuration: Json) -> Json:
        if "load" in configuration:
            with self._mutex:
                return {"load": self._load(configuration["load"])}
        asked = configuration["query"]
        if not configuration.get("jobTimeoutMs"):
            raise Rejected("without job_timeout_ms a statement may outlive its lease")
        statement = parsed(asked["query"])
        sql = _unqualified(asked["query"])
        params = {p["name"]: _value(p) for p in asked.get("queryParameters", [])}
        if configuration.get("dryRun"):
            return {"query": {"statementType": STATEMENT_TYPES[statement.kind]}}
        if statement.kind == "read":
            self.byte_bounds.append(asked.get("maximumBytesBilled"))
            self._answers[name] = self._warehouse.query(sql, params)
            return {"query": {"statementType": "SELECT"}}
        if statement.kind == "write" and self._statement_seconds:
            changed = self._change_slowly(sql, params, statement.target)
        else:
            changed = self._warehouse.execute(sql, params)
        if statement.kind == "define":
            self._define(sql, statement.target)
        elif changed:
            self._touch(statement.target)
        return {"query": {"statementType": "DML", "numDmlAffectedRows": str(changed)}}

    def _change_slowly(self, sql: str, params: Json, table: str) -> int:
        """Change a copy of the dataset, and then the table by what differs."""
        with TemporaryDirectory() as folder, self._mutex:
            copied = shutil.copy(self._folder / "dataset.duckdb", folder)
            begun = DuckDBWarehouse(Path(copied))
            everything = f"SELECT * FROM {table}"
            before = begun.query(everything).to_pylist()
            changed = begun.execute(sql, params)
            after = begun.query(everything)
        time.sleep(self._statement_seconds)
        with self._mutex:
            now = self._warehouse.query(everything).to_pylist()
            if any(row not in now for row in before if row not in after.to_pylist()):
                raise Rejected(f"Could not serialize access to table {table}")
            new = [row for row in after.to_pylist() if row not in before]
            kept = [row for row in now if row not in before or row in after.to_pylist()]
            self._warehouse.execute(f"DELETE FROM {table} WHERE TRUE")
            self._warehouse.append(table, pa.Table.from_pylist(kept + new, after.schema))
        return changed

    def _define(self, sql: str, target: str) -> None:
        if sql.lstrip().upper().startswith("DROP"):
            self._tables.pop(target, None)
        else:
            self._tables.setdefault(target, {"schema": {"fields": []}})
            self._touch(target)

    def _load(self, asked: Json) -> Json:
        table = asked["destinationTable"]["tableId"]
        if table not in self._tables:
            raise NotFound(f"Not found: Table {table}")
        day = table, datetime.now(UTC).date()
        self.loads[day] += 1
        if self.loads_a_day is not None and self.loads[day] > self.loads_a_day:
            raise QuotaExceeded(f"Quota exceeded: {table} exceeded quota for imports per table")
        (uri,) = asked["sourceUris"]
        bucket, _, key = uri.removeprefix("gs://").partition("/")
        data = self._objects(bucket, key)
        if data is None:
            raise NotFound(f"Not found: URI {uri}")
        if not asked.get("parquetOptions", {}).get("enableListInference"):
            raise Rejected("without list inference a repeated record would be loaded empty")
        path = self._folder / "load.parquet"
        path.write_bytes(data)
        rows = self._warehouse.load(str(path), table, job_id=str(time.monotonic_ns())).rows
        self._touch(table)
        return {"outputRows": str(rows), "inputFiles": "1"}

    def _touch(self, table: str) -> None:
        known = next((name for name in self._tables if name.lower() == table.lower()), None)
        if known:
            self._tables[known]["lastModifiedTime"] = self._now()

    def _now(self) -> str:
        """Return milliseconds since the epoch, later each time."""
        self._last = max(self._last + 1, time.time_ns() // 1_000_000)
        return str(self._last)

    def _resource(self, name: str) -> Json:
        reference = {"projectId": "wire", "datasetId": "titanic", "tableId": name}
        return self._tables[name] | {
            "kind": "bigquery#table",
            "location": LOCATION,
            "etag": "1",
            "tableReference": reference,
        }


def _error(reason: str, message: str) -> tuple[Response, int]:
    code = CODES[reason]
    errors = [{"reason": reason, "message": message}]
    return jsonify({"error": {"code": code, "message": message, "errors": errors}}), code


def _field_json(field: TableField) -> Json:
    inner = [_field_json(one) for one in field.fields]
    described = {"name": field.name, "type": field.type, "mode": field.mode}
    return described | ({"fields": inner} if inner else {})


def _table(name: str, schema: Json) -> Table:
    return Table(name, tuple(map(_table_field, schema.get("fields", []))))


def _table_field(field: Json) -> TableField:
    kind = str(OLDER.get(field["type"], field["type"]))
    inner = tuple(map(_table_field, field.get("fields", [])))
    return TableField(field["name"], kind, field.get("mode", "NULLABLE"), "", inner)


def _unqualified(sql: str) -> str:
    from sqlglot import exp  # noqa: PLC0415 loads for long

    tree = tree_of(sql)
    for table in tree.find_all(exp.Table):
        table.set("db", None)
        table.set("catalog", None)
    return tree.sql(dialect="bigquery")


def _value(parameter: Json) -> Any:  # noqa: ANN401 any Value
    kind, text = parameter["parameterType"]["type"], parameter["parameterValue"].get("value")
    if kind == "ARRAY":
        return tuple(one["value"] for one in parameter["parameterValue"]["arrayValues"])
    if text is None:
        return None
    if kind == "TIMESTAMP":
        return datetime.fromisoformat(text)
    if kind == "BYTES":
        return b64decode(text)
    read: dict[str, Callable[[str], Any]] = {
        "INT64": int,
        "FLOAT64": float,
        "BOOL": lambda said: str(said).lower() == "true",
        "STRING": str,
    }
    return read[kind](text)


def _described(field: pa.Field) -> Json:
    repeated = pa.types.is_list(field.type)
    kind = field.type.value_type if repeated else field.type
    mode = "REPEATED" if repeated else "NULLABLE"
    inner = [_described(one) for one in kind] if pa.types.is_struct(kind) else []
    described: Json = {"name": field.name, "mode": mode, "type": _type(kind)}
    return described | ({"fields": inner} if inner else {})


def _type(kind: pa.DataType) -> str:
    known = {
        pa.types.is_boolean: "BOOLEAN",
        pa.types.is_integer: "INTEGER",
        pa.types.is_floating: "FLOAT",
        pa.types.is_timestamp: "TIMESTAMP",
        pa.types.is_binary: "BYTES",
        pa.types.is_struct: "RECORD",
    }
    return next((name for fits, name in known.items() if fits(kind)), "STRING")


def _row(row: Json, schema: pa.Schema) -> Json:
    return {"f": [{"v": _cell(row[field.name], field.type)} for field in schema]}


def _cell(value: Any, kind: pa.DataType) -> Any:  # noqa: ANN401 any cell, as JSON
    if pa.types.is_list(kind):
        return [{"v": _cell(one, kind.value_type)} for one in value or []]
    if value is not None and pa.types.is_struct(kind):
        return {"f": [{"v": _cell(value[inner.name], inner.type)} for inner in kind]}
    return None if value is None else _text(value)


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return str((value - EPOCH) // timedelta(microseconds=1))
        case bytes():
            return b64encode(value).decode()
        case float():
            return repr(value)
        case _:
            return str(value)
