"""What every warehouse does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from titanic_mlops.errors import Conflict, NotFound, Rejected
from titanic_mlops.ports import ObjectStore, Table, TableField, Value, Warehouse

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
REASON = TableField(
    "reasons", "RECORD", "REPEATED", "", (TableField("field", "STRING"), TableField("n", "INT64"))
)
PASSENGERS = Table(
    "passengers",
    (
        TableField("id", "INT64", "REQUIRED"),
        TableField("name", "STRING"),
        TableField("fare", "FLOAT64"),
        TableField("alive", "BOOL"),
        TableField("seen", "TIMESTAMP"),
        TableField("tags", "STRING", "REPEATED"),
        REASON,
    ),
)
ADULTS = Table("adults", (), view="SELECT id, name FROM `passengers` WHERE fare > 10 ORDER BY id")
Load = Callable[..., int]


def parquet(columns: dict[str, Any]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return bytes(sink.getvalue().to_pybytes())


@pytest.fixture(autouse=True)
def tables(warehouse: Warehouse) -> None:
    warehouse.ensure([ADULTS, PASSENGERS])


@pytest.fixture
def load(warehouse: Warehouse, store: ObjectStore) -> Load:
    """Return a call that loads columns, or bytes, from the store; how many rows it held."""

    def run(content: dict[str, Any] | bytes, job_id: str = "1", key: str = "rows.parquet") -> int:
        store.put(key, content if isinstance(content, bytes) else parquet(content))
        return warehouse.load(store.uri(key), "passengers", job_id=job_id).rows

    return run


def ids(warehouse: Warehouse) -> list[Any]:
    rows = warehouse.query("SELECT id FROM passengers ORDER BY id")
    return rows.column("id").to_pylist()  # type: ignore[no-any-return]  # pyarrow has no types


def one(warehouse: Warehouse, sql: str, **params: Value) -> Any:  # noqa: ANN401 - any cell
    return warehouse.query(sql, params).to_pylist()[0]


def test_every_type_comes_back_as_it_was_loaded(warehouse: Warehouse, load: Load) -> None:
    row = {
        "id": 1,
        "name": "Zoë; DROP TABLE--",
        "fare": 0.1,
        "alive": True,
        "seen": NOON,
        "tags": ["a", "b"],
        "reasons": [{"field": "Age", "n": 3}],
    }
    assert load(pa.Table.from_pylist([row]).to_pydict() | {"seen": pa.array([NOON])}) == 1
    rows = warehouse.query("SELECT * FROM passengers")
    assert rows.to_pylist() == [row]
    assert rows.schema.field("seen").type == pa.timestamp("us", tz="UTC")
    assert rows.schema.field("id").type == pa.int64()


def test_columns_are_matched_by_name_and_missing_ones_are_null(
    warehouse: Warehouse, load: Load
) -> None:
    load({"fare": [1.5], "id": [7]})
    assert one(warehouse, "SELECT id, fare, name FROM passengers") == {
        "id": 7,
        "fare": 1.5,
        "name": None,
    }


def test_a_load_replaces_the_rows(warehouse: Warehouse, load: Load) -> None:
    assert load({"id": [1, 2, 3]}, "a") == 3
    assert load({"id": [4]}, "b") == 1
    assert ids(warehouse) == [4]


def test_the_same_job_twice_is_done_once(warehouse: Warehouse, load: Load) -> None:
    assert load({"id": [1, 2]}, "a") == 2
    assert load({"id": [9]}, "a", "other.parquet") == 2
    assert ids(warehouse) == [1, 2]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM passengers WHERE id = 1",
        "INSERT INTO `Passengers` (id) VALUES (5)",
        "UPDATE passengers SET name = 'x' WHERE TRUE",
        (
            "MERGE passengers t USING (SELECT 8 AS id) s ON t.id = s.id"
            " WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)"
        ),
    ],
)
def test_the_same_job_loads_again_once_its_rows_were_changed(
    warehouse: Warehouse, load: Load, change: str
) -> None:
    load({"id": [1, 2]}, "a")
    assert warehouse.execute(change) > 0
    assert load({"id": [1, 2]}, "a") == 2
    assert ids(warehouse) == [1, 2]
    assert one(warehouse, "SELECT COUNT(name) AS n FROM passengers") == {"n": 0}


def test_an_old_job_loads_again_after_another(warehouse: Warehouse, load: Load) -> None:
    load({"id": [1]}, "a")
    load({"id": [2]}, "b")
    load({"id": [1]}, "a")
    assert ids(warehouse) == [1]


def test_a_job_whose_statement_changed_nothing_is_still_done(
    warehouse: Warehouse, load: Load
) -> None:
    load({"id": [1]}, "a")
    assert warehouse.execute("DELETE FROM passengers WHERE id = 99") == 0
    load({"id": [2]}, "a")
    assert ids(warehouse) == [1]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"id": ["1"]}, "id is"),
        ({"id": [1.0]}, "id is"),
        ({"id": [True]}, "id is"),
        ({"id": pa.array([1], pa.uint64())}, "id is"),
        ({"id": [1], "fare": [1]}, "fare is"),
        ({"id": [1], "fare": ["1.5"]}, "fare is"),
        ({"id": [1], "name": [5]}, "name is"),
        ({"id": [1], "alive": [1]}, "alive is"),
        ({"id": [1], "seen": ["2024-05-01"]}, "seen is"),
        ({"id": [1], "seen": pa.array([datetime(2024, 5, 1)], pa.timestamp("us"))}, "seen is"),  # noqa: DTZ001 - a naive time is the point
        ({"id": [1], "tags": ["a"]}, "tags is"),
        ({"id": [1], "surprise": [1]}, "surprise is not a column"),
        ({"name": ["x"]}, "id is missing"),
        ({"id": pa.array([None, 1], pa.int64())}, "id"),
    ],
)
def test_columns_that_do_not_fit_are_rejected_and_the_rows_stay(
    warehouse: Warehouse, load: Load, columns: dict[str, Any], sentence: str
) -> None:
    load({"id": [1]}, "before")
    with pytest.raises(Rejected, match=sentence):
        load(columns, "after")
    assert ids(warehouse) == [1]
    load({"id": [2]}, "after")
    assert ids(warehouse) == [2]


def test_smaller_numbers_of_the_same_kind_fit(warehouse: Warehouse, load: Load) -> None:
    load({"id": pa.array([1], pa.int32()), "fare": pa.array([0.5], pa.float32())})
    assert one(warehouse, "SELECT id, fare FROM passengers") == {"id": 1, "fare": 0.5}


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PAR1" + bytes(100) + b"PAR1"])
def test_what_is_not_parquet_is_rejected(load: Load, content: bytes) -> None:
    with pytest.raises(Rejected):
        load(content)


def test_a_truncated_object_is_rejected(warehouse: Warehouse, store: ObjectStore) -> None:
    store.put("cut.parquet", parquet({"id": list(range(1000))})[:-100])
    with pytest.raises(Rejected):
        warehouse.load(store.uri("cut.parquet"), "passengers", job_id="1")


def test_a_missing_table_or_object_is_not_found(
    warehouse: Warehouse, store: ObjectStore, load: Load
) -> None:
    with pytest.raises(NotFound, match=r"none\.parquet"):
        warehouse.load(store.uri("none.parquet"), "passengers", job_id="1")
    load({"id": [1]})
    with pytest.raises(NotFound, match="nowhere"):
        warehouse.load(store.uri("rows.parquet"), "nowhere", job_id="1")


def test_a_key_full_of_wildcards_loads_that_object_only(warehouse: Warehouse, load: Load) -> None:
    load({"id": [1]}, "a", "rows1.parquet")
    load({"id": [2]}, "b", "rows[1]é?'.parquet")
    load({"id": [3]}, "c", "rows*.parquet")
    assert ids(warehouse) == [3]


def test_execute_counts_the_rows_it_touched(warehouse: Warehouse) -> None:
    assert warehouse.execute("INSERT INTO passengers (id) VALUES (1), (2), (3)") == 3
    assert warehouse.execute("UPDATE passengers SET name = 'x' WHERE id > 1") == 2
    assert warehouse.execute("DELETE FROM passengers WHERE id = 1") == 1
    merge = (
        "MERGE passengers t USING (SELECT id FROM UNNEST([3, 4, 5]) AS id) s ON t.id = s.id"
        " WHEN MATCHED THEN UPDATE SET name = 'y'"
        " WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, 'z')"
    )
    assert warehouse.execute(merge) == 3
    assert warehouse.execute("CREATE TABLE IF NOT EXISTS extra (a INT64)") == 0
    assert warehouse.execute("DROP TABLE extra") == 0
    assert ids(warehouse) == [2, 3, 4, 5]


def test_parameters_are_values_and_never_sql(warehouse: Warehouse) -> None:
    evil = "x'); DROP TABLE passengers; --"
    berlin = datetime(2024, 5, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    warehouse.execute(
        "INSERT INTO passengers (id, name, fare, alive, seen)"
        " VALUES (@id, @name, @fare, @alive, @seen)",
        {"id": 1, "name": evil, "fare": None, "alive": False, "seen": berlin, "unused": 1},
    )
    row = one(
        warehouse, "SELECT * FROM passengers WHERE name = @name AND seen = @at", name=evil, at=NOON
    )
    assert (row["id"], row["fare"], row["alive"], row["seen"]) == (1, None, False, NOON)


def test_a_parameter_without_a_value_is_rejected(warehouse: Warehouse) -> None:
    with pytest.raises(Rejected, match="who"):
        warehouse.query("SELECT id FROM passengers WHERE name = @who")


def test_answers_have_the_types_of_bigquery(warehouse: Warehouse) -> None:
    warehouse.execute(
        "INSERT INTO passengers (id, seen) VALUES (1, TIMESTAMP '2024-05-01 12:00:00+00')"
    )
    rows = warehouse.query(
        "SELECT 1 AS a, SUM(id) AS b, COUNT(*) AS c, 1.5 AS d, TRUE AS e, MAX(seen) AS f,"
        " ARRAY_AGG(id) AS g, @p AS h FROM passengers",
        {"p": 1},
    )
    found = [str(field.type) for field in rows.schema]
    assert found[:4] == ["int64", "int64", "int64", "double"]
    assert found[4:6] == ["bool", "timestamp[us, tz=UTC]"]
    assert found[7] == "int64"
    assert rows.to_pylist()[0]["f"] == NOON


def test_the_dialect_is_that_of_bigquery(warehouse: Warehouse) -> None:
    warehouse.execute("INSERT INTO passengers (id, fare) VALUES (1, 10), (2, NULL), (3, 30)")
    assert one(
        warehouse,
        "SELECT COUNTIF(fare > 5) AS n, SAFE_DIVIDE(1, 0) AS d, IFNULL(MAX(name), 'none') AS s"
        " FROM `passengers`",
    ) == {"n": 2, "d": None, "s": "none"}
    newest = (
        "SELECT id FROM passengers WHERE TRUE"
        " QUALIFY ROW_NUMBER() OVER (PARTITION BY name ORDER BY fare DESC) = 1"
    )
    assert one(warehouse, newest) == {"id": 3}


def test_days_and_times_without_a_zone_are_those_of_utc(warehouse: Warehouse) -> None:
    warehouse.execute(
        "INSERT INTO passengers (id, seen) VALUES (1, TIMESTAMP '2024-05-01 23:30:00')"
    )
    assert one(
        warehouse,
        "SELECT seen, CAST(DATE(seen) AS STRING) AS day, TIMESTAMP_TRUNC(seen, DAY) AS start"
        " FROM passengers",
    ) == {
        "seen": datetime(2024, 5, 1, 23, 30, tzinfo=UTC),
        "day": "2024-05-01",
        "start": datetime(2024, 5, 1, tzinfo=UTC),
    }


def test_a_parsed_time_is_in_utc(warehouse: Warehouse) -> None:
    rows = warehouse.query("SELECT PARSE_TIMESTAMP('%Y-%m-%d', '2024-05-01') AS at")
    assert rows.schema.field("at").type == pa.timestamp("us", tz="UTC")
    assert rows.to_pylist() == [{"at": datetime(2024, 5, 1, tzinfo=UTC)}]


def test_an_answer_without_rows_has_its_columns(warehouse: Warehouse) -> None:
    rows = warehouse.query("SELECT id, seen FROM passengers")
    assert (rows.num_rows, rows.column_names) == (0, ["id", "seen"])


def test_ensure_again_changes_nothing_and_adds_new_columns(warehouse: Warehouse) -> None:
    warehouse.execute("INSERT INTO passengers (id) VALUES (1)")
    more = Table("passengers", (*PASSENGERS.fields, TableField("deck", "STRING", "REQUIRED")))
    warehouse.ensure([PASSENGERS, ADULTS])
    warehouse.ensure([more, ADULTS])
    assert one(warehouse, "SELECT id, deck FROM passengers") == {"id": 1, "deck": None}


def test_ensure_refuses_another_type_and_changes_nothing(warehouse: Warehouse) -> None:
    other = Table("passengers", (TableField("id", "STRING"),))
    with pytest.raises(Rejected, match=r"passengers\.id"):
        warehouse.ensure([Table("fresh", (TableField("a", "INT64"),)), other])
    with pytest.raises(NotFound):
        warehouse.query("SELECT * FROM fresh")


def test_ensure_replaces_a_view(warehouse: Warehouse) -> None:
    warehouse.execute("INSERT INTO passengers (id, fare) VALUES (1, 5), (2, 20)")
    assert warehouse.query("SELECT id FROM adults").to_pylist() == [{"id": 2}]
    warehouse.ensure([Table("adults", (), view="SELECT id FROM passengers WHERE fare < 10")])
    assert warehouse.query("SELECT * FROM adults").to_pylist() == [{"id": 1}]


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT * FROM nowhere", NotFound),
        ("SELECT nothing FROM passengers", Rejected),
        ("SELEC 1", Rejected),
        ("", Rejected),
        ("SELECT 1; SELECT 2", Rejected),
        ("SELECT CAST('x' AS INT64)", Rejected),
        ("SELECT NO_SUCH_FUNCTION(1)", Rejected),
        ("DELETE FROM passengers WHERE TRUE", Rejected),
    ],
)
def test_a_wrong_query_says_what_kind_of_wrong(
    warehouse: Warehouse, sql: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        warehouse.query(sql)


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("DELETE FROM nowhere WHERE TRUE", NotFound),
        ("INSERT INTO passengers (name) VALUES ('x')", Rejected),
        ("INSERT INTO passengers (nothing) VALUES (1)", Rejected),
        ("CREATE TABLE passengers (a INT64)", Conflict),
        ("DROP TABLE nowhere", NotFound),
        ("SELECT 1", Rejected),
        ("INSERT INTO passengers (id) VALUES (1); DELETE FROM passengers WHERE TRUE", Rejected),
    ],
)
def test_a_wrong_statement_changes_nothing(
    warehouse: Warehouse, sql: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        warehouse.execute(sql)
    assert ids(warehouse) == []


def test_writers_in_eight_threads_all_count(warehouse: Warehouse) -> None:
    warehouse.execute("INSERT INTO passengers (id, fare) VALUES (1, 0)")

    def add(_: int) -> int:
        return warehouse.execute("UPDATE passengers SET fare = fare + 1 WHERE id = 1")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(16))) == 16
    assert one(warehouse, "SELECT fare FROM passengers") == {"fare": 16.0}


INSERT = "INSERT INTO passengers (id, name) SELECT @id, @name FROM (SELECT 1 AS one)"


def names(warehouse: Warehouse) -> list[str]:
    return [row["name"] for row in warehouse.query("SELECT name FROM passengers").to_pylist()]


def test_a_statement_with_a_job_runs_once(warehouse: Warehouse) -> None:
    first: dict[str, Value] = {"id": 1, "name": "first"}
    assert warehouse.execute(INSERT, first, job_id="one") == 1
    assert warehouse.execute(INSERT, first, job_id="one") == 0
    assert warehouse.execute(INSERT, {"id": 2, "name": "second"}, job_id="two") == 1
    assert sorted(names(warehouse)) == ["first", "second"]


def test_concurrent_statements_of_one_job_run_once(warehouse: Warehouse) -> None:
    with ThreadPoolExecutor(4) as pool:
        once = pool.map(
            lambda _: warehouse.execute(INSERT, {"id": 1, "name": "one"}, job_id="one"), range(4)
        )
        assert sum(once) == 1
    assert names(warehouse) == ["one"]


def test_a_failed_job_can_run_again(warehouse: Warehouse) -> None:
    missing = INSERT.replace("passengers", "flats")
    with pytest.raises((NotFound, Rejected)):
        warehouse.execute(missing, {"id": 1, "name": "one"}, job_id="one")
    assert warehouse.execute(INSERT, {"id": 1, "name": "one"}, job_id="one") == 1
    assert warehouse.execute(INSERT, {"id": 1, "name": "one"}, job_id="one") == 0


def test_a_parameter_may_be_a_list_of_texts(warehouse: Warehouse) -> None:
    for number, name in enumerate(("a", "it's", "c")):
        warehouse.execute(INSERT, {"id": number, "name": name})
    select = "SELECT id FROM passengers WHERE name IN UNNEST(@names) ORDER BY id"
    found = warehouse.query(select, {"names": ("it's", "c", "d")}).to_pylist()
    assert found == [{"id": 1}, {"id": 2}]


@pytest.mark.usefixtures("slow_statements")
@pytest.mark.parametrize(
    "sql",
    [
        (
            "INSERT INTO passengers (id) SELECT 1 FROM (SELECT 1 AS one)"
            " WHERE NOT EXISTS (SELECT 1 FROM passengers WHERE id = 1)"
        ),
        (
            "MERGE passengers T USING staged S ON T.id = S.id"
            " WHEN NOT MATCHED THEN INSERT (id) VALUES (S.id)"
        ),
    ],
    ids=["an insert", "a merge"],
)
def test_concurrent_inserts_unless_the_row_exists_insert_once(
    warehouse: Warehouse, sql: str
) -> None:
    warehouse.ensure([Table("staged", PASSENGERS.fields)])
    warehouse.execute("INSERT INTO staged (id) VALUES (1)")
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: warehouse.execute(sql), range(4))) == [0, 0, 0, 1]
    assert ids(warehouse) == [1]


FILLED = "INSERT INTO passengers (id) SELECT * FROM UNNEST([1, 2, 3])"


def test_a_look_returns_the_first_rows(warehouse: Warehouse) -> None:
    warehouse.execute(FILLED)
    seen = warehouse.look("SELECT id, name FROM passengers ORDER BY id DESC", most=2)
    assert seen.to_pylist() == [{"id": 3, "name": None}, {"id": 2, "name": None}]


def test_a_look_takes_parameters_and_reads_views(warehouse: Warehouse) -> None:
    warehouse.execute("INSERT INTO passengers (id, fare) SELECT 7, 11.5 FROM (SELECT 1 AS one)")
    sql = "SELECT id FROM adults WHERE id = @id"
    assert warehouse.look(sql, {"id": 7}, most=9).to_pylist() == [{"id": 7}]
    assert warehouse.look(sql, {"id": 8}, most=9).num_rows == 0


@pytest.mark.parametrize(
    "sql",
    [FILLED, "DELETE FROM passengers WHERE TRUE", "DROP TABLE passengers", "SELECT 1; SELECT 2"],
)
def test_a_look_changes_nothing(warehouse: Warehouse, sql: str) -> None:
    warehouse.execute(FILLED)
    with pytest.raises(Rejected):
        warehouse.look(sql, most=9)
    assert ids(warehouse) == [1, 2, 3]


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT id FROM crew", NotFound),
        ("SELECT age FROM passengers", Rejected),
        ("SELECT id FRM passengers", Rejected),
        (f"SELECT {'(' * 99}1{')' * 99}", Rejected),
    ],
    ids=["table", "column", "syntax", "depth"],
)
def test_a_look_says_what_is_wrong(warehouse: Warehouse, sql: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        warehouse.look(sql, most=9)
