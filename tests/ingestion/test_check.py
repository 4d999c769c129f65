"""The two Parquet files and the summary of a checked file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.ingestion.outcome import Check
from titanic_mlops.errors import FileRejected
from titanic_mlops.ingestion import Source, batches, check_file, structure
from titanic_mlops.ingestion import check as check_module
from titanic_mlops.ingestion.header import read_header
from titanic_mlops.ingestion.notes import Notes
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.split import split_of
from titanic_mlops.tables.arrow import arrow_schema
from titanic_mlops.tables.platform import REJECTED_ROWS
from titanic_mlops.tables.problem import training_data

HEADER = b"PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked\n"
TABLE = Path(__file__).parents[2] / "dataset" / "titanic.csv"


def line(key: int, *, survived: str = "0", age: str = "22", name: str = "Owen") -> bytes:
    return f"{key},{survived},3,{name},male,{age},1,0,T {key % 7},7.25,,S\n".encode()


def test_every_passenger_of_the_real_table_is_accepted(check: Check) -> None:
    outcome = check(TABLE.read_bytes())
    assert (outcome.summary.accepted, outcome.summary.rejected) == (891, 0)
    assert sum(row["Survived"] for row in outcome.accepted.values()) == 342
    assert outcome.accepted[1]["Name"] == "Braund, Mr. Owen Harris"
    assert outcome.accepted[891]["Age"] == 32.0


def test_both_files_have_the_columns_of_their_tables(
    check: Check, tmp_path: Path, titanic: Problem
) -> None:
    check(HEADER + line(1))
    accepted, rejected = tmp_path / "a.parquet", tmp_path / "r.parquet"
    assert pq.read_schema(accepted).equals(arrow_schema(training_data(titanic)))
    assert pq.read_schema(rejected).equals(arrow_schema(REJECTED_ROWS))
    assert pq.read_metadata(accepted).row_group(0).column(0).compression == "ZSTD"


def test_an_accepted_row_has_its_split_and_its_source(check: Check) -> None:
    rows = check(HEADER + line(1) + line(2, survived="") + line(3)).accepted
    source = {key: rows[2][key] for key in ("file_id", "generation", "row_number")}
    assert source == {"file_id": "f" * 64, "generation": 17, "row_number": 2}
    assert rows[2]["ingested_at"].isoformat() == "2024-05-01T12:30:00+00:00"
    assert [row["label_generation"] for row in rows.values()] == [17, None, 17]
    assert {row["split"] == split_of("titanic", row["Ticket"]) for row in rows.values()} == {True}


def test_a_rejected_row_keeps_text_and_rules_not_values(check: Check) -> None:
    row = check(HEADER + line(1, age="130", name="")).rejected[1]
    assert row["raw"] == line(1, age="130", name="").decode().rstrip()
    assert row["file"] == "titanic/case.csv"
    reasons = [{"field": "Name", "rule": "missing"}, {"field": "Age", "rule": "range"}]
    assert row["reasons"] == reasons


@pytest.mark.parametrize("irregular", [b"", b"\r\n"])
def test_the_same_bytes_give_the_same_files(irregular: bytes, check: Check) -> None:
    lines = [line(key % 40, age=str(key * 3)) for key in range(1, 60)]
    data = HEADER + b"".join(lines) + irregular
    first, second = check(data), check(data)
    assert first.accepted_bytes == second.accepted_bytes
    assert first.rejected_bytes == second.rejected_bytes


def test_duplicate_keys_are_found_across_blocks(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structure, "BLOCK", 200)
    keys = [*range(50, 0, -1), 50, *[7, 60, 8] * 100, 99]
    outcome = check(HEADER + b"".join(line(key) for key in keys))
    last = {key: number for number, key in enumerate(keys, start=1)}
    earlier = set(range(1, len(keys) + 1)) - set(last.values())
    assert sorted(outcome.accepted) == sorted(last.values())
    assert outcome.reasons() == {key: ["PassengerId:duplicate_key"] for key in earlier}
    assert outcome.rejected[44]["raw"] == line(7).decode().rstrip()


def test_a_key_may_be_text(check: Check, titanic: Problem) -> None:
    outcome = check(HEADER + line(1) + line(2) + line(8), replace(titanic, key="Ticket"))
    assert outcome.reasons() == {1: ["Ticket:duplicate_key"]}


def test_a_file_may_lack_what_is_not_required_and_nullable(check: Check, titanic: Problem) -> None:
    for column in titanic.columns:
        header = HEADER.rstrip().split(b",")
        header.remove(column.name.encode())
        without = b",".join(header) + b"\n"
        if column.optional and column.nullable:
            assert check(without).summary.rows == 0
        else:
            with pytest.raises(FileRejected, match=f"column {column.name} is missing"):
                check(without)


def test_a_long_field_of_an_unknown_column_rejects_its_row(
    check: Check,
) -> None:
    sizes = {1: 60_000, 2: 70_000, 3: 140_000, 4: 1 << 20}
    plain = [line(key).rstrip() + b"," + b"x" * size for key, size in sizes.items()]
    quoted = [line(9).rstrip() + b',"' + b"x" * size + b'"' for size in (65_536, 65_537)]
    outcome = check(HEADER.rstrip() + b",Boat\n" + b"\n".join([*plain, *quoted]))
    assert outcome.reasons() == {3: [":length"], 4: [":length"], 6: [":open_quote"]}
    assert [len(outcome.rejected[number]["raw"]) for number in (3, 4)] == [
        len(plain[2]),
        65_536,
    ]


def test_long_rows_are_yielded_in_small_batches(tmp_path: Path, titanic: Problem) -> None:
    (tmp_path / "long.csv").write_bytes(HEADER + (b"x" * (1 << 20) + b"\n") * 12)
    header = read_header(tmp_path / "long.csv", titanic, "long.csv")
    read = batches.read_one_by_one(tmp_path / "long.csv", titanic, header, Notes())
    assert max(len(batch.rejected) for batch in read) <= 5


def test_examples_are_the_first_rejected_rows(check: Check) -> None:
    bad = b"".join(line(key, age="old") for key in range(2, 9))
    outcome = check(HEADER + line(1) + bad + line(1))
    assert [row.row_number for row in outcome.summary.examples] == [1, 2, 3, 4, 5]


def test_reasons_are_counted_by_field_and_rule(check: Check) -> None:
    rows = [line(1, age="130"), line(2, age="old"), line(3, name="", age="old"), b"x\n"]
    assert list(check(HEADER + b"".join(rows)).summary.reasons.items()) == [
        ("Age:type", 2),
        (":fields", 1),
        ("Age:range", 1),
        ("Name:missing", 1),
    ]


@pytest.mark.parametrize("irregular", [b"", b"\r\n"])
def test_progress_grows_until_the_whole_file_is_read(
    irregular: bytes, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structure, "BLOCK", 1000)
    monkeypatch.setattr(batches, "_ROWS", 20)
    data = HEADER + b"".join(map(line, range(1, 200))) + irregular
    read: list[int] = []
    check(data, progress=read.append)
    assert read == sorted(read)
    assert len(read) > 5
    assert read[-1] == len(data)


def test_only_an_irregular_file_is_read_row_by_row(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_module, "read_one_by_one", None)
    assert check(HEADER + line(1) + line(2, age="old") + b"x\n").summary.rows == 3
    monkeypatch.undo()
    monkeypatch.setattr(check_module, "read_in_bulk", None)
    assert check(HEADER + line(1) + b'"').summary.rows == 2


def test_an_open_quote_in_the_last_block_is_found(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structure, "BLOCK", 200)
    rows = b"".join(map(line, range(1, 50)))
    outcome = check(HEADER + rows + line(50, name='"Owen'))
    assert outcome.reasons() == {50: [":open_quote"]}
    outcome = check(HEADER + rows.replace(b"\n", b"\r\n") + line(50))
    assert len(outcome.accepted) == 50


def test_a_rejected_file_writes_nothing(tmp_path: Path, titanic: Problem) -> None:
    landed, accepted, rejected = (tmp_path / name for name in ("in.csv", "a", "r.parquet"))
    landed.write_bytes(b"PK\x03\x04")
    source = Source("x.csv", "f" * 64, 1, datetime(2024, 5, 1, tzinfo=UTC))
    with pytest.raises(FileRejected, match="not text"):
        check_file(landed, titanic, source, accepted=accepted, rejected=rejected)
    assert not accepted.exists()
    assert not rejected.exists()
