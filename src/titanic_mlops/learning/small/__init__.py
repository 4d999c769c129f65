"""Tables of 10 to 200 labelled rows: too few for trees, and for a holdout.

A linear model learns from all rows. It is judged by leaving out each split group once: a group is
predicted by weights that were fitted without it; encoders are kept, as they know no label. The
exams are those of the gate:

* Exam A is every row of today, with the answers of the champion's snapshot where it knows the
  record. It also holds the floors.
* Exam B is every row of the champion's snapshot, and of the anchor's. The rival's weights are
  fitted again on its own snapshot without the group, the challenger's on today's rows without it:
  neither has seen the answers, and a file cannot write those that it is judged by.

A challenger is rejected if it is worse beyond chance in any of them. Once a table has more than 200
rows, the champion's weights are fitted again on the rows of its snapshot that are in TRAIN, and
the usual gate compares it. A table that has shrunk to 200 rows, whose champion has trees, is left
to a person.
"""

from titanic_mlops.learning.small.judge import figures_left_out, judge_small, with_grown
from titanic_mlops.learning.small.left_out import as_records
from titanic_mlops.learning.small.train import (
    MAX_ROWS,
    MIN_ROWS,
    is_small,
    refuse_small,
    train_small,
)

__all__ = [
    "MAX_ROWS",
    "MIN_ROWS",
    "as_records",
    "figures_left_out",
    "is_small",
    "judge_small",
    "refuse_small",
    "train_small",
    "with_grown",
]
