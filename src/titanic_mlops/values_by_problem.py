"""A setting that each problem has for itself: one value, or a JSON object of them by problem."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import cast

from titanic_mlops.errors import SettingsInvalid


def values_by_problem(name: str, value: str, problems: tuple[str, ...]) -> Mapping[str, str]:
    """Return the value of the setting `name` for each of the problems.

    One value is that of one problem, or, without `problems`, of any. Two problems never share
    one: the rows of one would be stored in the tables of the other.

    Raises:
        SettingsInvalid: the value is no such object, or lacks a problem, or several would share it.
    """
    if value.startswith("{"):
        return _read(name, value, problems)
    if len(problems) > 1:
        raise SettingsInvalid(
            f"{name} is {value} while PROBLEM names {', '.join(problems)}; write a JSON object "
            f'with a value for each, like {{"{problems[0]}": "{value}", …}}.'
        )
    return defaultdict(lambda: value)


def _read(name: str, value: str, problems: tuple[str, ...]) -> Mapping[str, str]:
    try:
        read: object = json.loads(value)
    except ValueError as error:
        raise SettingsInvalid(
            f"{name} begins with a brace and is no JSON ({error}); write an object with a value "
            "for each problem, or one value."
        ) from None
    values = cast("dict[str, object]", read)
    if not problems:
        raise SettingsInvalid(
            f"{name} has a value for each of {', '.join(values) or 'no problem'}, and PROBLEM is "
            "not set; set PROBLEM to the names of the problems, with commas between them."
        )
    lacking = [one for one in problems if not str(values.get(one) or "").strip()]
    if lacking:
        raise SettingsInvalid(
            f"{name} has no value for {', '.join(lacking)}; add it to the object."
        )
    return {one: str(values[one]) for one in problems}
