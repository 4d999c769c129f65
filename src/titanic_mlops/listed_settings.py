"""Settings that are lists with commas; a fault names the setting and what it lists."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address
from re import fullmatch

from titanic_mlops.errors import SettingsInvalid


def listed_problems(name: str, listed: str) -> Iterator[str]:
    """Yield the names of the problems in a list with commas, each once."""
    names = [name.strip() for name in listed.split(",")] if listed else []
    for problem in dict.fromkeys(names):
        if not problem:
            raise SettingsInvalid(
                f"{name} is {listed!r}, which has an empty name; write the names of problems "
                "with a comma between them, like titanic,diamonds."
            )
        yield problem


def listed_origins(name: str, listed: str) -> Iterator[str]:
    """Yield the origins, each as a browser sends it: any other spelling would never match."""
    if not listed:
        return
    for origin in map(str.strip, listed.strip(" ,").split(",")):
        found = fullmatch(r"(https?)://[a-z0-9.-]+(:[1-9][0-9]*)?", origin)
        if not found or (found[1], found[2]) in {("http", ":80"), ("https", ":443")}:
            raise SettingsInvalid(
                f"{name} lists {origin or 'an empty origin'}; an origin is like "
                "https://example.com or http://localhost:4200: lower case, no path, no slash "
                "at the end, and no default port."
            )
        yield origin


def listed_hosts(setting: str, listed: str) -> Iterator[str]:
    """Yield the hosts in lower case, an IPv6 address without its brackets."""
    for host in map(str.strip, listed.strip(" ,").split(",") if listed else ()):
        name = host.lower().removeprefix("[").removesuffix("]")
        if not fullmatch(r"[a-z0-9._-]+", name) and not _is_ipv6(name):
            raise SettingsInvalid(
                f"{setting} lists {host or 'an empty host'}; a host is a name or an address, like "
                "my-laptop.local or 192.168.1.5: no scheme, no port, no path, no wildcard."
            )
        yield name


def _is_ipv6(name: str) -> bool:
    try:
        IPv6Address(name)
    except ValueError:
        return False
    return True
