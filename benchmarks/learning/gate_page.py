"""The part of the page on files that try the gate: attacks, honest files, the best adversary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.learning import ratchet, refreshes
from benchmarks.learning.attacks import COSTLY, AttackTally
from benchmarks.learning.refreshes import Refresh

Table = Callable[[Sequence[str], Iterable[Sequence[object]]], str]
STATES = ("held", "refused", "rejected", "promoted")


@dataclass(frozen=True, slots=True)
class GateFindings:
    """What came of files that spoil, of honest files, and of many rounds of an adversary."""

    splits: int
    attacks: Mapping[str, AttackTally]
    refreshes: Sequence[Refresh]
    losses: Sequence[float]
    honest_files: Sequence[str]
    """Why each honest file was held, "" if it was not."""


def gate_section(found: GateFindings, table: Table) -> str:
    """Return the section as Markdown."""
    attacks = [[name, *_counts(tally)] for name, tally in found.attacks.items()]
    head = ["file", *STATES, "mean loss of AUC", f"cost over {COSTLY}"]
    sizes = f"{min(refreshes.FILE_ROWS)} to {max(refreshes.FILE_ROWS)}"
    held = sum(map(bool, found.honest_files))
    honest = ["champion's rows", "held-out rows", "file", "promoted", "mean gain of AUC"]
    rounds = f"over {ratchet.ROUNDS} rounds, {len(found.losses)} splits"
    return f"""## Files that would spoil the model

{found.splits} splits; a fifth of the tickets is kept aside, so that no file holds them, and gives
the true AUC. The platform serves a champion of the other rows; then one file arrives. It is held
before it is loaded, or the training is refused, or the gate rejects the challenger, or promotes it;
the loss is that of promoted challengers.

{table(head, attacks)}

Of {len(found.honest_files):,} honest files of {sizes} rows, known and new, held: {held}.

Honest files after a smaller champion. The gain is that of promoted challengers.

{table(honest, refreshes.summary(found.refreshes))}

An adversary that knows the salt, all rows and the true quality sends, in each round, the file
whose promotion costs most; its loss is that of the champion since the start.

{table(["true AUC lost " + rounds, "found", "limit"], ratchet.summary(found.losses))}"""


def _counts(tally: AttackTally) -> list[object]:
    loss = f"{tally.mean_loss:+.3f}" if tally.losses else ""
    return [*(tally.states.get(state, 0) for state in STATES), loss, tally.costly]
