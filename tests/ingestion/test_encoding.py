"""A file in a legacy encoding is held as a whole; a damaged byte of UTF-8 rejects its row."""

from __future__ import annotations

import re

import pytest

from tests.ingestion.outcome import Check
from tests.ingestion.test_check import HEADER, TABLE, line
from titanic_mlops.errors import FileRejected
from titanic_mlops.ingestion import structure

LEGACY = [
    ("latin-1", "Brånd"),
    ("latin-1", "£"),
    ("cp1252", "O\u2019Brien"),
    ("cp1252", "€"),
    ("cp1251", "Рёк Ивановна"),
    ("koi8-r", "Достоевский"),
    ("shift-jis", "日本語テスト"),
    ("mac-roman", "Zoë"),
]


def rows(name: str, encoding: str, *, before: int, after: int) -> bytes:
    plain = [line(key) for key in range(1, before + after + 1)]
    odd = line(1000, name="NAME").replace(b"NAME", name.encode(encoding))
    return HEADER + b"".join([*plain[:before], odd, *plain[before:]])


@pytest.mark.parametrize(("encoding", "name"), LEGACY)
@pytest.mark.parametrize(("before", "after"), [(0, 0), (40, 200)])
def test_a_legacy_encoding_holds_the_file_and_says_where(
    encoding: str, name: str, before: int, after: int, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structure, "BLOCK", 1000)
    where = re.escape(f"the text is not UTF-8 (first: line {before + 2})")
    with pytest.raises(FileRejected, match=where) as rejected:
        check(rows(name, encoding, before=before, after=after))
    assert (rejected.value.state, rejected.value.rule) == ("held", "encoding")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
@pytest.mark.parametrize("whole", [True, False])
def test_utf_16_and_utf_32_hold_the_file(encoding: str, whole: bool, check: Check) -> None:  # noqa: FBT001
    text = TABLE.read_text(encoding="utf-8") if whole else (HEADER + line(1)).decode()
    with pytest.raises(FileRejected, match="UTF-16 or UTF-32; it must be UTF-8") as rejected:
        check(text.encode(encoding))
    assert rejected.value.state == "held"


def test_a_damaged_byte_of_utf_8_rejects_its_row(check: Check) -> None:
    names = ["Ångström", "Zoë", "NAME", "Owen"]
    data = HEADER + b"".join(line(key, name=name) for key, name in enumerate(names, start=1))
    outcome = check(data.replace(b"NAME", b"Andr\xe9e"))
    assert outcome.reasons() == {3: [":encoding"]}
    assert len(outcome.accepted) == 3
