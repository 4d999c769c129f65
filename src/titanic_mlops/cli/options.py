"""The options that commands share: `--problem`, `--platform` and `--json`."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from titanic_mlops.cli.output import AS_JSON
from titanic_mlops.logs import printable
from titanic_mlops.platforms import Platform, choice
from titanic_mlops.problems import load_problem, problem_names
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import DEFAULT_PROBLEM, GCP, LOCAL, PROBLEM, Settings

TEXT, CSV, JSON = "text", "csv", "json"


class _Undeclared(click.ClickException):
    """Wrong usage that the lines about the usage would not explain."""

    exit_code = click.UsageError.exit_code


class _Declared(click.Choice[str]):
    """The name of a declared problem; it may have been declared since this module was loaded."""

    def __init__(self) -> None:
        super().__init__(problem_names())

    def convert(
        self,
        value: Any,  # noqa: ANN401 click's own signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        """Refuse an undeclared name in the environment in one sentence."""
        self.choices = problem_names()
        source = ctx and param and param.name and ctx.get_parameter_source(param.name)
        if source is ParameterSource.ENVIRONMENT and value not in self.choices:
            known = ", ".join(self.choices)
            if "," in value:
                raise _Undeclared(
                    f"{PROBLEM} lists {value!r}, and this command is about one problem: name it "
                    "with --problem."
                )
            raise _Undeclared(f"{PROBLEM} is {value!r}, no declared problem; there are: {known}.")
        return super().convert(value, param, ctx)


_PLATFORM = f"{__name__}.platform"
Command = TypeVar("Command", bound=Callable[..., Any])


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


def format_option(command: Command) -> Command:
    """Add `--format` and its short form `--json` to a command, passed as `form`."""
    command = click.option(
        "--json",
        "form",
        flag_value=JSON,
        is_eager=True,
        callback=_remember_format,
        help="Print one JSON document, for programs.",
    )(command)
    return click.option(
        "--format",
        "form",
        type=click.Choice((TEXT, CSV, JSON)),
        default=TEXT,
        show_default=True,
        is_eager=True,
        callback=_remember_format,
        help="What is printed on standard output.",
    )(command)


def problem_option(command: Command) -> Command:
    """Add `--problem` to a command, passed as the declared problem, and `--platform`."""
    command = _platform_option(command)
    return click.option(
        "--problem",
        type=_Declared(),
        envvar=PROBLEM,
        show_envvar=True,
        default=DEFAULT_PROBLEM,
        show_default=True,
        callback=lambda _ctx, _param, name: load_problem(name),
        help="Which declared problem it is about.",
    )(command)


def _platform_option(command: Command) -> Command:
    return click.option(
        "--platform",
        type=click.Choice((LOCAL, GCP)),
        expose_value=False,
        callback=_remember_platform,
        help="Where it runs; by default as the environment says.",
    )(command)


def served_option(command: Command) -> Command:
    """Add `--problem` to a command that serves all problems without it, passed as `only`."""
    command = _platform_option(command)
    return click.option(
        "--problem",
        "only",
        metavar=f"[{'|'.join(problem_names())}]",
        callback=_read_served,
        envvar=PROBLEM,
        show_envvar=True,
        help="Serve this declared problem only, or these, with commas between them.",
    )(command)


def why_option(default: str | None = None) -> Callable[[Command], Command]:
    """Add `--why` to a command that decides, required unless there is a default; never blank."""
    option = partial(
        click.option,
        "--why",
        callback=_require_words,
        help="The reason, kept with the decision.",
    )
    return option(required=True) if default is None else option(default=default)


def open_platform(problem: Problem, *, reading: bool = False) -> Platform:
    """Return the platform that `--platform`, or else the environment, names.

    A command that changes nothing opens it for `reading`: its home may be read-only.
    """
    settings = Settings.from_env(os.environ, platform=named_platform())
    if settings.cloud and not named_platform():
        click.echo(
            f"On Google Cloud, project {printable(settings.cloud.project)}, as the environment "
            "says; --platform local uses this machine.",
            err=True,
        )
    return choice.open_platform(settings, problem, reading=reading)


def named_platform() -> str:
    """Return the value of `--platform`, "" where it is not given."""
    return str(click.get_current_context().meta.get(_PLATFORM, ""))


def _require_words(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("the reason is empty; say why in a few words.")
    return value


def _read_served(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",")] if value else []
    return tuple(_Declared().convert(name, param, ctx) for name in dict.fromkeys(names))


def _remember_json(ctx: click.Context, _param: click.Parameter, value: bool) -> bool:  # noqa: FBT001 click's own signature
    ctx.meta[AS_JSON] = value
    return value


def _remember_format(ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    ctx.meta[AS_JSON] = value == JSON
    return value


def _remember_platform(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    ctx.meta[_PLATFORM] = value or ""
