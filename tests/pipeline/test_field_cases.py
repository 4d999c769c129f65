"""Files as people's tools write them, with the outcomes of tests/cases/README.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.conftest import Land, count
from titanic_mlops.errors import Rejected
from titanic_mlops.ledger import Entry
from titanic_mlops.pipeline.file_decisions import release
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.platforms.local.platform import LocalPlatform

CASES = Path(__file__).parents[1] / "cases"
FILES = CASES / "files"

HELD = {
    "sex_one_letter": "Sex is 'M' or 'F' in 20 of 20 rows (first: row 1); "
    "must be one of female, male.",
    "label_yes_no": "Survived is 'No' or 'Yes' in 20 of 20 rows (first: row 1); "
    "must be a whole number from 0 to 1.",
    "target_named_typo": "did you mean Survived by 'Surived'?",
    "excel_sep_hint": "the first line is Excel's sep= hint; remove it",
    "title_line_first": "line 2 is the header",
    "space_after_comma": "The line has a space before a quote in 20 of 20 rows (first: row 1)",
    "space_after_comma_unquoted_names": "Age is ' 22', ' 38' or another wrong value in 20 of 20 "
    "rows (first: row 1); must be a number from 0 to 120 years, without a space around it.",
}
LOADED = {
    "missing_as_r_na": (29, "'NA' is read as a missing value in 26 cells (Age 5, Cabin 21)"),
    "missing_as_openml_question_mark": (
        29,
        "'?' is read as a missing value in 26 cells (Age 5, Cabin 21)",
    ),
    "missing_cabin_as_na_only": (3, "'NA' is read as a missing value in 2 cells (Cabin 2)"),
    "excel_empty_rows_at_the_end": (20, "8 lines of empty cells only: not counted as rows"),
    "header_again_every_3_rows": (30, "the header is repeated in 9 lines: not counted as rows"),
    "trailing_comma_on_rows_only": (20, ""),
}


def ingest(name: str, land: Land, platform: LocalPlatform) -> Entry:
    event = land(f"{name}.csv", (FILES / f"{name}.csv").read_bytes())
    return ingest_data(event, platform.problem, platform.ports)


def test_each_file_has_an_outcome_here_and_in_the_readme() -> None:
    names = {path.stem for path in FILES.glob("*.csv")}
    assert names == {*HELD, *LOADED}
    readme = (CASES / "README.md").read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("name", HELD)
def test_a_held_file_says_what_is_wrong_and_right(
    name: str, land: Land, platform: LocalPlatform
) -> None:
    entry = ingest(name, land, platform)
    assert entry.state == "held"
    assert HELD[name] in entry.explanation
    assert "%" not in entry.explanation
    assert entry.accepted == 0
    with pytest.raises(Rejected, match="correct the file and upload it again"):
        release(entry.file_id, platform.problem, platform.ports)


@pytest.mark.parametrize("name", LOADED)
def test_a_loaded_file_has_one_warning_at_most(
    name: str, land: Land, platform: LocalPlatform
) -> None:
    accepted, warning = LOADED[name]
    entry = ingest(name, land, platform)
    assert (entry.state, entry.accepted, entry.rejected) == ("announced", accepted, 0)
    assert entry.warnings == ((warning,) if warning else ())
    assert entry.labelled == accepted
    assert count(platform, "training_data") == accepted


def test_content_beyond_the_header_is_rejected(land: Land, platform: LocalPlatform) -> None:
    lines = (FILES / "trailing_comma_on_rows_only.csv").read_bytes().splitlines()
    data = b"\n".join([lines[0], *(line + b"x" for line in lines[1:])])
    entry = ingest_data(land("surplus.csv", data), platform.problem, platform.ports)
    assert entry.state == "held"
    assert "The line has 13 fields in 20 of 20 rows (first: row 1); the header has 12." in (
        entry.explanation
    )


def test_a_word_for_missing_is_never_stored(land: Land, platform: LocalPlatform) -> None:
    ingest("missing_cabin_as_na_only", land, platform)
    cabins = platform.ports.warehouse.query("SELECT Cabin FROM training_data")
    assert sorted(cabins.column("Cabin").to_pylist(), key=str) == ["C85", None, None]
