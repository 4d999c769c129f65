"""All labels since the champion's snapshot are tested together before a challenger is judged.

Each of ten files may pass by itself with a tenth of its labels inverted; together they do not.
"""

from __future__ import annotations

from collections import Counter
from typing import cast

import pandas as pd

from titanic_mlops.errors import NotFound
from titanic_mlops.learning.doubts import contradiction, described
from titanic_mlops.learning.exams import Rival
from titanic_mlops.ledger import Ledger
from titanic_mlops.pipeline.admission import ID_SHOWN
from titanic_mlops.ports import ObjectStore
from titanic_mlops.problems.base import Problem, Record

SHOWN_FILES = 3


def contradicting_labels(
    problem: Problem,
    rows: pd.DataFrame,
    champion: Rival,
    storage: ObjectStore,
    revoked: frozenset[str],
) -> str:
    """Return how the new labels among `rows` contradict the champion, "" if they do not.

    Labels are new if no row of the champion's snapshot has one of their file. Those of files
    that a person has accepted are left out. A champion that learned from a revoked file
    testifies against none.
    """
    if "label_file_id" not in rows or "label_file_id" not in champion.rows:
        return ""
    learned_from = set(champion.rows["label_file_id"])
    if revoked & learned_from:
        return ""
    ledger = Ledger(storage, problem.name)
    since = set(rows["label_file_id"]) - learned_from
    new = rows[rows["label_file_id"].isin({file for file in since if not _trusted(ledger, file)})]
    if new.empty:
        return ""
    found = contradiction(problem, champion.model, _records(new), _records(champion.rows))
    if not found.holds:
        return ""
    return (
        f"the {len(new):,} labels since {champion.name} contradict it: "
        f"{described(found, problem)} (z {found.z:.1f}); they are from {_shares(new, ledger)}. "
        "`titanic-mlops files revoke ID` takes a file back, `files accept ID` accepts its labels"
    )


def _shares(new: pd.DataFrame, ledger: Ledger) -> str:
    counts = Counter(new["label_file_id"]).most_common()
    told = [
        f"{_name(ledger, file)} ({file[:ID_SHOWN]}, {count / len(new):.0%})"
        for file, count in counts[:SHOWN_FILES]
    ]
    more = len(counts) - SHOWN_FILES
    return ", ".join(told) + (f" and {more} more files" if more > 0 else "")


def _trusted(ledger: Ledger, file_id: str) -> bool:
    try:
        return ledger.get(file_id).trusted
    except NotFound:  # a former version's rows, whose file is gone
        return True


def _name(ledger: Ledger, file_id: str) -> str:
    return ledger.get(file_id).file


def _records(rows: pd.DataFrame) -> list[Record]:
    values = rows.astype(object)
    return cast("list[Record]", values.where(values.notna(), None).to_dict("records"))
