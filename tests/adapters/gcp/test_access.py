"""Whether Google Cloud can be reached is known before its clients are loaded."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Event

import google.auth
import pytest
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError

from titanic_mlops.adapters.gcp import access
from titanic_mlops.adapters.gcp.access import require_credentials, require_services
from titanic_mlops.errors import Unavailable


@pytest.fixture
def listening() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def closed() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(autouse=True)
def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "getproxies", lambda: {"no": "*"})
    monkeypatch.setattr(access, "proxy_bypass", lambda _: False)


def test_services_that_listen_are_accepted(listening: str) -> None:
    require_services((f"http://{listening}", listening))


def test_each_unreachable_service_is_named(listening: str, closed: str) -> None:
    with pytest.raises(Unavailable, match="cannot be reached") as refused:
        require_services((f"http://{listening}", f"http://{closed}", closed))
    assert refused.value.detail.count(f"{closed} (Connection refused)") == 2
    assert listening not in refused.value.detail


def test_a_proxy_connects_in_our_place(closed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "getproxies", lambda: {"http": "http://proxy"})
    require_services((closed,))


def test_missing_credentials_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise DefaultCredentialsError("forty lines")  # type: ignore[no-untyped-call] # it has no types

    monkeypatch.setattr(google.auth, "default", none)
    with pytest.raises(Unavailable, match="gcloud auth application-default login"):
        require_credentials()


def test_a_search_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Event()
    monkeypatch.setattr(google.auth, "default", ended.wait)
    monkeypatch.setattr(access, "CREDENTIALS_SECONDS", 0.05)
    with pytest.raises(Unavailable, match="No credentials"):
        require_credentials()
    ended.set()


def test_found_credentials_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = AnonymousCredentials()  # type: ignore[no-untyped-call] # it has no types
    monkeypatch.setattr(google.auth, "default", lambda: (found, "project"))
    require_credentials()
