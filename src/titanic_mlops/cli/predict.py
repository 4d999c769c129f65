"""`titanic-mlops predict`: the champion answers one request and explains the answer."""

from __future__ import annotations

import sys

import click

from titanic_mlops.cli.console import console
from titanic_mlops.cli.explanation import answer_lines
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.prediction import decode_request
from titanic_mlops.problems.base import Problem

EXAMPLE = """
\b
titanic-mlops predict '{"Pclass": 3, "Sex": "male", "SibSp": 1, "Parch": 0}'
"""


@click.command(epilog=EXAMPLE)
@click.argument("request_json", metavar="JSON")
@click.option("--explain", is_flag=True, help="With --json: add each column's contribution.")
@problem_option
@json_option
def predict(request_json: str, problem: Problem, *, explain: bool, as_json: bool) -> None:
    """Answer one request and explain the answer.

    JSON is an object with column names; a dash reads it from standard input.
    """
    text = sys.stdin.read() if request_json == "-" else request_json
    answered = open_platform(problem).predict(decode_request(text))
    if as_json:
        print_json(answered.answer(explain=explain))
        return
    for line in answer_lines(problem, answered.record, answered.answer(explain=True)):
        console().print(line)
