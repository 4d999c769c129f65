"""The programs inside the workflows, run as GitHub's machines run them, with a stand-in outside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

GITHUB = Path(__file__).parents[2] / ".github"
NO_MODEL = {
    "status": 503,
    "detail": "No model has been promoted yet. Upload a labelled file, then retry.",
}
MARK = "<!-- terraform plan -->"


def needing(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"there is no {', '.join(missing)} to run it")


@dataclass
class Outside:
    """The endpoint and the service that makes identity tokens, on one port."""

    answers: list[tuple[int, dict[str, Any]]]
    """What `/ready` says, one after the other; the last one from then on."""
    asked: list[str] = field(default_factory=list)
    audiences: list[str] = field(default_factory=list)
    url: str = ""

    def ready(self, authorization: str) -> tuple[int, dict[str, Any]]:
        self.asked.append(authorization)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def outside(*answers: tuple[int, dict[str, Any]]) -> Iterator[Outside]:
    state = Outside(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/ready"
            token = self.headers.get("Authorization", "")
            self.reply(*(state.ready(token) if found else (404, {})))

        def do_POST(self) -> None:
            assert self.headers["Authorization"] == "Bearer an-access-token"
            assert self.path == "/accounts/apply@p:generateIdToken"
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.audiences.append(asked["audience"])
            self.reply(200, {"token": "an-identity"})

        def reply(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 its own name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def smoke(tmp_path: Path, urls: dict[str, str], **env: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "urls.json").write_text(json.dumps(urls), encoding="utf-8")
    return run(
        [GITHUB / "smoke", tmp_path / "urls.json"],
        {"SMOKE_TRIES": "3", "SMOKE_PAUSE_SECONDS": "0", **env},
    )


def run(
    command: list[Path | str], env: dict[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", **env},
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


@needing("bash", "curl", "jq")
def test_an_endpoint_with_a_model_passes(tmp_path: Path) -> None:
    with outside((200, {"status": "ready"})) as world:
        done = smoke(tmp_path, {"titanic": world.url + "/"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "titanic: ready.\n"
    assert world.asked == [""]


@needing("bash", "curl", "jq")
def test_an_endpoint_without_a_model_passes_and_says_so(tmp_path: Path) -> None:
    with outside((503, NO_MODEL)) as world:
        done = smoke(tmp_path, {"titanic": world.url})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::notice" in done.stdout


@needing("bash", "curl", "jq")
def test_an_endpoint_that_needs_a_moment_is_asked_again(tmp_path: Path) -> None:
    with outside((403, {}), (503, {"detail": "starting"}), (200, {})) as world:
        done = smoke(tmp_path, {"titanic": world.url})
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(world.asked) == 3


@needing("bash", "curl", "jq")
@pytest.mark.parametrize("answer", [(503, {"detail": "The model cannot be loaded"}), (403, {})])
def test_an_endpoint_that_stays_ill_fails_and_its_answer_is_shown(
    tmp_path: Path, answer: tuple[int, dict[str, Any]]
) -> None:
    with outside(answer) as world:
        done = smoke(tmp_path, {"titanic": world.url})
    assert done.returncode == 1
    assert f"gave {answer[0]} 3 times" in done.stdout
    assert json.dumps(answer[1]) in done.stdout


@needing("bash", "curl", "jq")
def test_every_problem_is_asked_and_the_one_that_is_ill_is_named(tmp_path: Path) -> None:
    with outside((200, {})) as well, outside((500, {})) as ill:
        done = smoke(tmp_path, {"houses": well.url, "titanic": ill.url})
    assert done.returncode == 1
    assert "houses: ready." in done.stdout
    assert "titanic: GET" in done.stdout


@needing("bash", "curl", "jq")
def test_no_endpoint_at_all_is_a_fault(tmp_path: Path) -> None:
    done = smoke(tmp_path, {})
    assert done.returncode == 1
    assert "names no endpoint" in done.stdout


@needing("bash", "curl", "jq")
def test_a_private_endpoint_gets_an_identity_for_its_service(tmp_path: Path) -> None:
    with outside((200, {})) as world:
        done = smoke(
            tmp_path,
            {"titanic": world.url + "/"},
            ACCESS_TOKEN="an-access-token",  # noqa: S106 no token of anybody
            ACCOUNT="apply@p",
            IDENTITIES_URL=world.url + "/accounts",
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert world.audiences == [world.url]
    assert world.asked == ["Bearer an-identity"]
    assert "an-identity" not in done.stdout + done.stderr


@needing("bash", "curl", "jq")
def test_the_root_is_given_the_bucket_and_the_settings(tmp_path: Path) -> None:
    done, root = configure(tmp_path, STATE_BUCKET="a-state", VARIABLES='{"access": "public"}')
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "terraform init -no-color\n"
    assert json.loads((root / "repository.auto.tfvars.json").read_text()) == {"access": "public"}
    assert 'bucket = "a-state"' in (root / "backend_override.tf").read_text()


@needing("bash", "jq")
@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"STATE_BUCKET": ""}, "STATE_BUCKET"),  # else the state would be lost with the machine
        ({"TF_VAR_project_id": ""}, "TF_VAR_project_id"),
        ({"VARIABLES": "access=public"}, "TERRAFORM_VARIABLES"),
        ({"VARIABLES": "[]"}, "TERRAFORM_VARIABLES"),
    ],
)
def test_an_invalid_variable_ends_it_before_terraform_runs(
    tmp_path: Path, wrong: dict[str, str], named: str
) -> None:
    done, _ = configure(tmp_path, **{"STATE_BUCKET": "a-state", "VARIABLES": "{}", **wrong})
    assert done.returncode == 1
    assert done.stdout.startswith("::error title=Not configured::" + named)
    assert "terraform init" not in done.stdout


def configure(tmp_path: Path, **env: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run configure-root in a copy, beside a terraform that only says how it was called."""
    root, programs = tmp_path / "terraform", tmp_path / "bin"
    for folder in (root, programs, tmp_path / ".github"):
        folder.mkdir()
    shutil.copy(GITHUB / "configure-root", tmp_path / ".github")
    (programs / "terraform").write_text('#!/bin/sh\necho terraform "$@"\n', encoding="utf-8")
    (programs / "terraform").chmod(0o755)
    settings = {"TF_VAR_project_id": "some-project", "TF_VAR_region": "europe-west3", **env}
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return run([tmp_path / ".github" / "configure-root"], {**settings, "PATH": path}), root


@needing("node")
def test_a_plan_is_commented_once_and_then_renewed(tmp_path: Path) -> None:
    (made,) = comment(tmp_path, "No changes.", [])
    assert made["call"] == "createComment"
    assert made["issue_number"] == 7
    assert made["body"] == f"{MARK}\nPlan of abc\n\n```text\nNo changes.\n```"
    strangers = {"id": 1, "user": {"login": "somebody"}, "body": MARK}
    others = {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "Hello"}
    ours = {"id": 3, "user": {"login": "github-actions[bot]"}, "body": MARK + "\nolder"}
    (made,) = comment(tmp_path, "No changes.", [strangers, others, ours])
    assert made["call"] == "updateComment"
    assert made["comment_id"] == 3


@needing("node")
def test_no_plan_ends_its_fence_or_is_too_long_for_a_comment(tmp_path: Path) -> None:
    (made,) = comment(tmp_path, "a\n```\n@everybody\n`````\nb", [])
    assert made["body"].endswith("\n```text\na\n'''\n@everybody\n'''``\nb\n```")
    (made,) = comment(tmp_path, "x" * 70_000, [])
    assert made["body"].count("x") == 60_000 + "text".count("x")
    assert "(cut here; the log of the job has the whole plan)\n```" in made["body"]
    assert len(made["body"]) < 65_536


def comment(tmp_path: Path, plan: str, comments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run the script of the comment's step against a GitHub that only notes its calls."""
    workflow = yaml.safe_load((GITHUB / "workflows" / "plan.yml").read_text(encoding="utf-8"))
    script = workflow["jobs"]["comment"]["steps"][-1]["with"]["script"]
    (tmp_path / "plan.txt").write_text(plan, encoding="utf-8")
    (tmp_path / "step.js").write_text(
        f"""
        const calls = []
        const noted = call => async given => {{ calls.push({{ call, ...given }}) }}
        const issues = {{
          createComment: noted('createComment'), updateComment: noted('updateComment') }}
        const github = {{ rest: {{ issues }}, paginate: async () => {json.dumps(comments)} }}
        const context = {{
          repo: {{ owner: 'o', repo: 'r' }},
          issue: {{ number: 7 }},
          payload: {{ pull_request: {{ head: {{ sha: 'abc' }} }} }},
        }}
        const step = async () => {{ {script} }}
        step().then(() => console.log(JSON.stringify(calls)))
        """,
        encoding="utf-8",
    )
    done = run(["node", tmp_path / "step.js"], {}, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    calls: list[dict[str, Any]] = json.loads(done.stdout)
    return calls
