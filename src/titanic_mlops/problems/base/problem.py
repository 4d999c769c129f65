"""What a problem is: one typed record, its target and its features. Everything else is derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, is_typeddict

from titanic_mlops.errors import DeclarationInvalid
from titanic_mlops.problems.base.checks import faults_of
from titanic_mlops.problems.base.columns import Column, Record, Scalar, read_columns
from titanic_mlops.problems.base.dialect import Dialect
from titanic_mlops.problems.base.explaining import Group, IntervalBy
from titanic_mlops.problems.base.features import Feature
from titanic_mlops.problems.base.roles import REGRESSION, Task, classes_of
from titanic_mlops.problems.base.rule import Rule


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Declare what is predicted, from which record, and how rows are told apart.

    `key` identifies a row; without one, equal rows are one record. Rows that share `split_key`
    fall on the same side of the split; without one it is the key, or the whole row. `slices` are
    columns within which a challenger may not do worse.

    `description` and `examples` (records for forms and documents) are for people. A file may hold
    the columns `ignored`, by their names in its header, and nothing reads them. `rules` hold
    across columns. With `target_transform` "log" the model learns the logarithm of the target;
    answers have `target_decimals` decimals. `groups` are columns that are explained as one;
    `interval_by` are classes of rows with an interval of their own. `family` is the kind of
    model: trees, or linear.

    Raises:
        DeclarationInvalid: naming every fault at once.
    """

    name: str
    title: str
    record: type
    task: Task
    target: str
    features: tuple[Feature, ...]
    key: str = ""
    split_key: str = ""
    target_labels: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    source: str = ""
    description: str = ""
    examples: tuple[Mapping[str, object], ...] = field(default=(), hash=False)
    dialect: Dialect = Dialect()  # noqa: RUF009 it is frozen
    ignored: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    target_transform: Literal["", "log"] = ""
    target_decimals: int | None = None
    groups: tuple[Group, ...] = ()
    interval_by: IntervalBy | None = None
    family: Literal["trees", "linear"] = "trees"

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

    @cached_property
    def classes(self) -> tuple[int, ...] | tuple[str, ...]:
        """Return the values of the target, in their order; none for a regression."""
        return () if self.task == REGRESSION else classes_of(self.by_name[self.target])

    @cached_property
    def class_labels(self) -> tuple[str, ...]:
        """Return the words for the classes; the classes themselves where none are declared."""
        return self.target_labels or tuple(map(str, self.classes))

    @property
    def answer_type(self) -> type[int | float | str]:
        """Return the type of a prediction."""
        if self.task == REGRESSION:
            return float
        return str if self.by_name[self.target].type is str else int

    @cached_property
    def inputs(self) -> tuple[Column, ...]:
        """Return the columns a prediction request may hold: all but the target."""
        return tuple(column for column in self.columns if column.name != self.target)

    @cached_property
    def required_inputs(self) -> tuple[Column, ...]:
        """Return the columns a request must hold: those that the model reads and needs."""
        read = set(self.feature_columns)
        return tuple(c for c in self.inputs if c.name in read and not (c.nullable or c.optional))

    @cached_property
    def required_names(self) -> frozenset[str]:
        """Return the names of the required inputs."""
        return frozenset(column.name for column in self.required_inputs)

    @cached_property
    def feature_columns(self) -> tuple[str, ...]:
        """Return the columns the model reads, in the order of `features`, each once."""
        return tuple(dict.fromkeys(feature.column for feature in self.features))

    @cached_property
    def split_column(self) -> str:
        """Return the column whose values stay in one split; empty where each record is alone."""
        return self.split_key or self.key

    @cached_property
    def personal_columns(self) -> tuple[str, ...]:
        """Return the columns that identify a person, besides the key."""
        return tuple(c.name for c in self.columns if c.personal and c.name != self.key)

    @cached_property
    def optional_columns(self) -> tuple[str, ...]:
        """Return the columns that a request may lack, besides key and target."""
        known = {self.key, self.target}
        return tuple(c.name for c in self.columns if c.optional and c.name not in known)

    def without_optional(self, record: Record) -> dict[str, Scalar]:
        """Return the record as a source that does not know the optional columns sends it."""
        return {n: value for n, value in record.items() if n not in self.optional_columns}
