"""What a problem is: one typed record, its target and its features. Everything else is derived."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, is_typeddict

from titanic_mlops.errors import DeclarationInvalid
from titanic_mlops.problems.base.checks import faults_of
from titanic_mlops.problems.base.columns import Column, Record, Scalar, read_columns
from titanic_mlops.problems.base.features import Feature
from titanic_mlops.problems.base.roles import ANSWER_TYPES


@dataclass(frozen=True)
class Problem:
    """Declare what is predicted, from which record, and how rows are told apart.

    `key` identifies a row; rows that share `split_key` fall on the same side of the
    split; `slices` are columns within which a challenger may not do worse.

    Raises:
        DeclarationInvalid: naming every fault at once.
    """

    name: str
    title: str
    record: type
    task: Literal["classification", "regression"]
    key: str
    split_key: str
    target: str
    target_labels: tuple[str, ...]
    features: tuple[Feature, ...]
    slices: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        if faults := tuple(faults_of(self)):
            raise DeclarationInvalid(self.file, faults)

    @property
    def file(self) -> str:
        """Return the path of the declaring file below the package."""
        if not is_typeddict(self.record):
            return f"problems/{self.name}.py"
        module = self.record.__module__.removeprefix("titanic_mlops.")
        return f"{module.replace('.', '/')}.py"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns in the order of the record."""
        return tuple(self.by_name.values())

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Return the columns by their name."""
        columns, _ = read_columns(self.record)
        return columns

    @property
    def answer_type(self) -> type[int | float]:
        """Return the type of a prediction."""
        return ANSWER_TYPES[self.task]

    @property
    def inputs(self) -> tuple[Column, ...]:
        """Return the columns a prediction request may hold: all but the target."""
        return tuple(column for column in self.columns if column.name != self.target)

    @property
    def feature_columns(self) -> tuple[str, ...]:
        """Return the columns the model reads, in the order of `features`, each once."""
        return tuple(dict.fromkeys(feature.column for feature in self.features))

    @property
    def personal_columns(self) -> tuple[str, ...]:
        """Return the columns that identify a person, besides the key."""
        return tuple(c.name for c in self.columns if c.personal and c.name != self.key)

    @property
    def optional_columns(self) -> tuple[str, ...]:
        """Return the columns that a request may lack, besides key and target."""
        known = {self.key, self.target}
        return tuple(c.name for c in self.columns if c.optional and c.name not in known)

    def without_optional(self, record: Record) -> dict[str, Scalar]:
        """Return the record as a source that does not know the optional columns sends it."""
        return {n: value for n, value in record.items() if n not in self.optional_columns}
