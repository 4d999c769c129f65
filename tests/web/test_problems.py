"""Several problems behind one address, over a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.invented_problem import PROBLEM as FLATS
from tests.web.conftest import JSON, Served, application_on, serving
from titanic_mlops.platforms.serving import open_application
from titanic_mlops.settings import Settings
from titanic_mlops.web.access import LOOPBACK_HOSTS
from titanic_mlops.web.problems import Problems

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PASSENGER = {"Pclass": 3, "Sex": "male", "SibSp": 0, "Parch": 0}


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    """Serve the Titanic, which has a champion, and flats, which have none."""
    flats = open_application(Settings(home), FLATS, hosts=LOOPBACK_HOSTS)
    both = {"titanic": application_on(home), "flats": flats}
    with serving(Problems(both, "titanic"), home) as running:
        yield running


def test_a_problem_answers_below_its_name_and_the_default_at_the_root(served: Served) -> None:
    for path in ("/", "/titanic/"):
        answer = served.post(PASSENGER, path)
        assert (answer.status, answer.json["model_version"]) == (200, 1)


def test_a_problem_without_a_model_answers_503_for_itself_alone(served: Served) -> None:
    answer = served.post({"area": 50, "heating": "gas"}, "/flats/")
    assert answer.status == 503
    assert served.get("/titanic/ready").status == served.get("/ready").status == 200
    assert served.get("/flats/ready").status == 503


def test_every_route_of_a_problem_is_its_own(served: Served) -> None:
    assert served.get("/flats/version").json["problem"] == "flats"
    assert served.get("/version").json["problem"] == "titanic"
    document = served.get("/flats/openapi.json").json
    assert (document["info"]["title"], document["servers"]) == (FLATS.title, [{"url": "/flats"}])
    assert "servers" not in served.get("/openapi.json").json
    links = served.get("/flats/").json["links"]
    assert links["predict"] == "/flats/"
    assert served.get(links["openapi"]).status == 200


def test_a_browser_gets_the_index_and_a_program_the_default_problem(served: Served) -> None:
    page = served.get("/", **BROWSER)
    assert (page.headers["content-type"], page.status) == ("text/html; charset=utf-8", 200)
    assert b"index.js" not in page.body
    assert b'id="problems"' in page.body
    assert served.get("/").json["problem"] == "titanic"
    form = served.get("/flats/", **BROWSER)
    assert b"<form" in form.body


def test_the_list_names_every_problem(served: Served) -> None:
    listed = served.get("/problems").json["problems"]
    assert [(one["problem"], one["path"], one["model_version"]) for one in listed] == [
        ("titanic", "/titanic/", 1),
        ("flats", "/flats/", None),
    ]


def test_one_problem_alone_shows_its_form_at_the_root(home: Path) -> None:
    with serving(Problems({"titanic": application_on(home)}, "titanic"), home) as running:
        assert b"<form" in running.get("/", **BROWSER).body


def test_a_name_without_a_slash_leads_to_the_folder(served: Served) -> None:
    answer = served.get("/flats?explain=true")
    assert (answer.status, answer.headers["location"]) == (308, "/flats/?explain=true")
    refused = served.post({}, "/flats")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")
    assert "/flats/" in refused.json["detail"]


@pytest.mark.parametrize("path", ["/flat/", "/flats/nothing", "//flats/", "/problems/"])
def test_another_path_is_answered_404(served: Served, path: str) -> None:
    assert served.get(path).status == 404


@pytest.mark.parametrize("path", ["/", "/problems", "/flats", "/flats/"])
def test_a_foreign_host_is_refused_everywhere(served: Served, path: str) -> None:
    answer = served.request("GET", path, headers={"Host": "evil.example", **BROWSER})
    assert answer.status == 421


def test_responses_of_the_index_have_cors_headers(served: Served) -> None:
    for path in ("/problems", "/flats"):
        assert served.get(path).headers["access-control-allow-origin"] == "*"
    body = json.dumps(PASSENGER).encode()
    assert served.request("POST", "/problems", body, JSON).status == 405
