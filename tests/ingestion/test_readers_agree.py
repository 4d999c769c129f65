"""The bulk reader and the row reader give the same rows and faults for any bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.sales_problem import SALES
from titanic_mlops.errors import FileRejected
from titanic_mlops.ingestion import Source, check_file, structure
from titanic_mlops.ingestion.batches import Batch, read_one_by_one
from titanic_mlops.ingestion.bulk import read_in_bulk
from titanic_mlops.ingestion.header import read_header
from titanic_mlops.ingestion.notes import Notes
from titanic_mlops.ingestion.records import records
from titanic_mlops.ingestion.skipped import row_records
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Column, Numeric, Problem

pytestmark = pytest.mark.repeats


class Parcel(TypedDict):
    number: Annotated[int, Column(description="any whole number of 64 bits")]
    shelf: Annotated[int | None, Column(description="signed", minimum=-2, maximum=9)]
    weight: Annotated[float, Column(description="any number of 64 bits")]
    balance: Annotated[float | None, Column(description="signed", minimum=-1.5, maximum=1e30)]
    note: NotRequired[Annotated[str | None, Column(description="short text", max_length=5)]]
    address: Annotated[str, Column(description="long text", max_length=100_000)]
    kind: Annotated[Literal["a", "b,c", 'd"', "é"], Column(description="awkward words")]
    lost: NotRequired[Annotated[int | None, Column(description="1 lost", minimum=0, maximum=1)]]


PARCELS = Problem(
    name="parcels",
    title="Which parcels get lost",
    record=Parcel,
    task="classification",
    key="number",
    split_key="address",
    target="lost",
    target_labels=("kept", "lost"),
    features=(Numeric("weight"),),
)
TITANIC = load_problem("titanic")
SOURCE = Source("in.csv", "f" * 64, 3, datetime(2024, 5, 1, tzinfo=UTC))

INTEGERS = ["0", "1", "-1", "7", "1.0", "-0", "-0.0", "007", "2.000", "-2", "-3", "9", "10"]
EDGES = [
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808"),
    *("-9223372036854775809", "9" * 18, "9" * 19, "9" * 40, "9" * 41, "1." + "0" * 38),
    *("1." + "0" * 39, "1" * 18 + ".0", "0" * 40 + "1", "0" * 39, "1" + "0" * 30, "-1.5", "-1.51"),
    *("0.1", "7.2500", "1" + "0" * 17 + ".5", "0." + "3" * 38),
]
ODD = [
    *(
        "",
        " ",
        "1.5",
        "1e3",
        "-2.5E-05",
        "1e+2",
        "9e99",
        "1e400",
        "1e",
        "e5",
        "1.e3",
        "1_000",
        "٣",
        "0x1",
        "0x1F",
        "+1",
        " 1",
        "1 ",
        "1.",
        ".5",
        "-",
        "--1",
    ),
    *("1,0", "1;0", "nan", "NaN", "inf", "-Infinity", "null", "NA", "true", "1.0.0", "1.0\n"),
    *('"', '""', '5" tall', "a\nb", "a\r\nb", "a\rb", "\n", ",", "\t", "#", "\\", "\\N", "'"),
    *("abcde", "abcdef", "éééééé", "ééééé", "👩‍👩‍👧", "\ufeff", "\u2028", "\x85", "\x0b"),
    *("\x0c", "\x1c", "=1+1", "?", "N/A", "<NA>", " NA", "nAn", "\\n"),
    *("\0", "a\0", "x" * 201, "x" * 51, "a", "b,c", 'd"', "é", "S", "Q", "male", "female", "Male"),
]
EXTRA = "éxtrâ"
"""An undeclared column; its letters show that the file is UTF-8, whatever byte is damaged."""
BYTES = [
    b"\xef\xbb\xbf",
    b' "',
    b'\\"',
    b'"',
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b"\n\n",
    b",",
    b";",
    b'; "',
    b'","',
    b"\xff",
    b"\xc3",
]

VALID = {
    int: st.sampled_from(INTEGERS),
    float: st.sampled_from([*INTEGERS, "0.42", "71.2833"]),
    str: st.sampled_from(["Braund, Mr. Owen", "x", "A/5 21171", "-", "keine"]),
    bool: st.sampled_from(["ja", "nein", "JA", "Nein"]),
    date: st.sampled_from(["31.05.2024", "1.5.2024"]),
    datetime: st.sampled_from(["31.05.2024 17:30", "1.5.2024 0:05"]),
    list: st.sampled_from(["sport", "indoors+sport", "red/blue", "outdoors"]),
}
ANY = st.sampled_from([*INTEGERS, *EDGES, *ODD]) | st.text(max_size=8)


def field(column: Column) -> st.SearchStrategy[str]:
    of_categories = column.categories and not column.is_set
    valid = st.sampled_from(column.categories) if of_categories else VALID[column.type]
    if column.header:  # its numbers have a decimal comma
        valid |= st.sampled_from(["-1", "-1,0", "2,50", "7,0"])
    return st.one_of(*[valid] * 9, ANY)


@st.composite
def tables(draw: st.DrawFn, problem: Problem) -> bytes:
    optional = [c.name for c in problem.columns if c.may_be_absent_from_file]
    absent = draw(st.sets(st.sampled_from(optional)))
    by_header = {column.file_name: column for column in problem.columns}
    present = [name for name, column in by_header.items() if column.name not in absent]
    names = draw(st.permutations([*present, EXTRA]))
    fields = [field(by_header[n]) if n in by_header else ANY for n in names]
    rows = draw(st.lists(st.tuples(*fields).map(list), max_size=12))
    for row in draw(st.lists(st.sampled_from(rows), max_size=1)) if rows else []:
        row[:] = draw(st.sampled_from([row[:-1], row[:-2], [*row, ""], [*row, " ", ""], [row[0]]]))
    no_rows = st.sampled_from([names, [*map(str.upper, names)], [""] * len(names), ["", " "]])
    for record in draw(st.lists(no_rows, max_size=2)):
        rows.insert(draw(st.integers(0, len(rows))), list(record))
    written = io.StringIO()
    csv.writer(
        written,
        delimiter=problem.dialect.delimiter,
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        lineterminator=draw(st.sampled_from(["\n", "\n", "\r\n", "\n\n"])),
    ).writerows([names, *rows])
    return written.getvalue().encode(errors="surrogatepass")


@st.composite
def spoiled(draw: st.DrawFn, problem: Problem) -> bytes:
    data = draw(tables(problem))
    first_row = data.find(b"\n") + 1
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(first_row, len(data)))
        data = data[:place] + draw(st.sampled_from(BYTES)) + data[place:]
    return data


@pytest.fixture(scope="module", autouse=True)
def small_blocks() -> Iterator[None]:
    """Make blocks so small that a few rows span several of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structure, "BLOCK", 700)
        patch.setattr(structure, "LONG_LINE", 650)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readers")


def read_all(batches: Iterator[Batch]) -> tuple[list[str], list[Any]]:
    accepted: list[str] = []
    rejected: list[Any] = []
    for batch in batches:
        accepted.extend(repr(row) for row in batch.accepted.to_pylist())
        rejected.extend(batch.rejected)
    return accepted, rejected


def compare(data: bytes, problem: Problem, folder: Path) -> None:
    path, good, bad = (folder / name for name in ("in.csv", "accepted", "rejected"))
    path.write_bytes(data)
    try:
        regular = structure.is_regular(path, "in.csv", problem.dialect.delimiter)
        header = read_header(path, problem, "in.csv")
    except FileRejected:
        return
    notes, bulk_notes = Notes(), Notes()
    accepted, rejected = read_all(read_one_by_one(path, problem, header, notes))
    if regular:
        bulk = read_all(read_in_bulk(path, problem, header, bulk_notes))
        assert bulk == (accepted, rejected)
        assert bulk_notes == notes
    checked = check_file(path, problem, SOURCE, accepted=good, rejected=bad)
    doubled = checked.reasons.get(f"{problem.key}:duplicate_key", 0)
    assert (checked.accepted + doubled, checked.rejected - doubled) == (
        len(accepted),
        len(rejected),
    )
    with path.open("rb") as stream:
        stream.seek(header.end)
        assert checked.rows == sum(1 for _ in row_records(stream, header, Notes()))
    assert pq.read_metadata(good).num_rows == checked.accepted
    assert pq.read_metadata(bad).num_rows == checked.rejected


HARD = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@HARD
@given(data=st.data())
@pytest.mark.parametrize("problem", [TITANIC, PARCELS, SALES], ids=lambda problem: problem.name)
def test_both_readers_find_the_same_rows_and_faults(
    problem: Problem, data: st.DataObject, folder: Path
) -> None:
    compare(data.draw(tables(problem)), problem, folder)


@HARD
@given(data=st.data())
@pytest.mark.parametrize("problem", [TITANIC, PARCELS, SALES], ids=lambda problem: problem.name)
def test_both_readers_agree_on_spoiled_bytes(
    problem: Problem, data: st.DataObject, folder: Path
) -> None:
    compare(data.draw(spoiled(problem)), problem, folder)


@settings(HARD, max_examples=100)
@given(data=st.binary(max_size=300))
@example(data=b"\xff\xfe")
@example(data=b",,,")
def test_any_bytes_give_rows_or_a_rejected_file(data: bytes, folder: Path) -> None:
    compare(data, TITANIC, folder)
    compare(",".join(TITANIC.by_name).encode() + b"\n" + data, TITANIC, folder)


@pytest.mark.parametrize("name", list(PARCELS.by_name))
def test_both_readers_agree_on_every_odd_value(name: str, folder: Path) -> None:
    good = {"number": "1", "weight": "1", "address": "x", "kind": "a"}
    texts = [text for text in [*INTEGERS, *EDGES, *ODD] if not set(text) & set("\0\r\n")]
    rows = [[t if c == name else good.get(c, "") for c in PARCELS.by_name] for t in texts]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([list(PARCELS.by_name), *rows])
    (folder / "odd.csv").write_text(written.getvalue(), encoding="utf-8")
    assert structure.is_regular(folder / "odd.csv", "odd.csv")
    compare(written.getvalue().encode(), PARCELS, folder)


@HARD
@given(data=st.data())
def test_a_regular_file_has_the_records_of_the_csv_module(
    data: st.DataObject, folder: Path
) -> None:
    path = folder / "regular.csv"
    path.write_bytes(data.draw(spoiled(PARCELS)))
    try:
        if not structure.is_regular(path, "in.csv"):
            return
    except FileRejected:
        return
    with path.open("rb") as stream:
        ours = [next(csv.reader([record.data.decode()])) for record in records(stream)]
    with path.open(encoding="utf-8", newline="") as text:
        assert ours == [row for row in csv.reader(text, strict=True) if row]
