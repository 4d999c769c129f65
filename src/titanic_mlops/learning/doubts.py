"""Doubts about a file's rows, in sentences of figures and columns, without a value of a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from titanic_mlops.learning import admission
from titanic_mlops.learning.labels import as_labels, labels_of
from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.learning.noise_rate import Scored
from titanic_mlops.learning.probabilities import sigmoid, softmax
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TRAIN


def doubts_about(
    problem: Problem, rows: pa.Table, known: pa.Table, model: Model, name: str
) -> Iterator[str]:
    """Yield the doubts about `rows` against a champion and the `known` rows of its snapshot.

    `name` is the champion's in a sentence.
    """
    yield from _copies(problem, rows, known)
    labelled = rows.filter(rows[problem.target].is_valid())
    if not labelled.num_rows:
        return
    found = contradiction(problem, model, labelled.to_pylist(), known.to_pylist())
    if found.holds:
        yield (
            f"Its {labelled.num_rows:,} labels contradict the champion, {name}: "
            f"{described(found, problem)} (z {found.z:.1f}, at most {admission.CONTRADICTION_Z:g})."
        )
    yield from _leaks(problem, labelled, known)


def contradiction(
    problem: Problem, model: Model, records: Sequence[Record], known: Sequence[Record]
) -> admission.Contradiction:
    """Compare labelled records with those of a snapshot that its model was not fitted on.

    A small table's model was fitted on all; its few weights hardly know one of them.
    """
    held_out = [one for one in known if one["split"] != TRAIN or not model.has_holdout]
    both = (records, held_out)
    if problem.task == "regression":
        errors = (np.abs(labels_of(problem, some) - model.outputs(some)) for some in both)
        return admission.larger_residuals(*errors)
    scored = (Scored(labels_of(problem, some), _probabilities(model, some)) for some in both)
    return admission.inverted_labels(*scored)


def described(found: admission.Contradiction, problem: Problem) -> str:
    """Return the two figures of a contradiction in words."""
    if problem.task == "regression":
        return f"their median error is {found.rate:.2f} times that of the rows it was judged on"
    wrong = "inverted" if problem.task == "classification" else "of another class"
    return (
        f"{found.rate:.0%} of them are as if {wrong}, {found.holdout_rate:.0%} of the rows that "
        "it was judged on"
    )


def _copies(problem: Problem, rows: pa.Table, known: pa.Table) -> Iterator[str]:
    compared = {column.name for column in problem.columns} - {problem.key, problem.target}
    names = sorted(compared.intersection(known.schema.names))
    keys: dict[tuple[object, ...], set[object]] = {}
    for content, key in _contents(known, names):
        keys.setdefault(content, set()).add(key)
    own = sum(len(same) - 1 for same in keys.values()) / max(known.num_rows, 1)
    copied = sum(1 for content, key in _contents(rows, names) if keys.get(content, {key}) - {key})
    if admission.copies_too_many(copied, rows.num_rows, own):
        yield (
            f"{copied:,} of its {rows.num_rows:,} rows equal a known row under another "
            f"{problem.key or 'label'}, more than {admission.COPIED_SHARE:.0%}."
        )


def _leaks(problem: Problem, labelled: pa.Table, known: pa.Table) -> Iterator[str]:
    if problem.task == "regression":
        return
    labels, known_labels = (
        as_labels(problem, table[problem.target].to_pylist()) for table in (labelled, known)
    )
    if problem.task == "classification":
        yield from _leaks_of(problem, problem.target, (labelled, labels), (known, known_labels))
        return
    for number, name in enumerate(problem.class_labels):
        one, another = ((found == number).astype(float) for found in (labels, known_labels))
        about = f"{problem.target} {name}"
        yield from _leaks_of(problem, about, (labelled, one), (known, another))


def _leaks_of(
    problem: Problem, about: str, file: tuple[pa.Table, Floats], snapshot: tuple[pa.Table, Floats]
) -> Iterator[str]:
    """Yield the columns that alone predict 0/1 labels, which say `about` what they are."""
    (labelled, labels), (known, known_labels) = file, snapshot
    now, before = {}, {}
    for column in problem.inputs:
        if column.name in known.schema.names:
            values, others = (table[column.name].to_pylist() for table in (labelled, known))
            numbers = admission.as_numbers(values, others, known_labels)
            now[column.name], before[column.name] = numbers
    for name, found, was in admission.leaking_columns(now, labels, before, known_labels):
        yield (
            f"{name} alone predicts {about} with an AUC of {found:.3f}, {was:.3f} among "
            "the known rows: it probably contains the answer."
        )


def _contents(rows: pa.Table, names: list[str]) -> Iterator[tuple[tuple[object, ...], object]]:
    columns = [rows[name].to_pylist() for name in names]
    return zip(zip(*columns, strict=True), rows["record_id"].to_pylist(), strict=True)


def _probabilities(model: Model, records: Sequence[Record]) -> Floats:
    scores = model.scores(records)
    return sigmoid(scores) if scores.ndim == 1 else softmax(scores)
