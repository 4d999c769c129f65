"""What every command has: a problem, `--json`, and one sentence when it refuses."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from titanic_mlops.cli.console import printable
from titanic_mlops.errors import DeclarationInvalid, TitanicMlopsError
from titanic_mlops.problems import load_problem, problem_names
from titanic_mlops.settings import GCP, LOCAL, Settings

if TYPE_CHECKING:  # opening the platform loads DuckDB and pyarrow; --help must not
    from titanic_mlops.platforms.choice import Platform
    from titanic_mlops.problems.base import Problem

_AS_JSON, _PLATFORM = f"{__name__}.as_json", f"{__name__}.platform"
Command = TypeVar("Command", bound=Callable[..., Any])


class RefusingGroup(click.Group):
    """Turn an expected fault of any command below into one sentence and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 click's own signature
        """Run the command that was asked for."""
        for stream in (sys.stdout, sys.stderr):  # no bar is worth a traceback in an odd terminal
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except DeclarationInvalid as error:
            refuse(error.title, *error.sentences)
        except TitanicMlopsError as error:
            refuse(error.title, error.detail)
        except BrokenPipeError:  # the reader, `head` for one, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)
        except OSError as error:  # outside of the adapters: a temporary folder, a full disk
            refuse("Unavailable", f"{error.filename or 'The disk'}: {error.strerror}.")


def json_option(command: Command) -> Command:
    """Add `--json` to a command, passed as `as_json`."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        is_eager=True,  # known before another option is refused
        callback=_remember_json,
        help="Print one JSON document, for programs.",
    )(command)


def problem_option(command: Command) -> Command:
    """Add `--problem` to a command, passed as the declared problem, and `--platform`."""
    command = click.option(
        "--platform",
        type=click.Choice((LOCAL, GCP)),
        expose_value=False,
        callback=_remember_platform,
        help="Where it runs; by default as the environment says.",
    )(command)
    return click.option(
        "--problem",
        type=click.Choice(problem_names()),
        default="titanic",
        show_default=True,
        callback=lambda _ctx, _param, name: load_problem(name),
        help="Which declared problem it is about.",
    )(command)


def open_platform(problem: Problem) -> Platform:
    """Return the platform that the command or else the environment names."""
    from titanic_mlops.platforms.choice import open_platform as opened  # noqa: PLC0415 loads DuckDB

    platform = click.get_current_context().meta.get(_PLATFORM, "")
    return opened(Settings.from_env(os.environ, platform=platform), problem)


def print_json(document: object) -> None:
    """Print one JSON document on standard output."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def refuse(title: str, *sentences: str, **document: object) -> None:
    """End the command with exit status 1 and its reason, a sentence a line, or one JSON document.

    With `--json`, `document` is printed with the error in it.
    """
    if click.get_current_context().meta.get(_AS_JSON):
        print_json({**document, "error": {"title": title, "detail": " ".join(sentences)}})
    else:
        click.echo(f"{title}: " + "\n".join(map(printable, sentences)), err=True)
    raise SystemExit(1)


def _remember_json(ctx: click.Context, _param: click.Parameter, value: bool) -> bool:  # noqa: FBT001 click's own signature
    ctx.meta[_AS_JSON] = value
    return value


def _remember_platform(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    ctx.meta[_PLATFORM] = value or ""
