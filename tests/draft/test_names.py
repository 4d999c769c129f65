from __future__ import annotations

import pytest

from titanic_mlops.draft.names import (
    class_name,
    description_of,
    field_names,
    problem_name,
    unit_of,
)
from titanic_mlops.problems.base.column_checks import name_faults


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Customer ID", "Customer_ID"),
        ("Umsatz €", "Umsatz_EUR"),
        ("Größe (m²)", "Groesse_m2"),
        ("class", "class_"),
        ("date", "date_"),
        ("id", "id_"),
        ("split", "split_column"),
        ("uuid", "uuid_column"),
        ("2nd floor", "column_2nd_floor"),
        ("名前", "column"),
        ("instances", "instances_column"),
        ("_table_x", "table_x"),
        ("'vote'", "vote"),
    ],
)
def test_a_header_becomes_a_field(header: str, field: str) -> None:
    assert field_names([header]) == [field]
    assert not list(name_faults(field))


def test_equal_fields_are_numbered_whatever_their_case() -> None:
    assert field_names(["a b", "A_B", "a-b"]) == ["a_b", "A_B_2", "a_b_3"]


def test_a_header_without_a_word_has_no_description() -> None:
    """Then the field's name is its description, which a declaration may not lack."""
    assert [description_of(header) for header in ("_", "._", " ", "a_")] == ["", "", "", "a"]


@pytest.mark.parametrize(
    ("stem", "name"),
    [("My Churn-Table 2024", "mychurntable2024"), ("2024", "table2024"), ("x", "xtable")],
)
def test_a_file_names_its_problem(stem: str, name: str) -> None:
    assert problem_name(stem) == name


def test_a_file_names_the_class_of_its_rows() -> None:
    assert class_name("my churn") == "MyChurnRow"
    assert class_name("2024") == "Table2024Row"


def test_headers_are_described_in_words() -> None:
    assert description_of("sepalLength") == "sepal length"
    assert description_of("monthly_MRR.total") == "monthly MRR total"
    assert unit_of("petal width (cm)") == ("petal width", "cm")
    assert unit_of("width") == ("width", "")
