"""The part of the page on every problem, beside the learners that people would pick."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.learning.markdown import markdown_table
from benchmarks.learning.problems import diamonds, peers
from benchmarks.learning.problems.bars import bars, size_classes
from benchmarks.learning.problems.contest import ACCURACY, AUC, LOG_LOSS, MAE, OURS, TREES
from benchmarks.learning.problems.measure import (
    AUTHORS,
    CONSTANT,
    CONTESTS,
    DEFAULT,
    FILMS,
    FILMS_SILENT,
    FILMS_TIMELESS,
    Met,
    ProblemFindings,
)
from benchmarks.learning.quality import spread, standard_error
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.training.lesson import DEFAULT_STEPS, PROOF_ERRORS

TITLE = "# Every problem, beside other learners"
HIGHER_IS_BETTER = (AUC, ACCURACY)
PROVEN = 2.0
"""Standard errors above which a mean difference is named a gain."""
_AUTHORS, _CONSTANT = AUTHORS.capitalize(), CONSTANT.capitalize()


def section(found: ProblemFindings) -> str:
    """Return the section as Markdown."""
    return "\n\n".join([_head(found), *_diamonds(found), *_films(found), *_few(found)]) + "\n"


def _head(found: ProblemFindings) -> str:
    leaves, rows, depths = map(_either, (peers.LEAVES, peers.LEAF_ROWS, peers.DEPTHS))
    head = ["bar", "found", "limit", "reached"]
    return f"""{TITLE}

{found.splits} splits of each table, by hash of the split group: 70 % to fit, 10 % (VALIDATION) to
choose how long, 20 % to measure. *Ours* is the served artefact, trained as the product trains it.
*LightGBM* and *CatBoost* read the inputs of our encoder, learn with a step of {peers.STEP}, stop
after {peers.PATIENCE} rounds without a better loss on VALIDATION, and are tuned there: {leaves}
leaves of at least {rows} rows; depth {depths}. Mean (standard deviation) over the splits, then
ours minus the other: mean ± plain standard error, and on how many splits ours is better.

![Figures of every split, one dot each, and their mean](images/learning-problems.svg)

{markdown_table(head, [bar.cells for bar in bars(found)])}"""


def _diamonds(found: ProblemFindings) -> Iterator[str]:
    met = found.met["diamonds"]
    trees, size = met.special[TREES], met.special[diamonds.MEGABYTES]
    lines = [
        [name, *(f"{value:.3f}" for value in (each.mean(), each.min(), each.max()))]
        for name in (diamonds.COVERED, *size_classes(met))
        for each in [met.special[name]]
    ]
    yield f"""## Diamonds

{met.table}. *{_AUTHORS}*: a linear model of the logarithm of the price, on
weight, length and one-hot cut, colour and clarity. *{_CONSTANT}*: the median. MAE is in dollars."""
    yield _contest("diamonds", met)
    yield f"""The 90 % interval comes from out-of-fold residuals of the logarithm, by size. Share of
the held-out prices that it holds:

{markdown_table(["stones", "mean", "least of a split", "most of a split"], lines)}

Trees, found on VALIDATION: {trees.min():.0f} to {trees.max():.0f}. Artefact: {size.min():.1f} to
{size.max():.1f} MB."""


def _films(found: ProblemFindings) -> Iterator[str]:
    yield f"""## Films

{found.met[FILMS].table}. *{_AUTHORS}*: a logistic regression on TF-IDF of title
and genres, the same in all three tables. *{_CONSTANT}*: the share of well rated films."""
    told = {
        FILMS: "Genres, year and the words of the title, as declared:",
        FILMS_SILENT: "Genres and year:",
        FILMS_TIMELESS: "Genres and the words of the title:",
    }
    for name, words in told.items():
        yield f"{words}\n\n{_contest(name, found.met[name])}"
    yield _on_words(found)


def _on_words(found: ProblemFindings) -> str:
    spoken, silent = found.met[FILMS].figures, found.met[FILMS_SILENT].figures
    rank = spoken[OURS, AUC] - silent[OURS, AUC]
    loss = spoken[OURS, LOG_LOSS] - silent[OURS, LOG_LOSS]
    gains = max(rank.mean() - _noise(rank), -loss.mean() - _noise(loss)) > 0
    verdict = "help" if gains else "add nothing to the quality; they are there for the reasons"
    return f"""The words of the title {verdict}: with them
the AUC differs by {_difference(rank)} and the log-loss by {_difference(loss)}."""


def _few(found: ProblemFindings) -> Iterator[str]:
    few, met = found.salary, found.met["titanic"]
    errors = [[name, f"{error:,.0f}"] for name, error in few.errors.items()]
    yield f"""## Salary

30 rows. Each is predicted by a model that was fitted without it. The boosted trees stop on a fifth
of the other rows. Ours is the line {few.intercept:,.2f} + {few.slope:,.2f} · years. Its 90 %
interval (jackknife+) holds {few.coverage:.3f} of new rows over {few.draws:,} simulated tables of
30 rows: years of the table, salaries of its line with normal errors.

{markdown_table(["model", f"leave-one-out {MAE}"], errors)}"""
    trees = met.special[TREES]
    chosen = int((trees != DEFAULT_STEPS).sum())
    yield f"""## Titanic

{met.table}, whole tickets, all columns. *{_AUTHORS}*: the course's
pipeline. *{_CONSTANT}*: the share of survivors. *{DEFAULT.capitalize()}*: ours, but VALIDATION does
not choose their number; where it does, it keeps {DEFAULT_STEPS} unless another number is better by
{PROOF_ERRORS} standard errors, which was so on {chosen} of {len(trees)} splits.

{_contest("titanic", met)}"""


def _contest(name: str, met: Met) -> str:
    metrics = CONTESTS[name].metrics
    models = [OURS, *CONTESTS[name].rivals]
    figures = [[model, *(_mean(met.figures[model, m], m) for m in metrics)] for model in models]
    differences = [
        [f"ours minus {model}", *(_pair(met, model, m) for m in metrics)] for model in models[1:]
    ]
    return "\n\n".join(
        [
            markdown_table(["model", *metrics], figures),
            markdown_table(["difference", *metrics], differences),
        ]
    )


def _pair(met: Met, model: str, metric: str) -> str:
    difference = met.figures[OURS, metric] - met.figures[model, metric]
    better = difference > 0 if metric in HIGHER_IS_BETTER else difference < 0
    return f"{_difference(difference, metric)}; {int(better.sum())}/{len(difference)}"


def _noise(values: Floats) -> float:
    return PROVEN * standard_error(values)


def _difference(values: Floats, metric: str = "") -> str:
    digits = 0 if metric == MAE else 4
    return f"{values.mean():+.{digits}f} ± {standard_error(values):.{digits}f}"


def _mean(values: Floats, metric: str) -> str:
    digits = 0 if metric == MAE else 4
    return f"{values.mean():.{digits}f} ({spread(values):.{digits}f})"


def _either(some: Iterable[object]) -> str:
    *first, last = map(str, some)
    return f"{', '.join(first)} or {last}"
