"""Doubts about a file's rows that need no model: copies of known rows."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from titanic_mlops.learning.doubts import doubts_about
from titanic_mlops.learning.model import Model
from titanic_mlops.problems.base import Problem


def told(rows: pd.DataFrame) -> pa.Table:
    ids = rows["PassengerId"].astype(str)
    return pa.Table.from_pandas(rows.assign(record_id=ids), preserve_index=False)


def test_copies_count_whatever_their_labels_say(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    copies = titanic_rows.assign(
        PassengerId=titanic_rows["PassengerId"] + 5000, Survived=1 - titanic_rows["Survived"]
    )
    found = doubts_about(titanic, told(copies), told(titanic_rows), titanic_model, "version 1")
    assert next(found).startswith("891 of its 891 rows equal a known row under another PassengerId")
