"""Bytes that come in awkward segments: limits hold, and no request changes another's answer."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

from tests.web.conftest import Served
from tests.web.http1 import Answer, Wire, wire_to
from titanic_mlops.rules.limits import MAX_HEAD_BYTES, MAX_TRAILER_BYTES

PAUSE = 0.05
"""Seconds between two segments, so that the server reads them one by one."""
BODY = json.dumps({"Pclass": 3, "Sex": "male", "SibSp": 1, "Parch": 0}).encode()
LINE = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
POST = LINE + LENGTH + b"\r\n" + BODY
CHUNKED = LINE + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)
GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def wire(served: Served) -> Iterator[Wire]:
    with wire_to(served.port) as connected:
        connected._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connected


def send_apart(wire: Wire, segments: Sequence[bytes]) -> None:
    for segment in segments:
        wire.send(segment, PAUSE)


def split(data: bytes, *before: bytes) -> list[bytes]:
    """Return `data` in segments, each later one beginning at the next of some texts."""
    places = [0, *(data.index(text) for text in before), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


UPGRADES = {
    "h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAE\r\n",
    "websocket": b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
}


@pytest.mark.parametrize("offer", UPGRADES)
@pytest.mark.parametrize(
    "before", [(), (b"grade: ",), (b"\r\nUpgrade",), (b"grade: ", b'"Sex"')], ids=len
)
def test_an_offered_upgrade_changes_no_answer(
    offer: str, before: tuple[bytes, ...], wire: Wire, served: Served
) -> None:
    data = LINE + UPGRADES[offer] + LENGTH + b"\r\n" + BODY
    send_apart(wire, split(data + GET, *before))
    assert wire.receive().json["prediction"] in {0, 1}
    assert wire.receive().json == {"status": "ok"}
    assert served.recorded() == 1


def test_a_body_may_hold_the_word_upgrade(wire: Wire) -> None:
    body = b'{"Pclass":3,\r\nupgrade: 1}'
    wire.send(LINE + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert "line 2, column 1" in wire.receive().json["detail"]


BEHIND = {
    "garbage": b"\x00\xff garbage\r\n\r\n",
    "an unknown method": b"BREW /pot HTTP/1.1\r\n\r\n",
    "a chunk without a size": CHUNKED + b"zz\r\n",
    "a head too large": b"GET / HTTP/1.1\r\nX-Long: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n",
}


@pytest.mark.parametrize("posts", [1, 2])
@pytest.mark.parametrize("kind", BEHIND)
def test_malformed_bytes_leave_the_answers_before(
    kind: str, posts: int, wire: Wire, served: Served
) -> None:
    wire.send(POST * posts + BEHIND[kind])
    answers = [wire.receive() for _ in range(posts)]
    assert [answer.status for answer in answers] == [200] * posts
    assert [row["uuid"] for row in served.records()] == [one.json["uuid"] for one in answers]
    refused = wire.receive()
    assert refused.status in {400, 405, 431}
    assert refused.headers["connection"] == "close"


def test_garbage_behind_a_post_that_closes_is_discarded(wire: Wire, served: Served) -> None:
    closing = LINE + b"Connection: close\r\n" + LENGTH + b"\r\n" + BODY
    wire.send(closing + BEHIND["garbage"])
    assert wire.receive().status == 200
    assert served.recorded() == 1


def head(size: int) -> bytes:
    """Return a whole head of some size."""
    start = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Long: "
    return start + b"a" * (size - len(start) - 4) + b"\r\n\r\n"


@pytest.mark.parametrize("segments", [1, 2, 5])
@pytest.mark.parametrize("surplus", [0, 1, 1000])
def test_the_size_of_a_head_counts_not_its_segments(
    surplus: int, segments: int, wire: Wire
) -> None:
    whole = head(MAX_HEAD_BYTES + surplus)
    step = -(-len(whole) // segments)
    send_apart(wire, [whole[at : at + step] for at in range(0, len(whole), step)])
    assert wire.receive().status == (431 if surplus else 200)


def test_a_body_before_it_makes_no_head_too_large(wire: Wire) -> None:
    body = b" " * 60_000 + BODY
    post = LINE + b"Content-Length: %d\r\n\r\n" % len(body) + body
    long = head(10_000)
    wire.send(post[:100], PAUSE, post[100:] + long[:9000], PAUSE, long[9000:])
    assert [wire.receive().status for _ in range(2)] == [200, 200]


def trailers(size: int) -> bytes:
    return b"X-Long: " + b"a" * (size - 10) + b"\r\n"


@pytest.mark.parametrize(
    ("behind", "status"),
    [
        ([trailers(MAX_TRAILER_BYTES) + b"\r\n"], 200),
        ([trailers(MAX_TRAILER_BYTES + 1) + b"\r\n"], 431),
        ([trailers(100) * 82 + b"\r\n"], 431),
        ([trailers(5000), trailers(5000) + b"\r\n"], 431),
        ([b"X-Long: " + b"a" * 5000, b"a" * 5000], 431),
    ],
    ids=["at the limit", "one", "many", "in two segments", "without end"],
)
def test_trailers_have_a_limit(behind: Sequence[bytes], status: int, wire: Wire) -> None:
    wire.send(CHUNKED + CHUNK, PAUSE)
    send_apart(wire, behind)
    assert wire.receive().status == status


def test_trailers_are_no_headers(wire: Wire, served: Served) -> None:
    spoiled = b"Idempotency-Key: a b\r\nContent-Type: text/plain\r\nHost: zanzibar.example\r\n\r\n"
    wire.send(CHUNKED + CHUNK + spoiled + GET)
    answers: list[Answer] = [wire.receive(), wire.receive()]
    assert [answer.status for answer in answers] == [200, 200]
    assert served.recorded() == 1


def test_small_chunks_are_no_trailers(wire: Wire) -> None:
    chunks = b"".join(b"1;extension=%b\r\n%c\r\n" % (b"x" * 500, byte) for byte in BODY)
    wire.send(CHUNKED + chunks + b"0\r\n\r\n")
    assert wire.receive().status == 200
