"""`titanic-mlops models`: the versions, the champion, and moves that a person decides."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from getpass import getuser
from typing import Any

import click

from titanic_mlops.champion import Champion
from titanic_mlops.cli.console import console, plain, table
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry

HEADLINE = ("auc", "accuracy", "log_loss", "mae")


@click.group()
def models() -> None:
    """List and show versions; promote one or roll back."""


@models.command(name="list")
@problem_option
@json_option
def list_models(problem: Problem, *, as_json: bool) -> None:
    """List every version, oldest first; a star marks the champion."""
    registry = _registry(problem, reading=True)
    champion = registry.champion()
    cards = registry.cards()
    if as_json:
        print_json(
            [
                {
                    "version": card.version,
                    "champion": card.version == champion.version,
                    "created_at": card.created_at,
                    "metrics": card.metrics,
                }
                for card in cards
            ]
        )
        return
    if not cards:
        console().print("No version yet: `titanic-mlops ingest FILE` trains the first one.")
        return
    named = [name for name in HEADLINE if name in cards[0].metrics["TEST"]]
    shown = table("", ">version", "created", *(f">{name}" for name in named), ">rows", "")
    for card in cards:
        star = "[yellow]★[/]" if card.version == champion.version else ""
        figures = [f"{card.metrics['TEST'][name]:.3f}" for name in named]
        barred = "[red]rolled back[/]" if card.version in champion.barred else ""
        created, rows = card.created_at[:19].replace("T", " "), f"{card.snapshot.rows:,}"
        shown.add_row(star, str(card.version), created, *figures, rows, barred)
    console().print(shown)
    for number in registry.orphans():
        console().print(
            f"[yellow]Version {number} has no readable card: its registration did not finish, "
            "or the card is damaged.[/]"
        )


@models.command()
@click.argument("version", type=int)
@problem_option
@json_option
def show(version: int, problem: Problem, *, as_json: bool) -> None:
    """Show one version: its figures, its verdict and every check."""
    card = _registry(problem, reading=True).card(version)
    if as_json:
        print_json(json.loads(card.to_bytes()))
        return
    screen = console()
    screen.print(f"[bold]{card.problem} version {card.version}[/], {card.created_at[:19]}")
    screen.print(card.verdict["sentence"])
    shown = table("figure", *(f">{split}" for split in card.metrics))
    for name in card.metrics["TEST"]:
        shown.add_row(name, *(_figure(split.get(name)) for split in card.metrics.values()))
    screen.print(shown)
    checks = table("check", ">found", ">limit", "")
    for check in card.verdict["checks"]:
        mark = "[green]passed[/]" if check["passed"] else "[red]failed[/]"
        checks.add_row(check["name"], _figure(check["found"]), _figure(check["limit"]), mark)
    screen.print(checks)
    screen.print(f"rows {card.snapshot.rows_by_split}, snapshot {card.snapshot.sha256[:12]}")
    screen.print(f"code {card.code_version}")


@models.command()
@click.argument("version", type=int)
@click.option("--why", required=True, help="The reason, kept in the history.")
@problem_option
@json_option
def promote(version: int, why: str, problem: Problem, *, as_json: bool) -> None:
    """Make a later VERSION the champion, whatever the gate's verdict was."""
    registry = _registry(problem)
    registry.card(version)
    _print_champion(
        registry.promote(version, by=getuser(), why=why, at=datetime.now(UTC)), as_json=as_json
    )


@models.command()
@click.option("--why", default="rolled back by hand", help="The reason, kept in the history.")
@problem_option
@json_option
def rollback(why: str, problem: Problem, *, as_json: bool) -> None:
    """Bring back the previous champion; bar the present one until it is promoted."""
    champion = _registry(problem).rollback(by=getuser(), why=why, at=datetime.now(UTC))
    _print_champion(champion, as_json=as_json)


def _registry(problem: Problem, *, reading: bool = False) -> Registry:
    return Registry(open_platform(problem, reading=reading).ports.storage, problem.name)


def _print_champion(champion: Champion, *, as_json: bool) -> None:
    if as_json:
        moves: list[dict[str, Any]] = [asdict(move) for move in champion.history]
        print_json({"version": champion.version, "barred": champion.barred, "history": moves})
        return
    move = champion.history[-1]
    how = plain(f"{move.verb} by {move.by}: {move.why}")
    console().print(f"Version {champion.version} serves now ({how}).")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
