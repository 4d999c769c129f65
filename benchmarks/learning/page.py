"""The page with the results of a run; it has no date and no figure from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor, log10

from benchmarks.learning.exactness import Exactness
from benchmarks.learning.gate import EARLIER_SHARE, HONEST, Tally
from benchmarks.learning.gate_page import GateFindings, gate_section
from benchmarks.learning.markdown import markdown_table
from benchmarks.learning.quality import (
    COURSE,
    METRICS,
    OURS,
    REDUCED,
    REFERENCE,
    WHOLE,
    Measured,
    paired,
    spread,
)
from benchmarks.learning.table import HELD_OUT
from titanic_mlops.learning.training.fit import BACKGROUND_ROWS

COMMAND = "make bench-learning"
OTHERS = ("boosted trees", "forest")


@dataclass(frozen=True, slots=True)
class Findings:
    """The results of one run; `speed` is in seconds for one row."""

    splits: int
    measured: Mapping[str, Measured]
    exactness: Exactness
    shapley: float
    shapley_rows: int
    speed: Mapping[str, float]
    tally: Tally
    tried: GateFindings


def page(found: Findings) -> str:
    """Return the page as Markdown."""
    parts = [_head(found)]
    for way, measured in found.measured.items():
        parts += [f"### Held out: {way}", _figures(measured), _differences(measured, found.splits)]
    parts += [_exact(found), _fast(found.speed), _gate(found.tally)]
    parts.append(gate_section(found.tried, markdown_table))
    return "\n\n".join(parts) + "\n"


def _head(found: Findings) -> str:
    held_out = 100 * HELD_OUT
    widening = (1 + found.splits * HELD_OUT / (1 - HELD_OUT)) ** 0.5
    return f"""# How well it learns

One run of `{COMMAND}` measures every figure here and rewrites this page and its picture.
It makes {found.splits} splits of the public table, numbered from 0, with {held_out:.0f} % held out.
Each split is made twice: by rows at random, and by whole tickets, as the product splits, so that
no family is on both sides.

![Figures of every split, one dot each, and their mean](images/learning.svg)

## Against the course's pipeline

*{COURSE.capitalize()}*: Age, SibSp, Parch, Fare with medians for gaps, scaled; Sex, Embarked,
Pclass one-hot; a forest of 100 trees. It reads no optional column, so both kinds of rows are the
same to it. *{REFERENCE}*: boosted trees of depth 3 with scikit-learn's usual step, on our
inputs. *Ours*: the exported model, trained as the product trains it. Optional columns: Name,
Ticket, Cabin.

Mean (standard deviation) over the splits, then ours minus the other, split by split: mean ± plain
standard error, and on how many splits ours is better. The splits share rows, so the plain error
is too small to prove a difference; {widening:.1f} times that error is a conservative one
(Nadeau and Bengio 2003)."""


def _figures(measured: Measured) -> str:
    def row(model: str, rows: str) -> list[str]:
        arrays = [measured[model, rows, metric] for metric in METRICS]
        return [model, rows, *(f"{a.mean():.3f} ({spread(a):.3f})" for a in arrays)]

    lines = [row(model, rows) for rows in (WHOLE, REDUCED) for model in (COURSE, REFERENCE, OURS)]
    return markdown_table(["model", "rows", *METRICS], lines)


def _differences(measured: Measured, splits: int) -> str:
    def cell(other: str, rows: str, metric: str) -> str:
        pair = paired(measured, other, rows, metric)
        equal = f", {pair.equal} equal" if pair.equal else ""
        return f"{pair.mean:+.4f} ± {pair.error:.4f}; {pair.ahead}/{splits}{equal}"

    lines = [
        [f"ours minus {other}", rows, *(cell(other, rows, metric) for metric in METRICS)]
        for rows in (WHOLE, REDUCED)
        for other in (COURSE, REFERENCE)
    ]
    return markdown_table(["difference", "rows", *METRICS], lines)


def _exact(found: Findings) -> str:
    exact = found.exactness
    lines = [
        ["served score, from scikit-learn's `decision_function`", exact.rows, _order(exact.score)],
        ["labels that differ", exact.rows, exact.labels],
        ["baseline + contributions, from the score", exact.rows, _order(exact.total)],
        [
            "contributions, from their definition over all subsets of columns",
            found.shapley_rows,
            _order(found.shapley),
        ],
    ]
    return f"""## Exactness

The largest difference over all held-out rows of all splits, whole and without the optional
columns. The definition is computed through scikit-learn's estimator, with one player per column
and {BACKGROUND_ROWS} training rows as the background.

{markdown_table(["what", "rows", "largest difference"], lines)}"""


def _fast(speed: Mapping[str, float]) -> str:
    lines = [
        [name, f"under {_at_most(speed[name] * 1e6)} µs"]
        + [f"over {_at_least(speed[o] / speed[name])} times" for o in OTHERS]
        for name in ("score", "score and reasons")
    ]
    head = ["one row in process", "time", "boosted pipeline takes", "the course's pipeline takes"]
    return f"""## Speed

Medians over rounds in which the models alternate, as bounds, because machines differ; the run
prints the figures. For comparison: scikit-learn's `predict_proba` of a one-row pandas frame,
through the course's preparation, with boosted trees of our number and depth, and with the
course's forest.

{markdown_table(head, lines)}"""


def _gate(tally: Tally) -> str:
    earlier = 100 * EARLIER_SHARE
    promoted = [[kind, f"{n}/{tally.judged}"] for kind, n in tally.promoted.items()]
    failures = [
        [name, f"{n}/{tally.judged}"] for name, n in _by_count(tally.failed_by.get(HONEST, {}))
    ]
    return f"""## The gate

The holdout is the whole tickets of above; the champion was trained on {earlier:.0f} % of the
training tickets, an earlier state of the table. An honest refresh is not always better on
{tally.rows} held-out rows, so the gate rejects some of them until more rows arrive. The gate must
reject the last three challengers.

{markdown_table(["challenger", "promoted"], promoted)}

Checks that the honest refreshes failed (one challenger may fail several; `reduced` is the
holdout without the optional columns):

{markdown_table(["check", "failed"], failures or [["none", f"0/{tally.judged}"]])}"""


def _by_count(counted: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    yield from sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))


def _order(difference: float) -> str:
    """Return the power of ten above a rounding difference; library versions change the digits."""
    return "0" if difference == 0 else f"under 1e{floor(log10(difference)) + 1}"


def _at_most(microseconds: float) -> int:
    """Return the next multiple of 20, so that a rerun writes the same page."""
    return ceil(microseconds / 20) * 20


def _at_least(ratio: float) -> int:
    """Return the power of 100 below, for the same reason."""
    return int(100 ** floor(log10(ratio) / 2))
