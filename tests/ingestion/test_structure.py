"""Which files are regular, so that the bulk reader can read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from titanic_mlops.ingestion import structure
from titanic_mlops.ingestion.structure import is_regular

REGULAR = [
    b"a,b\n1,2\n",
    b"a,b\r\n1,2",
    b'a,b\n"1","2"\n',
    b'"a",b\r\n"1,2","x ""y"""\r\n"",""""',
    b'\xef\xbb\xbf"a",b\n',
    "a,b\né,👩\n".encode(),
]
IRREGULAR = [
    b"a,b\n1,\x002\n",
    b"a,b\n\xc3\xa9,\xa9\n",
    b"a,b\r1,2\r",
    b"a,b\r\n1,2\n",
    b"a,b\n1\r,2\r\n",
    b'a,b\n1,"2\n3"\n',
    b'a,b\n1,"2',
    b'a,b\n1,x"2"\n',
    b'a,b\n1,"2"x\n',
    b'a,b\n1, "2"\n',
    b'a,b\n1,"2" \n',
]


@pytest.fixture(params=[structure.BLOCK, 4])
def landed(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(structure, "BLOCK", request.param)
    return tmp_path / "in.csv"


@pytest.mark.parametrize("data", REGULAR)
def test_lines_with_quotes_in_place_are_regular(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(data)
    assert is_regular(tmp_path / "in.csv", "in.csv")


@pytest.mark.parametrize("data", IRREGULAR)
def test_an_ambiguous_file_is_irregular(data: bytes, landed: Path) -> None:
    landed.write_bytes(data)
    assert not is_regular(landed, "in.csv")


def test_a_long_line_is_irregular(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"a,b\n1," + b"x" * structure.LONG_LINE)
    assert not is_regular(tmp_path / "in.csv", "in.csv")


def test_blocks_are_whole_lines_and_hold_every_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structure, "BLOCK", 10)
    data = b"a,b\n1,2\n\n" + b"x" * 35 + b"\nend,\n3"
    (tmp_path / "in.csv").write_bytes(data)
    with (tmp_path / "in.csv").open("rb") as stream:
        found = list(structure.blocks(stream))
    assert b"".join(found) == data
    assert found[0] == b"a,b\n1,2\n\n"
    assert max(map(len, found)) <= 20
