"""What every command prints: a JSON document for programs, sentences for a refusal."""

from __future__ import annotations

import json

import click

from titanic_mlops.logs import printable

AS_JSON = f"{__name__}.as_json"
"""Where click's context notes that `--json` was given."""


def print_json(document: object) -> None:
    """Print one JSON document on standard output."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def refuse(title: str, *sentences: str, **document: object) -> None:
    """End the command with exit status 1 and its reason on standard error, a sentence a line.

    With `--json`, print `document` and the error in it on standard output instead.
    """
    if click.get_current_context().meta.get(AS_JSON):
        print_json({**document, "error": {"title": title, "detail": " ".join(sentences)}})
    else:
        click.echo(f"{title}: " + "\n".join(map(printable, sentences)), err=True)
    raise SystemExit(1)
