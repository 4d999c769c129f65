"""`titanic-mlops erase`: an erased name is in no file of a home but the landed ones."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.commands import ROOT, run_here

CANARY = "Canary, Miss. Yellow"


def files_with(home: Path, text: str) -> list[str]:
    return [
        path.relative_to(home).as_posix()
        for path in sorted(home.rglob("*"))
        if path.is_file() and text.encode() in path.read_bytes()
    ]


def test_an_erased_name_is_in_no_file_but_the_landed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = {"TITANIC_MLOPS_HOME": str(home)}
    table = (ROOT / "dataset" / "titanic.csv").read_text(encoding="utf-8")
    landed = tmp_path / "canary.csv"
    landed.write_text(f'{table}5000,1,1,"{CANARY}",female,30,0,0,C 1,20,,S\n', encoding="utf-8")
    rejected = tmp_path / "rejected.csv"
    header = table.splitlines()[0]
    rejected.write_text(f'{header}\n5000,1,1,"{CANARY}",female,130,0,0,C 1,20,,S\n')
    assert run_here(["ingest", landed], env).status == 0
    run_here(["ingest", rejected], env)
    asked = {"Pclass": 1, "Sex": "female", "Age": 30, "SibSp": 0, "Parch": 0, "Fare": 20}
    run_here(["predict", json.dumps({**asked, "Name": CANARY})], env)
    assert files_with(home, CANARY) != []

    done = run_here(["erase", "5000", "--why", "asked", "--json"], env).json

    names = [file["file"] for file in done["landed"]]
    assert files_with(home, CANARY) == [f"landing/{name}" for name in names]
    assert (done["accepted"], done["rejected"], done["predictions"]) == (1, 1, 1)
    again = run_here(["erase", "5000", "--why", "asked"], env)
    assert "0 accepted, 0 rejected" in again.out
    assert "is kept until you delete it" in again.out
    assert run_here(["models", "list", "--json"], env).json[0]["damaged"] is None
