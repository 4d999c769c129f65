"""The chapters of the demo, in order."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from titanic_mlops.cli.console import plain
from titanic_mlops.cli.demo.files import (
    diamonds,
    subscribers,
    with_shuffled_labels,
    with_spoiled_rows,
)
from titanic_mlops.cli.demo.story import Story
from titanic_mlops.cli.explanation import explained_lines
from titanic_mlops.cli.report import print_rejected
from titanic_mlops.pipeline.file_decisions import release
from titanic_mlops.pipeline.reads import latest_verdict, rows_by_split
from titanic_mlops.platforms.local.platform import LocalPlatform
from titanic_mlops.problems import load_problem

PASSENGER = {
    "Pclass": 2,
    "Sex": "female",
    "Age": 14,
    "SibSp": 1,
    "Parch": 0,
    "Fare": 30.07,
    "Embarked": "C",
}


def tell(story: Story) -> None:
    """Run every chapter of the story."""
    landed = with_spoiled_rows(story.folder / "titanic.csv")
    same = story.folder / "again.csv"
    same.write_bytes(landed.read_bytes())
    faulty = with_shuffled_labels(story.folder / "faulty-export.csv")
    _the_platform_starts(story)
    _a_file_becomes_a_champion(story, landed)
    _a_prediction_with_reasons(story)
    _the_same_bytes_again(story, same)
    _a_worse_challenger(story, faulty)
    _another_problem(story, diamonds(story.folder / "diamonds.csv"))
    _a_strangers_table(story, subscribers(story.folder / "subscribers.csv"))
    _a_killed_server(story)


def _the_platform_starts(story: Story) -> None:
    with story.step("titanic-mlops up: a server, a worker, one port") as tell_line:
        line = story.running.stdout.readline() if story.running.stdout else ""
        story.address = line.strip().rpartition(" ")[2]
        tell_line(line.strip())


def _a_file_becomes_a_champion(story: Story, landed: Path) -> None:
    with story.step("A file lands, and its rows are checked") as tell_line:
        story.drop(landed)
        entry = story.wait_for(landed.name, ("announced", "done"))
        rows = entry.accepted + entry.rejected
        tell_line(
            f"{entry.file}: {rows} rows in, [green]{entry.accepted} accepted[/], "
            f"[red]{entry.rejected} rejected[/], each with every reason:"
        )
        print_rejected(entry, story.platform.ports)
    with story.step("The announcement starts a training, and the gate decides") as tell_line:
        story.wait_for(landed.name)
        tell_line(_split_line(story.platform))
        tell_line(latest_verdict(story.platform.ports))


def _split_line(platform: LocalPlatform) -> str:
    shares = ", ".join(f"{n} {split}" for split, n in rows_by_split(platform.ports).items())
    key = platform.problem.split_key
    return f"Fixed split that keeps rows of one {key} together: {shares}."


def _a_prediction_with_reasons(story: Story) -> None:
    problem = story.platform.problem
    with story.step("A girl of 14 in second class: would she have survived, and why?") as tell_line:
        story.until(lambda: story.ask("/version")["model_version"])
        tell_line(f"[dim]POST {story.address}/?explain=true {json.dumps(PASSENGER)}[/]")
        answered = story.ask("/?explain=true", PASSENGER)
        for line in explained_lines(problem, PASSENGER, answered):
            tell_line(line)
    with story.step("The answer was sent after its record was durable") as tell_line:
        row = story.row_of(answered["uuid"])
        for name, value in row.items():
            tell_line(f"{name:>14} {value}")


def _the_same_bytes_again(story: Story, same: Path) -> None:
    with story.step("The same bytes under another name change nothing") as tell_line:
        story.drop(same)
        entry = story.wait_for(same.name)
        tell_line(f"{entry.file}: [yellow]{entry.state}[/], 0 rows. {entry.reason}")


def _a_worse_challenger(story: Story, file: Path) -> None:
    platform = story.platform
    with story.step("A faulty export with shuffled labels is held, and says why") as tell_line:
        story.drop(file)
        entry = story.wait_for(file.name)
        tell_line(f"{entry.file}: [yellow]{entry.state}[/]; no single row looks wrong.")
        tell_line(f"[red]{entry.reason}[/]")
    with story.step("A person releases it all the same: the gate rejects its model") as tell_line:
        release(entry.file_id, platform.problem, platform.ports)
        story.wait_for(file.name, ("done",))
        tell_line(f"[red]{latest_verdict(platform.ports)}[/]")
        tell_line("The champion keeps serving.")


def _another_problem(story: Story, file: Path) -> None:
    problem = load_problem("diamonds")
    stone = problem.examples[0]
    with story.step("Another problem, another folder: what does this stone cost, and why?") as tell:
        story.drop(file, problem.name)
        story.wait_for(file.name, problem=problem.name)
        story.until(lambda: story.ask(f"/{problem.name}/version")["model_version"])
        tell(f"[dim]POST {story.address}/{problem.name}/?explain=true[/]")
        for line in explained_lines(problem, stone, story.ask("/diamonds/?explain=true", stone)):
            tell(line)


def _a_strangers_table(story: Story, file: Path) -> None:
    own = story.folder / "problems"
    own.mkdir()
    with story.step("A stranger's table: init drafts its declaration, ingest trains it") as tell:
        for words in (
            ["init", str(file), "--target", "Cancelled"],
            ["ingest", str(file), "--problem", "subscribers"],
        ):
            tell(f"[dim]titanic-mlops {' '.join(words).replace(f'{story.folder}/', '')}[/]")
            for line in story.run(words, own).splitlines():
                tell(plain(line))


def _a_killed_server(story: Story) -> None:
    with story.step("kill -9 of the server: the platform starts it again") as tell_line:
        before = story.ask("/", PASSENGER)
        process = int(story.log().rpartition("The server is process ")[2].split(".")[0])
        os.kill(process, signal.SIGKILL)
        killed = time.perf_counter()
        after = story.ask_until_answered("/", PASSENGER)
        took = (time.perf_counter() - killed) * 1000
        same = after["probability"] == before["probability"]
        tell_line(f"Answered again after {took:.0f} ms, the same as before: {str(same).lower()}.")
