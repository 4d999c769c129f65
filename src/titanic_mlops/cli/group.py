"""The group of all commands: imports a command when it runs, reports expected errors."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from titanic_mlops.cli.output import refuse
from titanic_mlops.errors import DeclarationInvalid, TitanicMlopsError
from titanic_mlops.logs import configure_command_logging


class CommandGroup(click.Group):
    """Commands that are listed by name and help line; each is a module of `package`.

    Help, shell completion and suggestions for a misspelt name need no import of a command.
    """

    def __init__(self, package: str, listed: Mapping[str, str], **attributes: Any) -> None:  # noqa: ANN401 click's own
        commands = {name: click.Command(name, short_help=line) for name, line in listed.items()}
        super().__init__(commands=commands, **attributes)
        self._package = package

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that `args` names, imported now, and the rest of `args`."""
        name, listed, rest = super().resolve_command(ctx, args)
        if listed is None:
            return name, None, rest
        module = import_module(f"{self._package}.{listed.name}")
        command: click.Command = getattr(module, str(listed.name))
        return name, command, rest

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 click's own signature
        """Run the named command; an expected error becomes one sentence and exit status 1."""
        configure_command_logging()
        for stream in (sys.stdout, sys.stderr):  # a character unknown to the terminal is no error
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except DeclarationInvalid as error:
            refuse(error.title, *error.sentences)
        except TitanicMlopsError as error:
            refuse(error.title, error.detail)
        except BrokenPipeError:  # the reader has closed the pipe, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)
        except OSError as error:  # outside of the adapters: a temporary folder, a full disk
            refuse("Unavailable", f"{error.filename or 'The disk'}: {error.strerror}.")
