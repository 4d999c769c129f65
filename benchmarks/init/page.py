"""The page `docs/init.md`: a table with what came of each table, and the guesses in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.init.journey import Journey

_INTRODUCTION = """\
# What comes of `init` on other tables

This page is derived; run `make bench-init` to write it anew.

Each table is new to the platform. In a fresh home, `init` drafts the declaration, `ingest` loads
the same file and trains, and `predict` answers the example of the declaration; nothing is edited.

The figure of the model is that of its TEST rows, which neither training nor a choice has seen:
AUC (0.5 is chance) and accuracy against the majority's share for classes, the mean absolute error
against that of always answering the median for numbers. Seconds are those of `init` and `ingest`
together, by the clock and of the processors, on a machine with two processors and other work.
"""


def page(journeys: Sequence[Journey]) -> str:
    """Return the page in Markdown."""
    return "\n".join([_INTRODUCTION, *_table(journeys), "", "## The guesses", "", *_all(journeys)])


def _table(journeys: Sequence[Journey]) -> Iterator[str]:
    headers = (
        *("table", "from", "rows", "accepted", "columns", "task", "features", "TEST figure"),
        *("against", "s", "CPU s", "first answer"),
    )
    yield f"| {' | '.join(headers)} |"
    yield f"|{' --- |' * len(headers)}"
    for one in journeys:
        yield f"| {' | '.join(_cells(one))} |"


def _cells(journey: Journey) -> Iterator[str]:
    drafted = journey.drafted
    yield journey.table.name
    yield journey.table.source
    if "task" not in drafted:
        yield from ("", "", "", f"refused: {journey.said}", *[""] * 6)
        return
    yield f"{drafted['rows']:,}"
    yield f"{journey.ingested.get('accepted', 0):,}"
    yield str(journey.columns)
    yield drafted["task"]
    yield str(len(drafted["features"]))
    yield from _figures(journey.test) if journey.test else (f"none: {journey.said}", "")
    yield f"{journey.seconds:.0f}"
    yield f"{journey.processor:.0f}"
    yield str(journey.answer.get("prediction", ""))[:12]


def _figures(test: Mapping[str, float]) -> tuple[str, str]:
    if "mae" in test:
        return f"MAE {test['mae']:.4g}", f"median {test['median_mae']:.4g}"
    accuracy = f"AUC {test['auc']:.3f}, accuracy {test['accuracy']:.3f}"
    return accuracy, f"majority {test['majority']:.3f}"


def _all(journeys: Sequence[Journey]) -> Iterator[str]:
    for one in journeys:
        guesses = one.drafted.get("guesses", [])
        if not guesses:
            continue
        yield f"**{one.table.name}** ({one.table.target})"
        yield ""
        by_sentence: dict[str, list[str]] = {}
        for guess in guesses:
            by_sentence.setdefault(guess["guess"], []).append(guess["field"])
        for sentence, fields in by_sentence.items():
            more = f" and {len(fields) - _SHOWN} more" if len(fields) > _SHOWN else ""
            names = ", ".join(f"`{name}`" for name in fields[:_SHOWN])
            yield f"* {names}{more}: {sentence}"
        yield ""


_SHOWN = 4
