from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from titanic_mlops.web.pages import PAGES, STATIC, read_page

NAMES = sorted(path.stem for path in PAGES.glob("*.html"))


def source_of(text: bytes) -> bytes:
    return b"'sha256-%b'" % b64encode(sha256(text).digest())


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_one_document_whose_policy_names_its_code(name: str) -> None:
    page = read_page(name)
    assert re.findall(rb'<script src|<link rel="stylesheet"|\sstyle=|\son\w+="', page.html) == []
    for tag in (b"script", b"style"):
        blocks = re.findall(rb"<%b>(.*?)</%b>" % (tag, tag), page.html, flags=re.DOTALL)
        assert blocks
        named = b" ".join(source_of(block) for block in blocks)
        assert b"%b-src %b;" % (tag, named) in page.policy


def test_every_static_file_is_on_a_page() -> None:
    on_pages = b"".join((PAGES / f"{name}.html").read_bytes() for name in NAMES)
    for path in STATIC.iterdir():
        assert f'"../static/{path.name}"'.encode() in on_pages


def test_a_second_page_is_a_file(tmp_path: Path) -> None:
    link = '<link rel="stylesheet" href="../static/style.css">'
    (tmp_path / "second.html").write_text(f"<!doctype html>{link}<p>Second</p>")
    page = read_page("second", tmp_path)
    style = b"\n" + (STATIC / "style.css").read_bytes()
    assert page.html == b"<!doctype html><style>" + style + b"</style><p>Second</p>"
    assert b"style-src " + source_of(style) in page.policy
    assert b"script-src 'none'" in page.policy
