"""Whether Google Cloud can be reached is known before its clients are loaded."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread

import google.auth
import pytest
from flask import Flask
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError

from tests.wire.serving import serving
from titanic_mlops.adapters.gcp import access
from titanic_mlops.adapters.gcp.access import require_access
from titanic_mlops.errors import Unavailable


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the address of a server whose connections the kernel accepts, and nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def answering() -> Iterator[str]:
    with serving(Flask("answering")) as address:
        yield address.removeprefix("http://")


@pytest.fixture
def closed() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(autouse=True)
def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "getproxies", lambda: {"no": "*"})
    monkeypatch.setattr(access, "proxy_bypass", lambda _: False)


@pytest.fixture
def refusing() -> Iterator[str]:
    """Return the address of a server that closes each connection, as gRPC does to HTTP/1.1."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def close() -> None:
            with suppress(OSError):
                while True:
                    server.accept()[0].close()

        Thread(target=close, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def require_services(*addresses: str) -> None:
    require_access(addresses, credentials=False)


def require_credentials() -> None:
    require_access((), credentials=True)


def test_services_that_answer_are_accepted(answering: str, refusing: str) -> None:
    require_services(f"http://{answering}", answering, refusing, f"https://{answering}")


def test_each_unreachable_service_is_named(answering: str, closed: str) -> None:
    with pytest.raises(Unavailable, match="cannot be reached") as refused:
        require_services(f"http://{answering}", f"http://{closed}", closed)
    assert refused.value.detail.count(f"{closed} (Connection refused)") == 2
    assert answering not in refused.value.detail


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_service_that_never_answers_is_named(
    silent: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "ACCESS_SECONDS", 0.2)
    with pytest.raises(Unavailable, match=rf"{silent} \(no answer\)"):
        require_services(f"{scheme}://{silent}")


def test_a_proxy_connects_in_our_place(closed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "getproxies", lambda: {"http": "http://proxy"})
    require_services(closed)


def test_missing_credentials_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise DefaultCredentialsError("forty lines")  # type: ignore[no-untyped-call] # it has no types

    monkeypatch.setattr(google.auth, "default", none)
    with pytest.raises(Unavailable, match="gcloud auth application-default login"):
        require_credentials()


def test_a_search_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Event()
    monkeypatch.setattr(google.auth, "default", ended.wait)
    monkeypatch.setattr(access, "ACCESS_SECONDS", 0.05)
    with pytest.raises(Unavailable, match="No credentials"):
        require_credentials()
    ended.set()


def test_found_credentials_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = AnonymousCredentials()  # type: ignore[no-untyped-call] # it has no types
    monkeypatch.setattr(google.auth, "default", lambda: (found, "project"))
    require_credentials()
