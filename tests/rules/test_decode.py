from __future__ import annotations

from typing import Any

import pytest

from titanic_mlops.errors import RequestUnreadable
from titanic_mlops.rules.decode import decode_request


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('{"Pclass": 3}', {"Pclass": 3}),
        (b'{"Name": "\xc3\x85ge"}', {"Name": "Åge"}),
        (r'{"Name": "\ud83d\udea2"}', {"Name": "🚢"}),
        (" [1, 2.5, null, true] \n", [1, 2.5, None, True]),
        ("[" * 32 + "]" * 32, eval("[" * 32 + "]" * 32)),  # noqa: S307 brackets only
        ('[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
    ],
    ids=["object", "bytes", "a whole pair", "white space", "32 deep", "twice, apart"],
)
def test_json_is_decoded(text: str | bytes, document: object) -> None:
    assert decode_request(text) == document


UNREADABLE: dict[str, Any] = {
    "empty": "",
    "white space": " \n",
    "no JSON": "Pclass=3",
    "single quotes": "{'Pclass': 3}",
    "cut short": '{"Pclass": 3',
    "trailing garbage": '{"Pclass": 3} x',
    "two documents": '{"Pclass": 3}{"Pclass": 3}',
    "trailing comma": '{"Pclass": 3,}',
    "a field twice": '{"Pclass": 3, "Pclass": 1}',
    "a field twice, the same": '{"Pclass": 3, "Pclass": 3}',
    "a field twice, once escaped": r'{"Pclass": 3, "\u0050class": 3}',
    "a field twice, deep inside": '{"instances": [{"a": {"b": 1, "b": 2}}]}',
    "NaN": '{"Age": NaN}',
    "Infinity": '{"Age": Infinity}',
    "minus Infinity": '{"Age": -Infinity}',
    "a number of 5,000 digits": f'{{"Age": {"9" * 5000}}}',
    "33 lists deep": "[" * 33 + "]" * 33,
    "33 objects deep": '{"a":' * 33 + "1" + "}" * 33,
    "100,000 deep": "[" * 100_000,
    "no UTF-8": b'{"Name": "\xe5ge"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a byte order mark in text": "\ufeff{}",
    "UTF-16": '{"Pclass": 3}'.encode("utf-16"),
    "a lone surrogate": r'{"Name": "\ud800"}',
    "a lone surrogate in a name": r'{"\udfff": 1}',
    "a surrogate in UTF-8": b'{"Name": "\xed\xa0\x80"}',
    "a control character": '{"Name": "a\x01"}',
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_request_that_is_not_json_is_unreadable_and_not_echoed(name: str) -> None:
    with pytest.raises(RequestUnreadable) as refused:
        decode_request(UNREADABLE[name])
    assert refused.value.detail.endswith(".")
    assert "Pclass" not in refused.value.detail
    assert len(refused.value.detail) < 200


def test_a_byte_order_mark_is_named() -> None:
    with pytest.raises(RequestUnreadable, match=r"byte order mark; save it as UTF-8 without one"):
        decode_request(UNREADABLE["a byte order mark"])
