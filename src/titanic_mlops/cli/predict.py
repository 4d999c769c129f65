"""`titanic-mlops predict`: the champion answers one request, a record or a batch."""

from __future__ import annotations

import sys

import click

from titanic_mlops.cli.console import console
from titanic_mlops.cli.explanation import answer_lines, batch_lines
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.decode import decode_request

EXAMPLE = """
\b
titanic-mlops predict '{"Pclass": 3, "Sex": "male", "SibSp": 1, "Parch": 0}'
titanic-mlops predict - --json < batch.json
"""


@click.command(epilog=EXAMPLE)
@click.argument("request_json", metavar="JSON")
@click.option("--explain", is_flag=True, help="With --json: add each column's contribution.")
@problem_option
@json_option
def predict(request_json: str, problem: Problem, *, explain: bool, as_json: bool) -> None:
    """Answer one request as POST / does, and explain the answer.

    JSON is an object with column names, or a batch {"instances": [object, …]}; a dash reads it
    from standard input, in UTF-8 whatever the terminal's encoding.
    """
    piped = request_json == "-"
    request = sys.stdin.buffer.read() if piped else request_json
    answered = open_platform(problem).predict(decode_request(request))
    if as_json:
        print_json(answered.document(explain=explain))
        return
    described = batch_lines if answered.batch else answer_lines
    for line in described(problem, answered):
        console().print(line)
