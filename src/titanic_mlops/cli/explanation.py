"""An answer in words, and each contribution to it as a bar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from titanic_mlops.cli.console import BAR_WIDTH, plain
from titanic_mlops.learning.tasks import task_of
from titanic_mlops.prediction import Answered
from titanic_mlops.problems.base import Problem


def batch_lines(problem: Problem, answered: Answered) -> Iterator[str]:
    """Yield each answer of a batch in one line of words, numbered from 1."""
    task = task_of(problem)
    width = len(str(answered.size))
    for number, one in enumerate(answered.predictions, 1):
        words = task.answer_words(problem, one.answer())
        yield f"{number:>{width}}  [bold]{words}[/]  [dim]prediction {one.uuid}[/]"
    yield f"[dim]by version {answered.predictions[0].model_version}[/]"


def answer_lines(problem: Problem, answered: Answered) -> Iterator[str]:
    """Yield an answer in words, then each contribution as a bar, the largest first."""
    (one,) = answered.predictions
    yield from explained_lines(problem, one.record, one.answer(explain=True))


def explained_lines(
    problem: Problem, asked: Mapping[str, object], answered: Mapping[str, Any]
) -> Iterator[str]:
    """Yield an answer, as its document has it, in words and bars."""
    task = task_of(problem)
    yield f"[bold]{task.answer_words(problem, answered)}[/]"
    yield f"[dim]prediction {answered['uuid']} by version {answered['model_version']}[/]"
    unit = task.score_unit(problem)
    yield f"{'on average':>14} {answered['baseline']:+9.3g} {unit}"
    contributions: dict[str, float] = answered["contributions"]
    members = {group.name: group.columns for group in problem.groups}
    widest = max((abs(share) for share in contributions.values()), default=0) or 1
    strongest_first = sorted(contributions.items(), key=lambda item: -abs(item[1]))
    for player, share in strongest_first:
        bar = "█" * round(abs(share) / widest * BAR_WIDTH) or "▏"
        colour = "green" if share > 0 else "red"
        value = ", ".join(_shown(asked.get(member)) for member in members.get(player, (player,)))
        yield f"{player:>14} {share:+9.3g} [{colour}]{bar:<{BAR_WIDTH}}[/] {value}"
    yield f"{'together':>14} {answered['score']:+9.3g}"


def _shown(value: object) -> str:
    return "[dim]not given[/]" if value is None else plain(value)
