"""Each case in `cases/` is a kind of input: a .csv file and the expected outcome as .json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ingestion.outcome import Check
from titanic_mlops.errors import FileRejected

CASES = Path(__file__).parent / "cases"
KINDS = sorted(path.stem for path in CASES.glob("*.json"))
REJECTED = [kind for kind in KINDS if "state" in json.loads((CASES / f"{kind}.json").read_text())]
READ = [kind for kind in KINDS if kind not in REJECTED]


def load(kind: str) -> tuple[bytes, dict[str, Any]]:
    expected = json.loads((CASES / f"{kind}.json").read_text(encoding="utf-8"))
    return (CASES / f"{kind}.csv").read_bytes(), expected


def test_every_file_belongs_to_a_case() -> None:
    expected = {f"{kind}.{ending}" for kind in KINDS for ending in ("csv", "json")}
    assert {path.name for path in CASES.iterdir()} == expected | {".gitattributes"}


@pytest.mark.parametrize("kind", REJECTED)
def test_an_unusable_file_is_rejected_in_one_sentence(kind: str, check: Check) -> None:
    data, expected = load(kind)
    assert set(expected) == {"state", "rule", "says"}
    with pytest.raises(FileRejected) as rejected:
        check(data)
    assert (rejected.value.state, rejected.value.rule) == (expected["state"], expected["rule"])
    assert expected["says"] in str(rejected.value)
    assert str(rejected.value).startswith("titanic/case.csv: ")


@pytest.mark.parametrize("kind", READ)
def test_each_row_is_accepted_or_rejected_with_its_reasons(kind: str, check: Check) -> None:
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
def test_every_row_is_counted_as_accepted_or_rejected(kind: str, check: Check) -> None:
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
