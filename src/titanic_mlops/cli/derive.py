"""`titanic-mlops derive`: write what follows from the declarations into the repository."""

from __future__ import annotations

from pathlib import Path

import click

from titanic_mlops.cli.options import json_option, print_json
from titanic_mlops.derive.artefacts import artefacts
from titanic_mlops.errors import Rejected


@click.command()
@json_option
def derive(*, as_json: bool) -> None:
    """Write the files that follow from the declarations."""
    if not Path("pyproject.toml").is_file():
        raise Rejected("There is no pyproject.toml here; run it at the root of the repository.")
    changed = []
    for name, text in artefacts():
        path = Path(name)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    if as_json:
        print_json({"written": changed})
        return
    for name in changed:
        click.echo(f"written: {name}")
    if not changed:
        click.echo("Everything derived is up to date.")
