"""What every platform does with a landed file, and what it reports where that fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests

from tests.wire.platform import WirePlatform, deployed, topic, wire_services
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.errors import NotFound, Rejected, TitanicMlopsError, Unavailable
from titanic_mlops.ledger import FINAL, Ledger
from titanic_mlops.messages import DeadLetter
from titanic_mlops.pipeline import looking
from titanic_mlops.pipeline.dead_letters import files_of
from titanic_mlops.pipeline.status import status_of
from titanic_mlops.platforms import Platform
from titanic_mlops.platforms.gcp.platform import open_cloud
from titanic_mlops.platforms.local.platform import open_local
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings
from titanic_mlops.tables.select import Page

TABLE = Path(__file__).parents[2] / "dataset" / "titanic.csv"
LINES = TABLE.read_bytes().splitlines(keepends=True)
ROWS = 8
FEW = b"".join(LINES[: ROWS + 1])
HALF_BAD = b"".join([*LINES[:21], *(line.replace(b"male", b"?") for line in LINES[1:21])])
SPEED = 20  # the queue's clock runs so many times faster than ours
LEARNS = ("landing", "ingestion_complete")


@dataclass(frozen=True)
class Served:
    """A platform; the same one with little patience; and what happens to it without a command."""

    here: Platform
    impatient: Platform
    losing: Callable[[], AbstractContextManager[None]]
    resume: Callable[[], None]


@pytest.fixture
def served(
    platform: str, titanic: Problem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    if platform == "local":
        yield served_locally(titanic, tmp_path)
        return
    with wire_services(titanic, tmp_path) as wire:
        for name, value in wire.environment.items():
            monkeypatch.setenv(name, value)
        with deployed("ingest_data", "train_model", "monitor_model") as addresses:
            yield served_by_functions(wire, titanic, addresses)


def served_locally(problem: Problem, folder: Path) -> Served:
    opened = open_local(Settings(folder / "home"), problem)
    begun = time.time()
    queue = SQLiteQueue(opened.queue._path, now=lambda: begun + SPEED * (time.time() - begun))
    here = replace(opened, queue=queue, ports=replace(opened.ports, bus=queue))

    @contextmanager
    def losing() -> Iterator[None]:
        yield
        queue.acknowledge(*queue.lease_many(most=100))

    return Served(here, here, losing, here.resume_unfinished)


def served_by_functions(wire: WirePlatform, problem: Problem, addresses: dict[str, str]) -> Served:
    cloud = Settings.from_env(wire.environment).cloud
    assert cloud is not None
    here = replace(open_cloud(cloud, problem), poll_seconds=0.05, dead_letter_seconds=0.2)
    subscribers = dict(zip(LEARNS, ("ingest_data", "train_model"), strict=True))

    def subscribe() -> None:
        for name, function in subscribers.items():
            wire.pubsub.topics[topic(name)].endpoints.append(addresses[function])

    @contextmanager
    def losing() -> Iterator[None]:
        for name in subscribers:
            wire.pubsub.topics[topic(name)].endpoints.clear()
        yield
        subscribe()

    def resume() -> None:
        assert requests.post(addresses["monitor_model"], timeout=60).status_code == 200

    subscribe()
    return Served(here, replace(here, stalled_seconds=0.2), losing, resume)


@pytest.fixture
def here(served: Served) -> Platform:
    return served.here


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Write a file to land."""

    def written(name: str, data: bytes = FEW) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return written


@contextmanager
def failing(error: TitanicMlopsError) -> Iterator[None]:
    """Let every append of staged rows fail."""

    def append(*_: object) -> None:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("titanic_mlops.pipeline.staging.append", append)
        yield


Write = Callable[..., Path]


def test_a_landed_file_is_loaded_and_final(here: Platform, write: Write) -> None:
    landed = here.land(write("few.csv"))
    entry = here.wait_until_final(landed.file_id)
    assert (entry.file_id, entry.file) == (landed.file_id, "titanic/few.csv")
    assert (entry.state, entry.accepted, entry.rejected) == ("done", ROWS, 0)
    found = here.ports.warehouse.query("SELECT COUNT(*) AS n FROM training_data").to_pylist()
    assert found == [{"n": ROWS}]
    assert here.dead_letters() == []


def test_a_landed_table_becomes_a_model_that_answers(here: Platform) -> None:
    assert here.wait_until_final(here.land(TABLE).file_id).state == "done"
    (answered,) = here.predict({"Pclass": 3, "Sex": "male", "SibSp": 1, "Parch": 0}).predictions
    found = here.ports.warehouse.query("SELECT uuid, model_version FROM predictions").to_pylist()
    assert found == [{"uuid": answered.uuid, "model_version": 1}]


def test_a_duplicate_is_waited_for_until_its_original_is_final(
    here: Platform, write: Write
) -> None:
    landed = [here.land(write(name)) for name in ("first.csv", "second.csv")]
    entries = [here.wait_until_final(entry.file_id) for entry in reversed(landed)]
    (duplicate,) = (entry for entry in entries if entry.state == "duplicate")
    original = Ledger(here.ports.storage, "titanic").get(duplicate.duplicate_of)
    assert original.state == "done"


def test_the_wait_for_a_duplicate_ends_after_its_original(here: Platform, write: Write) -> None:
    here.land(write("first.csv"))
    second = here.wait_until_final(here.land(write("second.csv")).file_id)
    if second.state == "duplicate":  # where functions run concurrently, it may be the original
        original = Ledger(here.ports.storage, "titanic").get(second.duplicate_of)
        assert original.state in FINAL


@pytest.mark.parametrize(
    ("name", "data", "state"),
    [
        ("bad.csv", HALF_BAD, "held"),
        ("zip.csv", b"PK\x03\x04" + bytes(60), "quarantined"),
        ("notes.txt", b"hello", "ignored"),
    ],
)
def test_a_file_that_is_not_loaded_is_final_too(
    name: str, data: bytes, state: str, here: Platform, write: Write
) -> None:
    entry = here.wait_until_final(here.land(write(name, data)).file_id)
    assert (entry.state, bool(entry.reason)) == (state, True)


@pytest.mark.parametrize(
    ("error", "deliveries"), [(Rejected("no such table"), 1), (Unavailable("the disk is full"), 5)]
)
def test_the_wait_ends_when_a_message_is_a_dead_letter(
    error: TitanicMlopsError, deliveries: int, here: Platform, write: Write
) -> None:
    with failing(error):
        landed = here.land(write("few.csv"))
        with pytest.raises(Unavailable, match=r"few\.csv is staged and its message is a dead lett"):
            here.wait_until_final(landed.file_id)
    (letter,) = here.dead_letters()
    assert letter.attempts == deliveries
    assert list(files_of(letter.message)) == [landed.file_id]


def test_a_replayed_dead_letter_loads_its_file(here: Platform, write: Write) -> None:
    letter = dead_letter_of(here, write("few.csv"))
    (entry,) = here.replay(letter)
    assert (entry.state, entry.accepted) == ("done", ROWS)
    assert here.dead_letters() == []


def test_a_file_with_a_dead_letter_is_not_resumed(served: Served, write: Write) -> None:
    letter = dead_letter_of(served.here, write("few.csv"))
    served.resume()
    (file_id,) = files_of(letter.message)
    with pytest.raises(Unavailable, match="dead letter"):
        served.here.wait_until_final(file_id)


def dead_letter_of(here: Platform, file: Path) -> DeadLetter:
    """Land a file whose step fails; return the dead letter."""
    with failing(Rejected("no such table")):
        landed = here.land(file)
        with pytest.raises(Unavailable):
            here.wait_until_final(landed.file_id)
    (letter,) = here.dead_letters()
    return letter


def test_the_wait_for_a_lost_message_ends_and_the_file_is_resumed(
    served: Served, write: Write
) -> None:
    with served.losing():
        landed = served.here.land(write("few.csv"))
    with pytest.raises(Unavailable, match=r"few\.csv .*received.* announces it again"):
        served.impatient.wait_until_final(landed.file_id)
    served.resume()
    assert served.here.wait_until_final(landed.file_id).state == "done"


def test_an_unknown_file_is_not_waited_for(here: Platform) -> None:
    with pytest.raises(NotFound):
        here.wait_until_final("0" * 64)


def test_a_platform_knows_where_it_is(served: Served) -> None:
    condition = served.here.condition()
    assert condition.place
    assert condition.faults == {}


def test_status_counts_what_is_landed_and_loaded(here: Platform, write: Write) -> None:
    here.wait_until_final(here.land(write("few.csv")).file_id)
    status = status_of(here.problem, here.ports)
    assert (status.champion, status.dead_letters, status.faults) == (None, 0, {})
    assert status.files == {"done": 1}
    assert (status.tables["training_data"], status.tables["rejected_rows"]) == (ROWS, 0)


def test_status_counts_a_dead_letter_once(here: Platform, write: Write) -> None:
    dead_letter_of(here, write("few.csv"))
    queue = here.condition().queue
    in_table = status_of(here.problem, here.ports).dead_letters
    assert in_table + (queue.dead if queue else 0) == 1


def test_a_page_and_a_select_read_the_loaded_rows(here: Platform, write: Write) -> None:
    here.wait_until_final(here.land(write("few.csv")).file_id)
    page = Page({"Sex": "female"}, ("PassengerId", "Sex"), limit=2, offset=1)
    found = looking.look_at("training_set", page, here.problem, here.ports)
    assert found == looking.Found(
        ("PassengerId", "Sex"), ((3, "female"), (4, "female")), more=False
    )
    counted = looking.select(
        "SELECT COUNT(*) AS n FROM accepted_rows", here.problem, here.ports, limit=1
    )
    assert (counted.rows, counted.more) == (((ROWS,),), False)
