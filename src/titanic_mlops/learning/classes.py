"""The classes of a target in schemas and in words."""

from __future__ import annotations

from typing import Any

from titanic_mlops.problems.base import Problem


def class_schema(problem: Problem) -> dict[str, Any]:
    """Return the JSON schema of a predicted class."""
    classes = problem.classes
    if problem.answer_type is str:
        return {"description": problem.target, "type": "string", "enum": list(classes)}
    pairs = zip(classes, problem.class_labels, strict=True)
    about = f"{problem.target}: {', '.join(f'{value} {label}' for value, label in pairs)}"
    return {"description": about, "type": "integer", "enum": list(classes)}


def class_words(problem: Problem, predicted: int | str) -> str:
    """Return a predicted class, with its label where that is another."""
    label = problem.class_labels[problem.classes.index(predicted)]
    return label if label == str(predicted) else f"{predicted} ({label})"
