"""What DuckDB measures of a file is what the platform's own readers will find in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from titanic_mlops.adapters.local.csv_facts import csv_facts
from titanic_mlops.draft.facts import ColumnFacts
from titanic_mlops.errors import DraftRefused


def facts_of(folder: Path, text: str) -> dict[str, ColumnFacts]:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return {column.header: column for column in csv_facts(path).columns}


def test_numbers_are_counted_and_bounded(tmp_path: Path) -> None:
    found = facts_of(tmp_path, "a,b,c\n1,1.5,007\n2.0,1e-05,012\n-1,,1\nNA,?,\n-1,3,2\n")
    a, b, c = found["a"], found["b"], found["c"]
    assert (a.rows, a.missing, a.worded, a.distinct, a.whole, a.numbers) == (5, 1, 1, 3, 4, 4)
    assert (a.low, a.second, a.high, a.lowest_count) == (-1, 1, 2, 2)
    assert a.is_whole
    assert (b.numbers, b.whole, b.low, b.missing, b.worded) == (3, 1, 1e-05, 2, 1)
    assert b.median == 1.5
    assert (c.zero_led, c.is_number) == (2, False)
    assert a.values == (("-1", 2), ("1", 1), ("2.0", 1))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = 'a,"b, c",d\n1,"x, y",3\n4,"z",6\n'.replace(",", delimiter)
    assert [*facts_of(tmp_path, text)] == ["a", f"b{delimiter} c", "d"]


def test_a_decimal_comma_is_found_beside_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a;b\n1,5;2\n-3,25;4\n1.234,5;6\n", encoding="utf-8")
    found = csv_facts(path)
    assert (found.delimiter, found.decimal) == (";", ",")
    a, b = found.columns
    assert (a.numbers, a.grouped, a.high) == (2, 1, 1.5)
    assert b.is_whole


def test_headers_without_a_name_of_their_own_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\ufeff,a,A ,b\n0,1,2,x\n1,2,3,y\n", encoding="utf-8")
    found = csv_facts(path)
    assert [column.header for column in found.columns] == ["b"]
    assert (found.unnamed, found.repeated) == (1, ("a", "A "))


def test_quoted_line_ends_stay_in_their_cell(tmp_path: Path) -> None:
    found = facts_of(tmp_path, 'a,b\n"one\ntwo",1\n"say ""hi""",2\n')
    assert found["a"].texts == ("one\ntwo", 'say "hi"')


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,b\n", "has a header but no rows"),
        (b"a\n1\n", "has the one column 'a'"),
        ("größe,b\n1,2\n".encode("latin-1"), "is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "is not UTF-8"),
        (b"a,b\n1,\0\n", "is not a text file"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(DraftRefused, match=said):
        csv_facts(path)
