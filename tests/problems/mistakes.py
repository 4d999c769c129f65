"""Mistakes to plant in the Titanic's declaration, each with the sentences that it must get."""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """Replace `old`, which stands once in the declaration, by `new`; expect the sentences.

    `{line}` in a sentence is the line where `new` begins.
    """

    old: str
    new: str
    sentences: tuple[str, ...]


def _mistake(old: str, new: str, *sentences: str) -> Mistake:
    return Mistake(old, new, sentences)


_TYPES = (
    'write int, float, bool, str, date, datetime, Literal["a", "b"] or list[str], with | None if '
    "it may be missing."
)
_PCLASS = 'description="ticket class: 1 upper, 2 middle, 3 lower", minimum=1, maximum=3'
_SIBSP = 'SibSp: Annotated[int, Column(description="siblings and spouses aboard", minimum=0, maximum=10)]'  # noqa: E501 as it stands in the declaration
_COLUMNS = (
    "the columns are PassengerId, Survived, Pclass, Name, Sex, Age, SibSp, Parch, Ticket, Fare, "
    "Cabin, Embarked."
)

MISTAKES: dict[str, Mistake] = {
    # names
    "feature misspelt": _mistake(
        'Numeric("Age")',
        'Numeric("Agee")',
        "the feature Numeric reads 'Agee', which is not a column; did you mean Age?",
    ),
    "key misspelt": _mistake(
        'key="PassengerId"',
        'key="PasengerId"',
        "the key is 'PasengerId', which is not a column; did you mean PassengerId?",
    ),
    "split key misspelt": _mistake(
        'split_key="Ticket"',
        'split_key="ticket"',
        "the split_key is 'ticket', which is not a column; did you mean Ticket?",
    ),
    "target misspelt": _mistake(
        'target="Survived"',
        'target="Survive"',
        "the target is 'Survive', which is not a column; did you mean Survived?",
    ),
    "slice misspelt": _mistake(
        'slices=("Sex", "Pclass")',
        'slices=("Sex", "PClas")',
        "slices hold 'PClas', which is not a column; did you mean Pclass?",
    ),
    "feature of an unknown column": _mistake(
        'Numeric("Age")',
        'Numeric("Height")',
        f"the feature Numeric reads 'Height', which is not a column; {_COLUMNS}",
    ),
    # the task, the target and its labels
    "task unknown": _mistake(
        'task="classification"',
        'task="clasification"',
        "the task is 'clasification'; did you mean 'classification'?",
    ),
    "task of another kind": _mistake(
        'task="classification"',
        'task="ranking"',
        "the task is 'ranking'; write 'classification', 'multiclass' or 'regression'.",
    ),
    "no labels": _mistake(
        'target_labels=("died", "survived")',
        "target_labels=()",
        'target_labels are empty; write two texts, for 0 and for 1, as in ("no", "yes").',
    ),
    "one label twice": _mistake(
        'target_labels=("died", "survived")',
        'target_labels=("died", "died")',
        "target_labels are 'died', 'died'; write two texts, for 0 and for 1, "
        'as in ("no", "yes").',
    ),
    "labels of a regression": _mistake(
        'task="classification"',
        'task="regression"',
        "target_labels are 'died', 'survived', but a regression has no classes; write ().",
    ),
    "labels without parentheses": _mistake(
        'target_labels=("died", "survived")',
        'target_labels="died"',
        "target_labels is 'died'; write a tuple, as in (first, second) or (only,).",
    ),
    "labels of a target of words": _mistake(
        'target="Survived"',
        'target="Sex"',
        "target_labels are 'died', 'survived', but the target's categories are words; write ().",
        "the slice Sex is the target, which forms no groups to compare; remove it.",
        "the feature OneHot('Sex') reads the target; remove it.",
    ),
    "target has three classes": _mistake(
        'target="Survived"',
        'target="Embarked"',
        "the target Embarked is one of categories; a classification predicts an int with minimum=0 "
        'and maximum=1, or a Literal of two texts, as in Literal["no", "yes"].',
        "target_labels are 'died', 'survived', but the target's categories are words; write ().",
        "the feature OneHot('Embarked') reads the target; remove it.",
    ),
    "target has other bounds": _mistake(
        'empty when unknown", minimum=0, maximum=1)',
        'empty when unknown", minimum=1, maximum=2)',
        "the target Survived is an int from 1 to 2; a classification predicts an int with "
        "minimum=0 and maximum=1.",
    ),
    "two classes of a multiclass problem": _mistake(
        'task="classification"',
        'task="multiclass"',
        "the target Survived is an int from 0 to 1; a multiclass problem predicts a Literal of 3 "
        "to 10 texts, or an int with minimum and maximum.",
    ),
    "a logarithm of classes": _mistake(
        'target="Survived"',
        'target="Survived",\n    target_transform="log"',
        "target_transform and target_decimals belong to a regression; a classification has "
        "classes, so leave them out.",
    ),
    # files
    "delimiter of two characters": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n    dialect=Dialect(delimiter="::"),\n',
        "the dialect has the delimiter '::'; write one ASCII character.",
    ),
    "delimiter and decimal mark alike": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n    dialect=Dialect(decimal=","),\n',
        "the dialect separates fields and decimals by ','; change one.",
    ),
    "date format without a year": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n    dialect=Dialect(date_format="%d.%m."),\n',
        "the dialect has the date_format '%d.%m.', which does not give a day; write a format of "
        'strptime with year, month and day, as in "%d.%m.%Y".',
    ),
    "ignored column is declared": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n    ignored=("age",),\n',
        "ignored holds 'age', which is a column of the record; remove it from one.",
    ),
    "two columns with one header": _mistake(
        'Column(description="sex")',
        'Column(description="sex", header="Pclass")',
        "2 columns are named 'pclass' in files; give each a header of its own.",
    ),
    "unknown value of a required column": _mistake(
        _PCLASS,
        'description="ticket class", minimum=1, maximum=3, unknown=(-1,)',
        "column Pclass has unknown values but may not be null; add | None.",
    ),
    "words of a boolean alike": _mistake(
        'Column(description="sex")',
        'Column(description="sex", words=("no", "NO"))',
        "column Sex has the words ('no', 'NO'); write two different texts, for False and for True, "
        'as in ("no", "yes").',
    ),
    "rule of a text": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n    rules=(Rule("named", ("Name",), bool, "must be named"),),\n',
        "the rule named reads Name, which is not a number; remove it.",
    ),
    "rule without must": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n    rules=(Rule("paid", ("Fare",), bool, "a fare"),),\n',
        "the rule paid expects 'a fare'; write the second half of a sentence, as in \"must agree "
        'with x, y and z".',
    ),
    # explanations and examples
    "group of one": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n    groups=(Group("family", ("SibSp",)),),\n',
        "the group 'family' has 1 columns; it needs at least 2.",
    ),
    "group of a column that is not read": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n    groups=(Group("family", ("SibSp", "Cabin")),),\n',
        "the group 'family' holds 'Cabin', which no feature reads; add a feature or remove it.",
    ),
    "column in two groups": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n'
        '    groups=(Group("a", ("SibSp", "Age")), Group("b", ("SibSp", "Fare"))),\n',
        "the column SibSp is in 2 groups; it can be in one.",
    ),
    "interval classes of a classification": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n    interval_by=IntervalBy("Age", (20.0, 10.0)),\n',
        "interval_by belongs to a regression; a classification has no interval.",
        "interval_by has the edges (20.0, 10.0); write a tuple of rising numbers.",
    ),
    "family unknown": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n    family="forest",\n',
        "the family is 'forest'; write 'trees' or 'linear'.",
    ),
    "example with the target": _mistake(
        'key="PassengerId",\n',
        'key="PassengerId",\n    examples=({"Survived": 1, "Agee": 2},),\n',
        "an example holds Survived, the target; remove it.",
        "an example holds 'Agee', which is not a column; did you mean Age?",
    ),
    "target is optional but not nullable": _mistake(
        "            int | None,\n",
        "            int,\n",
        "the target Survived is NotRequired but may not be null; add | None, or require it.",
    ),
    # what a column is for
    "key is nullable": _mistake(
        'Annotated[int, Column(description="number in the table"',
        'Annotated[int | None, Column(description="number in the table"',
        "the key PassengerId may be null, but every row needs one; remove | None.",
    ),
    "key is a float": _mistake(
        'Annotated[int, Column(description="number in the table"',
        'Annotated[float, Column(description="number in the table"',
        "the key PassengerId is a float from 1, which does not identify a row; use an int or text "
        "column.",
    ),
    "split key is nullable": _mistake(
        'split_key="Ticket"',
        'split_key="Cabin"',
        "the split_key Cabin may be null, but every row needs one; remove | None.",
    ),
    "split key is the target": _mistake(
        'split_key="Ticket"',
        'split_key="Survived"',
        "the split_key Survived may be null, but every row needs one; remove | None.",
        "the target Survived is the split_key as well; predict another column.",
    ),
    "target is the key": _mistake(
        'key="PassengerId",\n',
        'key="Survived",\n',
        "the key Survived may be null, but every row needs one; remove | None.",
        "the target Survived is the key as well; predict another column.",
    ),
    "target is a slice": _mistake(
        'slices=("Sex", "Pclass")',
        'slices=("Sex", "Survived")',
        "the slice Survived is the target, which forms no groups to compare; remove it.",
    ),
    "slice is personal": _mistake(
        'slices=("Sex", "Pclass")',
        'slices=("Sex", "Name")',
        "the slice Name is personal, but verdicts show its values; remove it.",
    ),
    "slice is a float": _mistake(
        'slices=("Sex", "Pclass")',
        'slices=("Sex", "Fare")',
        "the slice Fare is a float from 0 to 1000, which forms no groups to compare; remove it.",
    ),
    "slice twice": _mistake(
        'slices=("Sex", "Pclass")',
        'slices=("Sex", "Sex")',
        "the slice Sex is listed twice; remove one.",
    ),
    # features
    "OneHot of a number": _mistake(
        'Numeric("Pclass")',
        'OneHot("Pclass")',
        "the feature OneHot('Pclass') reads a number, not text; write Numeric('Pclass').",
    ),
    "Numeric of a text": _mistake(
        'Numeric("Pclass")',
        'Numeric("Ticket")',
        "the feature Numeric('Ticket') reads text, not numbers; write OneHot('Ticket') or "
        "Words('Ticket').",
    ),
    "Numeric of categories": _mistake(
        'OneHot("Sex")',
        'Numeric("Sex")',
        "the feature Numeric('Sex') reads categories, not numbers; write OneHot('Sex') "
        "or Ordered('Sex').",
    ),
    "Words of a number": _mistake(
        'Numeric("Pclass")',
        'Words("Pclass")',
        "the feature Words('Pclass') reads a number, not text; write Numeric('Pclass').",
    ),
    "Words of categories": _mistake(
        'OneHot("Sex")',
        'Words("Sex")',
        "the feature Words('Sex') reads categories, not text; write OneHot('Sex') or "
        "Ordered('Sex').",
    ),
    "Ordered of a text": _mistake(
        'OneHot("Name", pattern',
        'Ordered("Name"),\n        OneHot("Name", pattern',
        "the feature Ordered('Name') reads text, not categories; write OneHot('Name') or "
        "Words('Name').",
    ),
    "Members of a text": _mistake(
        'OneHot("Name", pattern',
        'Members("Name"),\n        OneHot("Name", pattern',
        "the feature Members('Name') reads text, not a set; write OneHot('Name') or Words('Name').",
    ),
    "monotone by two": _mistake(
        'Numeric("Pclass")',
        'Numeric("Pclass", monotone=2)',
        "the feature Numeric('Pclass') has monotone=2; write 1 if the score never falls as the "
        "value grows, -1 if it never rises.",
    ),
    "no words": _mistake(
        'OneHot("Name", pattern',
        'Words("Name", most=0),\n        OneHot("Name", pattern',
        "the feature Words('Name') has the most 0; it must be a whole number of at least 1.",
    ),
    "feature of the target": _mistake(
        'Numeric("Pclass")',
        'Numeric("Survived")',
        "the feature Numeric('Survived') reads the target; remove it.",
    ),
    "feature of the key": _mistake(
        'Numeric("Pclass")',
        'Numeric("PassengerId")',
        "the feature Numeric('PassengerId') reads the key; remove it.",
    ),
    "feature twice": _mistake(
        'Numeric("Pclass")',
        'Numeric("Age")',
        "the feature Numeric('Age') is there 2 times, with inputs of the same names; keep one.",
    ),
    "feature without its class": _mistake(
        'Numeric("Pclass")',
        '"Pclass"',
        "features hold 'Pclass'; write Numeric(column), Ordered(column), OneHot(column), "
        "Members(column), Words(column) or DateParts(column).",
    ),
    "pattern does not compile": _mistake(
        r"""pattern=r",\s*([^.]+)\." """.strip(),
        r"""pattern=r",\s*([^.]+\." """.strip(),
        r"the feature OneHot('Name') has the pattern ',\\s*([^.]+\\.', which does not compile "
        r"(missing ), unterminated subpattern at position 4); write a regular expression as "
        r"Python's re reads it.",
    ),
    "pattern without a group": _mistake(
        r"([^.]+)",
        r"[^.]+",
        r"the feature OneHot('Name') has the pattern ',\\s*[^.]+\\.' without a group; put "
        r"parentheses around the part that is the level.",
    ),
    "min_count of nothing": _mistake(
        'OneHot("Sex")',
        'OneHot("Sex", min_count=0)',
        "the feature OneHot('Sex') has the min_count 0; it must be a whole number of at least 1.",
    ),
    # types
    "type is bytes": _mistake(
        _SIBSP,
        'SibSp: Annotated[bytes, Column(description="a picture")]',
        f"column SibSp has the type bytes; {_TYPES}",
    ),
    "type is a list of numbers": _mistake(
        _SIBSP,
        'SibSp: Annotated[list[int], Column(description="ages of siblings")]',
        f"column SibSp has the type list[int]; {_TYPES}",
    ),
    "type is two types": _mistake(
        _SIBSP,
        'SibSp: Annotated[int | str, Column(description="either")]',
        "column SibSp may be int or str; write one type, with | None if it may be missing.",
    ),
    "type is not defined": _mistake(
        _SIBSP,
        'SibSp: Annotated[integer, Column(description="a count")]',
        "column SibSp cannot be read, NameError: name 'integer' is not defined; "
        'write Annotated[type, Column(description="…")].',
    ),
    "no Column": _mistake(
        _SIBSP,
        "SibSp: int",
        'column SibSp has no Column; write Annotated[type, Column(description="…")].',
    ),
    "category is a number": _mistake(
        'Literal["female", "male"]',
        'Literal["female", 1]',
        'column Sex has the category 1; a category must be text, as in Literal["1"].',
    ),
    "category is empty": _mistake(
        'Literal["female", "male"]',
        'Literal["female", "male", ""]',
        "column Sex has the category ''; a category must be printable text, "
        "write | None where a value may be missing.",
    ),
    "no categories": _mistake(
        'Literal["female", "male"]',
        "Literal[()]",
        'column Sex has no categories; write them, as in Literal["a", "b"].',
    ),
    # bounds and lengths
    "minimum above maximum": _mistake(
        _PCLASS,
        'description="ticket class", minimum=3, maximum=1',
        "column Pclass has the minimum 3 above the maximum 1; exchange them.",
    ),
    "fractional bound of an int": _mistake(
        _PCLASS,
        'description="ticket class", minimum=0.5, maximum=3',
        "column Pclass has the minimum 0.5 but is an int; write a whole number of 64 bits.",
    ),
    "bound beyond 64 bits": _mistake(
        _PCLASS,
        'description="ticket class", minimum=1, maximum=1e30',
        "column Pclass has the maximum 1e+30 but is an int; write a whole number of 64 bits.",
    ),
    "bound is infinite": _mistake(
        _PCLASS,
        'description="ticket class", minimum=1, maximum=float("inf")',
        "column Pclass has the maximum inf; it must be finite: remove it if there is none.",
    ),
    "bound is text": _mistake(
        _PCLASS,
        'description="ticket class", minimum="1", maximum=3',
        "column Pclass has the minimum '1'; it must be a number.",
    ),
    "bound of a text": _mistake(
        'description="surname, title and given names"',
        'description="surname, title and given names", minimum=1',
        "column Name has the minimum 1 but is text; remove the minimum.",
    ),
    "max_length of nothing": _mistake(
        'description="surname, title and given names"',
        'description="surname, title and given names", max_length=0',
        "column Name has the max_length 0; it must be a whole number of at least 1.",
    ),
    "max_length of a number": _mistake(
        _PCLASS,
        'description="ticket class", max_length=1, minimum=1, maximum=3',
        "column Pclass has the max_length 1 but is a number; remove the max_length, or write "
        "minimum and maximum.",
    ),
    "no description": _mistake(
        'Column(description="sex")',
        'Column(description=" ")',
        "column Sex has no description; say in a few words what it means.",
    ),
    "description is not text": _mistake(
        'Column(description="sex")',
        "Column(description=None)",
        "column Sex has the description None; it must be text.",
    ),
    "unit is not text": _mistake(
        'unit="years"',
        "unit=1",
        "column Age has the unit 1; it must be text.",
    ),
    # names that a table, a folder or a request cannot have
    "column of the platform": _mistake(
        "    SibSp: Annot",
        '    Split: Annotated[int, Column(description="x")]\n    SibSp: Annot',
        "column Split has the name of the platform's own column split; choose another name.",
    ),
    "column that marks a batch": _mistake(
        "    SibSp: Annot",
        '    instances: Annotated[int, Column(description="x")]\n    SibSp: Annot',
        "column instances has the name that marks a batch of requests; choose another name.",
    ),
    "columns that differ in case": _mistake(
        "    SibSp: Annot",
        '    age: Annotated[int, Column(description="x")]\n    SibSp: Annot',
        "columns Age and age have one name to BigQuery, which ignores case; rename one.",
    ),
    "column that is not ASCII": _mistake(
        "    SibSp: Annot",
        '    größe: Annotated[int, Column(description="x")]\n    SibSp: Annot',
        "column 'größe' has a name that BigQuery rejects; use at most 300 ASCII letters, digits "
        "and _, and begin with a letter.",
    ),
    "column with a reserved prefix": _mistake(
        "    SibSp: Annot",
        '    _partitionDay: Annotated[int, Column(description="x")]\n    SibSp: Annot',
        "column _partitionDay has a prefix that BigQuery reserves; begin with a letter.",
    ),
    "name with a hyphen": _mistake(
        'name="planted"',
        'name="who-survived"',
        "the name is 'who-survived'; use 2 to 16 lower-case letters and digits, a letter first.",
    ),
    "name of another problem": _mistake(
        'name="planted"',
        'name="titanic"',
        "the problem's name is 'titanic', not the file's; write name='planted'.",
    ),
    "no title": _mistake(
        'title="Who survived the Titanic"',
        'title=""',
        "the title is empty; say in a few words what is predicted.",
    ),
    "title is not text": _mistake(
        'title="Who survived the Titanic"',
        "title=1912",
        "the title is 1912; it must be text.",
    ),
    "source is not text": _mistake(
        'source="the public Titanic table of 891 passengers"',
        "source=None",
        "the source is None; it must be text.",
    ),
    "key of two columns": _mistake(
        'key="PassengerId",\n',
        'key=["Name", "Ticket"],\n',
        "the key is ['Name', 'Ticket']; write the name of one column.",
    ),
    "slice of two columns": _mistake(
        'slices=("Sex", "Pclass")',
        'slices=(["Sex", "Pclass"],)',
        "slices hold ['Sex', 'Pclass']; write the name of one column.",
    ),
    "feature of two columns": _mistake(
        'Numeric("Age")',
        'Numeric(["Age", "Fare"])',
        "the feature Numeric reads ['Age', 'Fare']; write the name of one column.",
    ),
    # the record and the module
    "record is a dict": _mistake(
        "record=Passenger",
        "record=dict",
        "the record is <class 'dict'>; it must be a TypedDict.",
    ),
    "record is not total": _mistake(
        "class Passenger(TypedDict)",
        "class Passenger(TypedDict, total=False)",
        "the record has total=False; write NotRequired at each column that may be absent.",
    ),
    "no features": _mistake(
        "features=(\n",
        "features=() and (\n",
        "features are empty, so the model would read nothing; name at least one column.",
    ),
    "no PROBLEM": _mistake(
        "PROBLEM = Problem(",
        "TITANIC = Problem(",
        "the module has no PROBLEM; assign it, as in PROBLEM = Problem(...).",
    ),
    "PROBLEM is a class": _mistake(
        "PROBLEM = Problem(",
        "PROBLEM = Problem\nTITANIC = Problem(",
        "PROBLEM is of the type type; it must be a Problem.",
    ),
    "module that does not parse": _mistake(
        "PROBLEM = Problem(",
        "PROBLEM = = Problem(",
        "the module cannot be imported: SyntaxError in line {line}: invalid syntax; "
        "correct that line.",
    ),
    "module that imports an unknown module": _mistake(
        "from titanic_mlops.problems.base import",
        "from titanic_mlops.problems.basis import",
        "the module cannot be imported: ModuleNotFoundError in line {line}: No module named "
        "'titanic_mlops.problems.basis'; correct that line.",
    ),
    "argument of Problem misspelt": _mistake(
        "PROBLEM = Problem(",
        'PROBLEM = Problem(splitkey="Ticket",',
        "the module cannot be imported: TypeError in line {line}: Problem.__init__() got an "
        "unexpected keyword argument 'splitkey'; correct that line.",
    ),
}
