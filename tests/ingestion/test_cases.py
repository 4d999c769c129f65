"""One file a kind of input in `cases/`: the bytes as .csv, what must come of them as .json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ingestion.outcome import Check
from titanic_mlops.errors import FileRejected

CASES = Path(__file__).parent / "cases"
KINDS = sorted(path.stem for path in CASES.glob("*.json"))
REFUSED = [kind for kind in KINDS if "state" in json.loads((CASES / f"{kind}.json").read_text())]
READ = [kind for kind in KINDS if kind not in REFUSED]


def load(kind: str) -> tuple[bytes, dict[str, Any]]:
    expected = json.loads((CASES / f"{kind}.json").read_text(encoding="utf-8"))
    return (CASES / f"{kind}.csv").read_bytes(), expected


def test_every_file_belongs_to_a_case() -> None:
    expected = {f"{kind}.{ending}" for kind in KINDS for ending in ("csv", "json")}
    assert {path.name for path in CASES.iterdir()} == expected | {".gitattributes"}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_cannot_become_rows_is_refused_in_one_sentence(kind: str, check: Check) -> None:
    data, expected = load(kind)
    assert set(expected) == {"state", "rule", "says"}
    with pytest.raises(FileRejected) as refused:
        check(data)
    assert (refused.value.state, refused.value.rule) == (expected["state"], expected["rule"])
    assert expected["says"] in str(refused.value)
    assert str(refused.value).startswith("titanic/case.csv: ")


@pytest.mark.parametrize("kind", READ)
def test_every_row_is_accepted_or_rejected_for_its_reasons(kind: str, check: Check) -> None:
    data, expected = load(kind)
    assert set(expected) <= {"accepted", "rejected", "values", "raws", "warnings", "says"}
    outcome = check(data)
    assert outcome.reasons() == {int(row): why for row, why in expected["rejected"].items()}
    assert len(outcome.accepted) == expected["accepted"]
    assert outcome.summary.warnings == tuple(expected.get("warnings", ()))
    for row, values in expected.get("values", {}).items():
        stored = outcome.accepted[int(row)]
        assert repr({name: stored[name] for name in values}) == repr(values)
    for row, raw in expected.get("raws", {}).items():
        assert outcome.rejected[int(row)]["raw"] == raw
    said = [row.describe("titanic/case.csv") for row in outcome.summary.examples]
    assert set(expected.get("says", ())) <= set(said)


@pytest.mark.parametrize("kind", READ)
def test_rows_in_are_rows_accepted_and_rows_rejected(kind: str, check: Check) -> None:
    outcome = check(load(kind)[0])
    summary = outcome.summary
    assert summary.accepted == len(outcome.accepted)
    assert summary.rejected == len(outcome.rejected)
    numbers = sorted([*outcome.accepted, *outcome.rejected])
    assert numbers == list(range(1, summary.rows + 1))
    reasons = [reason for why in outcome.reasons().values() for reason in why]
    assert summary.reasons == {reason: reasons.count(reason) for reason in reasons}
    assert list(summary.reasons.values()) == sorted(summary.reasons.values(), reverse=True)
    assert [row.row_number for row in summary.examples] == sorted(outcome.rejected)[:5]
