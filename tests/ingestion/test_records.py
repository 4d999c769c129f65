"""Where a record ends at the limits of size and memory."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from titanic_mlops.ingestion import records as module
from titanic_mlops.ingestion.records import (
    KEPT,
    MAX_LINE,
    MAX_QUOTED,
    MAX_QUOTED_LINES,
    OPEN_QUOTE,
    OVERLONG,
    Record,
    records,
)


def read(data: bytes) -> list[Record]:
    return list(records(io.BytesIO(data)))


def test_a_quoted_field_spans_64_kib_at_most() -> None:
    longest = b'1,"\n' + b"x" * (MAX_QUOTED - 1) + b'",2\n'
    assert read(longest) == [Record(longest)]
    assert read(longest.replace(b"x", b"xx", 1))[0] == Record(b'1,"\n', OPEN_QUOTE)
    assert read(b'"' + b"x" * (MAX_QUOTED + 1) + b'"\n')[0].fault == OPEN_QUOTE


def test_every_quoted_field_of_a_record_may_span_20_lines() -> None:
    field = b'"' + b"\n" * (MAX_QUOTED_LINES - 1) + b'"'
    record = b",".join([field] * 3) + b"\n"
    assert read(record + b"next") == [Record(record), Record(b"next")]


def test_endless_quoted_lines_reject_one_line() -> None:
    data = b'a","b\n' * 1000
    assert read(data)[0] == Record(b'a","b\n', OPEN_QUOTE)
    assert b"".join(record.data for record in read(data)) == data
    assert read(data[: 6 * 98] + b'c"\n')[0].fault is None
    assert read(data[: 6 * 100] + b'c"\n')[0].fault == OPEN_QUOTE


def test_a_line_longer_than_one_mebibyte_is_cut() -> None:
    longest = b"x" * (MAX_LINE - 1) + b"\n"
    assert read(longest + b"next\n") == [Record(longest), Record(b"next\n")]
    assert read(b"x" + longest + b"next\n") == [Record(b"x" * KEPT, OVERLONG), Record(b"next\n")]
    assert read(b'"' + longest * 2)[0] == Record(b'"' + b"x" * (KEPT - 1), OVERLONG)


def test_an_overlong_line_ends_a_quoted_field() -> None:
    data = b'1,"\nx"' + b"," * MAX_LINE + b"\nnext"
    faults = [record.fault for record in read(data)]
    assert faults == [OPEN_QUOTE, OVERLONG, None]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 7])
def test_records_do_not_depend_on_the_size_of_chunks(
    end: bytes, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = end.join([b"a,b", b"", b'1,"x', b'y"', b'"z', b"2,3"])
    expected = [b"a,b" + end, b'1,"x' + end + b'y"' + end, b'"z' + end, b"2,3"]
    monkeypatch.setattr(module, "_CHUNK", chunk)
    assert [record.data for record in read(data)] == expected


def test_a_cut_line_ends_at_its_carriage_return() -> None:
    data = b"x" * (5 * module._CHUNK - 1) + b"\r" + b"next\n"
    assert read(data) == [Record(b"x" * KEPT, OVERLONG), Record(b"next\n")]


class Zeros(io.RawIOBase):
    """A stream without any line end."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return b"0" * size


def test_memory_does_not_grow_with_a_line() -> None:
    tracemalloc.start()
    (record,) = records(Zeros(64 * MAX_LINE))  # type: ignore[arg-type] # only `read` is asked for
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert record.fault == OVERLONG
    assert peak < 8 * MAX_LINE
