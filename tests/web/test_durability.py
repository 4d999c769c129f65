"""The queue's file disappears or breaks under a running server: 503, never a lost record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.local.test_queue_integrity import (
    Harm,
    overwrite,
    remove,
    remove_all,
    replace_by_another,
    truncate,
)
from tests.web.conftest import RECORD, Served


@pytest.mark.parametrize("harm", [remove, replace_by_another], ids=lambda harm: harm.__name__)
def test_a_queue_that_vanished_is_503_once(
    harm: Harm, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    assert served.post(RECORD).status == 200
    harm(served.home / "titanic.queue.sqlite")
    refused = served.post(RECORD)
    assert refused.status == 503
    assert refused.headers["retry-after"] == "5"
    assert "prediction" not in refused.json
    assert str(served.home) not in refused.body.decode()
    assert "titanic.queue.sqlite: the file was removed or replaced" in caplog.text
    answer = served.post(RECORD)
    assert answer.status == 200
    assert answer.json["uuid"] in [record["uuid"] for record in served.records()]


@pytest.mark.parametrize("harm", [truncate, overwrite, remove_all], ids=lambda harm: harm.__name__)
def test_every_answer_has_a_record_that_readers_find(harm: Harm, served: Served) -> None:
    batch = {"instances": [RECORD] * 200}
    for _ in range(10):
        assert served.post(batch).status == 200
    harm(served.home / "titanic.queue.sqlite")
    answers = [served.post(RECORD) for _ in range(4)]
    assert {answer.status for answer in answers} <= {200, 503}
    answered = {answer.json["uuid"] for answer in answers if answer.status == 200}
    assert not answered or answered <= {record["uuid"] for record in served.records()}


def test_a_damaged_queue_is_503_until_it_is_moved(served: Served) -> None:
    path: Path = served.home / "titanic.queue.sqlite"
    path.write_bytes(b"no queue" * 1000)
    assert [served.post(RECORD).status for _ in range(2)] == [503, 503]
    path.rename(path.with_name("damaged"))
    assert served.post(RECORD).status == 200
    assert served.recorded() == 1
