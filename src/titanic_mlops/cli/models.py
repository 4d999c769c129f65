"""`titanic-mlops models`: the versions, the champion, and moves that a person decides."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from getpass import getuser
from typing import TYPE_CHECKING, Any

import click

from titanic_mlops.champion import Champion, Move
from titanic_mlops.cli.console import console, plain, table
from titanic_mlops.cli.options import json_option, open_platform, problem_option, why_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.cli.reproduce import reproduce
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry

if TYPE_CHECKING:
    from titanic_mlops.pipeline.list_versions import Version

HEADLINE = ("auc", "accuracy", "log_loss", "mae")


@click.group()
def models() -> None:
    """List, show, reproduce versions; show moves, promote, roll back."""


models.add_command(reproduce)


@models.command(name="list")
@problem_option
@json_option
def list_models(problem: Problem, *, as_json: bool) -> None:
    """List every version, oldest first, with its verdict; a star marks the champion.

    The figures of all versions are measured on the champion's holdout.
    """
    # At the top, `models --help` would load scikit-learn.
    from titanic_mlops.pipeline.list_versions import list_versions  # noqa: PLC0415 as above

    found = list_versions(problem, open_platform(problem, reading=True).ports.storage)
    if as_json:
        for sentence in found.damaged:
            console(err=True).print(plain(sentence))
        print_json([_listed(version) for version in found.listed])
        return
    for sentence in (*found.damaged, *(v.damaged for v in found.listed if v.damaged)):
        console().print(f"[yellow]{plain(sentence)}[/]")
    if not found.listed:
        console().print("No version yet: `titanic-mlops ingest FILE` trains the first one.")
        return
    measured = next((version.figures for version in found.listed if version.figures), {})
    named = [name for name in HEADLINE if name in measured]
    shown = table("", ">version", "created", *(f">{name}" for name in named), ">rows", "")
    for version in found.listed:
        shown.add_row(*_row(version, named))
    console().print(shown)
    if found.holdout_rows:
        console().print(f"Figures on the {found.holdout_rows:,} rows of the champion's holdout.")
    for version in found.listed:
        if version.verdict:
            console().print(plain(version.verdict))


@models.command()
@problem_option
@json_option
def history(problem: Problem, *, as_json: bool) -> None:
    """Show every move of the champion, oldest first: when, by whom and why."""
    champion = _registry(problem, reading=True).champion()
    for sentence in champion.damaged:
        console(err=as_json).print(f"[yellow]{plain(sentence)}[/]")
    if as_json:
        print_json([_told(move) for move in champion.history])
        return
    if not champion.history:
        console().print("No version has been promoted yet.")
        return
    for move in champion.history:
        since, by = move.since[:19].replace("T", " "), plain(f"by {move.by}: {move.why}")
        barred = ", which it bars" if move.bars else ""
        beside = f"after version {move.expected}{barred}, " if move.expected else ""
        console().print(
            f"{since}  {move.verb} [bold]version {move.version}[/] "
            f"({beside}anchor version {move.anchor}) {by}"
        )


@models.command()
@click.argument("version", type=int)
@problem_option
@json_option
def show(version: int, problem: Problem, *, as_json: bool) -> None:
    """Show one version: its figures, its verdict and every check."""
    storage = open_platform(problem, reading=True).ports.storage
    from titanic_mlops.learning.stored_snapshot import (  # noqa: PLC0415 Arrow takes 0.2 s
        newest_snapshot,
    )

    card = Registry(storage, problem.name).card(version)
    snapshot = newest_snapshot(problem, storage, card.snapshot.sha256)
    if as_json:
        print_json(json.loads(card.to_bytes()) | {"snapshot_now": snapshot})
        return
    screen = console()
    screen.print(f"[bold]{card.problem} version {card.version}[/], {card.created_at[:19]}")
    screen.print(card.verdict["sentence"])
    shown = table("figure", *(f">{split}" for split in card.metrics))
    *_, judged = card.metrics.values()
    for name in judged:
        shown.add_row(name, *(_figure(split.get(name)) for split in card.metrics.values()))
    screen.print(shown)
    checks = table("check", ">found", ">limit", "")
    for check in card.verdict["checks"]:
        mark = "[green]passed[/]" if check["passed"] else "[red]failed[/]"
        checks.add_row(check["name"], _figure(check["found"]), _figure(check["limit"]), mark)
    screen.print(checks)
    screen.print(f"rows {card.snapshot.rows_by_split}, snapshot {card.snapshot.sha256[:12]}")
    if snapshot != card.snapshot.sha256:
        screen.print(f"snapshot replaced by {snapshot[:12]}, without an erased record")
    screen.print(f"code {card.code_version}")


@models.command()
@click.argument("version", type=int)
@why_option()
@problem_option
@json_option
def promote(version: int, why: str, problem: Problem, *, as_json: bool) -> None:
    """Make any VERSION the champion, whatever the gate's verdict was.

    Challengers are then compared with it until another version is promoted by name. A newer
    version that it replaces is barred: training does not promote it again.
    """
    registry = _registry(problem)
    registry.card(version)
    _print_champion(
        registry.promote(version, by=getuser(), why=why, at=datetime.now(UTC)), as_json=as_json
    )


@models.command()
@why_option(default="rolled back by hand")
@click.option("--from", "serving", default=0, help="Only if this version serves: safe to repeat.")
@problem_option
@json_option
def rollback(why: str, serving: int, problem: Problem, *, as_json: bool) -> None:
    """Bring back the previous champion; bar the present one until it is promoted."""
    champion = _registry(problem).rollback(
        by=getuser(), why=why, at=datetime.now(UTC), serving=serving
    )
    _print_champion(champion, as_json=as_json)


def _registry(problem: Problem, *, reading: bool = False) -> Registry:
    return Registry(open_platform(problem, reading=reading).ports.storage, problem.name)


def _listed(version: Version) -> dict[str, Any]:
    card = version.card
    return {
        "version": version.number,
        "champion": version.serves,
        "created_at": card.created_at if card else None,
        "metrics": card.metrics if card else None,
        "champion_holdout": version.figures,
        "verdict": version.verdict,
        "damaged": version.damaged or None,
    }


def _row(version: Version, named: list[str]) -> list[str]:
    card = version.card
    state = "[red]barred[/]" if version.barred else ""
    return [
        "[yellow]★[/]" if version.serves else "",
        str(version.number),
        card.created_at[:19].replace("T", " ") if card else "",
        *(_figure(version.figures.get(name)) for name in named),
        f"{card.snapshot.rows:,}" if card else "",
        "[red]damaged[/]" if version.damaged else state,
    ]


def _print_champion(champion: Champion, *, as_json: bool) -> None:
    if as_json:
        moves = [_told(move) for move in champion.history]
        print_json({"version": champion.version, "barred": champion.barred, "history": moves})
        return
    move = champion.history[-1]
    how = plain(f"{move.verb} by {move.by}: {move.why}")
    console().print(f"Version {champion.version} serves now ({how}).")


def _told(move: Move) -> dict[str, Any]:
    return asdict(move) | {"bars": move.bars}


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
