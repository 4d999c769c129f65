"""`titanic-mlops derive`: write the files that follow from the declarations into a clone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from titanic_mlops.cli.options import json_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.derive.artefacts import artefacts
from titanic_mlops.errors import NotFound, Rejected
from titanic_mlops.tables.compatibility import lossy_changes
from titanic_mlops.web.routes import ROUTES

SCHEMAS = ("terraform", "schemas")


@click.command()
@json_option
def derive(*, as_json: bool) -> None:
    """Write the files that follow from the declarations.

    A lossy change of a deployed table's schema is refused, and nothing is written.
    """
    if not Path("pyproject.toml").is_file():
        raise NotFound(
            "The current folder has no pyproject.toml; run `titanic-mlops derive` at the root of a "
            "clone of the repository, into which it writes."
        )
    changed = {
        name: text
        for name, text in artefacts(ROUTES)
        if not Path(name).is_file() or Path(name).read_text(encoding="utf-8") != text
    }
    _refuse_losses(changed)
    for name, text in changed.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    if as_json:
        print_json({"written": list(changed)})
        return
    for name in changed:
        click.echo(f"written: {name}")
    if not changed:
        click.echo("Everything derived is up to date.")


def _refuse_losses(changed: Mapping[str, str]) -> None:
    lossy: list[str] = []
    for name, text in changed.items():
        path = Path(name)
        if path.parts[:2] == SCHEMAS and path.suffix == ".json" and path.is_file():
            before = json.loads(path.read_text(encoding="utf-8"))
            lossy += lossy_changes(path.stem, before, json.loads(text))
    if lossy:
        sentences = " ".join(lossy)
        raise Rejected(
            f"A deployed table would lose its rows. {sentences} If they may be lost, delete the "
            "schema's file and run the command again."
        )
