"""`titanic-mlops derive`: write what follows from the declarations into the repository."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from titanic_mlops.cli.options import json_option, print_json
from titanic_mlops.errors import Rejected
from titanic_mlops.tables.compatibility import lossy_changes

SCHEMAS = ("terraform", "schemas")


@click.command()
@json_option
def derive(*, as_json: bool) -> None:
    """Write the files that follow from the declarations.

    A schema that would cost the rows of a deployed table is refused, and nothing is written.
    """
    from titanic_mlops.derive.artefacts import artefacts  # noqa: PLC0415 loads numpy

    if not Path("pyproject.toml").is_file():
        raise Rejected("There is no pyproject.toml here; run it at the root of the repository.")
    changed = {
        name: text
        for name, text in artefacts()
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
    told: list[str] = []
    for name, text in changed.items():
        path = Path(name)
        if path.parts[:2] == SCHEMAS and path.suffix == ".json" and path.is_file():
            before = json.loads(path.read_text(encoding="utf-8"))
            told += lossy_changes(path.stem, before, json.loads(text))
    if told:
        sentences = " ".join(told)
        raise Rejected(
            f"A deployed table would lose rows. {sentences} Where they may be lost, delete the "
            "schema's file first."
        )
