"""An answer in words, and each contribution to it as a bar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from titanic_mlops.cli.console import BAR_WIDTH, plain
from titanic_mlops.learning.parts import words_of
from titanic_mlops.learning.tasks import task_of
from titanic_mlops.prediction import Answered
from titanic_mlops.problems.base import Column, Problem

MOST_SHOWN = 12
_TIMES = "\N{MULTIPLICATION SIGN}"


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
    if "amounts" in answered:
        yield from _amount_lines(problem, asked, answered)
        return
    unit = task.score_unit(problem)
    yield f"{'on average':>14} {answered['baseline']:+9.3g} {unit}"
    contributions: dict[str, float] = answered["contributions"]
    shown, rest = _strongest_first(contributions)
    for player, share in shown:
        bar, value = _bar(share, contributions), _values(problem, player, asked)
        yield f"{player:>14} {share:+9.3g} {bar} {value}"
    if rest:
        yield f"{f'{len(rest)} others':>14} {sum(rest.values()):+9.3g}"
    yield f"{'together':>14} {answered['score']:+9.3g}"


def _amount_lines(
    problem: Problem, asked: Mapping[str, object], answered: Mapping[str, Any]
) -> Iterator[str]:
    """Yield factors, and amounts in units of the target that sum to the answer."""
    unit = problem.by_name[problem.target].unit or problem.target
    width = problem.target_decimals
    form = ",.6g" if width is None else f",.{width}f"
    yield f"{'typical':>14} {'':7} {answered['baseline_amount']:{form}} {unit}"
    contributions: dict[str, float] = answered["contributions"]
    shown, rest = _strongest_first(contributions)
    for player, share in shown:
        factor = f"{_TIMES} {answered['factors'][player]:.3g}"
        amount = f"{answered['amounts'][player]:+{form}}"
        bar, value = _bar(share, contributions), _values(problem, player, asked)
        yield f"{player:>14} {factor:7} {amount:>9} {bar} {value}"
    if rest:
        amount = f"{sum(answered['amounts'][player] for player in rest):+{form}}"
        yield f"{f'{len(rest)} others':>14} {'':7} {amount:>9}"
    yield f"{'together':>14} {'':7} {answered['prediction']:{form}} {unit}"


def _strongest_first(
    contributions: Mapping[str, float],
) -> tuple[list[tuple[str, float]], dict[str, float]]:
    """Return the strongest contributions, and the others: a text may have hundreds of words."""
    ordered = sorted(contributions.items(), key=lambda item: -abs(item[1]))
    return ordered[:MOST_SHOWN], dict(ordered[MOST_SHOWN:])


def _bar(share: float, contributions: Mapping[str, float]) -> str:
    widest = max(map(abs, contributions.values())) or 1
    bar = "█" * round(abs(share) / widest * BAR_WIDTH) or "▏"
    return f"[{'green' if share > 0 else 'red'}]{bar:<{BAR_WIDTH}}[/]"


def _values(problem: Problem, player: str, asked: Mapping[str, object]) -> str:
    """Return what the record holds of a player: of each column, if it is a group."""
    column, is_member, member = player.partition(": ")
    if is_member:
        return "yes" if _holds(problem.by_name[column], asked.get(column), member) else "no"
    members = {group.name: group.columns for group in problem.groups}.get(player, (player,))
    return ", ".join(_shown(asked.get(member)) for member in members)


def _holds(column: Column, value: object, member: str) -> bool:
    """Return whether a set or a text holds a member or word; a stored set is one text."""
    if column.is_set:
        return member in (value if isinstance(value, list) else str(value).split(column.separator))
    return member in words_of(str(value or ""))


def _shown(value: object) -> str:
    return "[dim]not given[/]" if value is None else plain(value)
