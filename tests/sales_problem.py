"""A problem for tests that uses every word of a declaration: which sales are returned."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, NotRequired, TypedDict

from titanic_mlops.problems.base import (
    Column,
    DateParts,
    Dialect,
    Group,
    Members,
    Numeric,
    OneHot,
    Ordered,
    Problem,
    Rule,
    Words,
)


class Sale(TypedDict):
    """One sale, as a German spreadsheet writes it."""

    sold: Annotated[date, Column(description="day of the sale", header="Verkauft am")]
    paid: NotRequired[Annotated[datetime | None, Column(description="time of the payment")]]
    turnover: Annotated[
        float | None,
        Column(
            description="price",
            unit="€",
            header="Umsatz €",
            minimum=0,
            maximum=10_000,
            unknown=(-1,),
        ),
    ]
    size: Annotated[Literal["S", "M", "L"] | None, Column(description="size")]
    colours: Annotated[list[str] | None, Column(description="colours", separator="/")]
    uses: NotRequired[
        Annotated[
            list[Literal["indoors", "outdoors", "sport"]] | None,
            Column(description="what it is for", separator="+"),
        ]
    ]
    member: Annotated[bool, Column(description="has an account", words=("nein", "ja"))]
    width: Annotated[float, Column(description="width", unit="cm", minimum=0, maximum=500)]
    height: Annotated[float, Column(description="height", unit="cm", minimum=0, maximum=500)]
    area: Annotated[float | None, Column(description="area", unit="cm²", minimum=0)]
    remark: NotRequired[
        Annotated[str | None, Column(description="remark", unknown=("-", "keine"), personal=True)]
    ]
    returned: NotRequired[
        Annotated[Literal["no", "yes"] | None, Column(description="was returned", header="split")]
    ]


SALES = Problem(
    name="sales",
    title="Which sales are returned",
    description="A problem that uses every word of a declaration.",
    record=Sale,
    task="classification",
    target="returned",
    features=(
        DateParts("sold", ("year", "month", "weekday", "days"), since=date(2024, 1, 1)),
        DateParts("paid", ("hour",)),
        Numeric("turnover"),
        Ordered("size"),
        Members("colours"),
        Members("uses"),
        Numeric("member"),
        Numeric("width"),
        Numeric("height"),
        Words("remark"),
        OneHot("size"),
    ),
    slices=("member",),
    dialect=Dialect(
        delimiter=";",
        decimal=",",
        date_format="%d.%m.%Y",
        datetime_format="%d.%m.%Y %H:%M",
    ),
    ignored=("Notiz",),
    rules=(
        Rule(
            "area_agrees",
            ("area", "width", "height"),
            lambda area, width, height: abs(area - width * height) <= 1,
            "must be width times height",
        ),
    ),
    groups=(Group("extent", ("width", "height")),),
    examples=(
        {
            "sold": "2024-05-31",
            "turnover": 12.5,
            "size": "M",
            "colours": ["red", "blue"],
            "member": True,
            "width": 10,
            "height": 20.5,
        },
    ),
    source="invented",
)

HEADER = "Verkauft am;paid;Umsatz €;size;colours;uses;member;width;height;area;remark;split;Notiz\n"
ROW = "31.05.2024;31.05.2024 17:30;12,50;M;red/blue;sport+indoors;ja;10;20,5;205;gut;yes;x\n"
