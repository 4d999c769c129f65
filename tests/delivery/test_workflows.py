from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = {path.stem: path for path in sorted((GITHUB / "workflows").glob("*.y*ml"))}
BOOTSTRAP = ROOT / "terraform" / "bootstrap"
PINNED = re.compile(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
OURS = re.compile(r"\./\.github/workflows/[\w-]+\.yml")
each_workflow = pytest.mark.parametrize("name", WORKFLOWS)


def text(name: str) -> str:
    return WORKFLOWS[name].read_text(encoding="utf-8")


def workflow(name: str) -> dict[str, Any]:
    document: dict[Any, Any] = yaml.safe_load(text(name))
    document["on"] = document.pop(True)  # YAML 1.1 reads the key `on` as true
    return document


def jobs(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = workflow(name)["jobs"]
    return found


def steps(name: str) -> Iterator[dict[str, Any]]:
    for job in jobs(name).values():
        yield from job.get("steps", [])


def commands(name: str) -> list[str]:
    return [step["run"] for step in steps(name) if "run" in step]


def test_the_check_runs_the_demo_and_every_part_of_make_test() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first_block = re.findall(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)[0]
    offered = {line.partition("#")[0].strip() for line in first_block.splitlines()}
    assert offered == {"make test", "make demo"}
    assert commands("check") == ['make "$TARGET"']
    (part,) = (step for step in steps("check") if "run" in step)
    assert part["env"] == {"TARGET": "${{ matrix.target }}"}
    parts = jobs("check")["check"]["strategy"]["matrix"]["target"]
    assert parts == ["demo", "test-rest", "test-bundles", "test-infrastructure"]


def test_the_parts_of_make_test_leave_no_test_out() -> None:
    rest = re.findall(r"--ignore=(\S+)", recipe("test-rest"))
    parts = [recipe(part).split()[-1] for part in ("test-bundles", "test-infrastructure")]
    assert sorted(rest) == sorted(parts)
    assert "--ignore" not in recipe("test")
    assert recipe("test").splitlines()[:4] == recipe("lint").splitlines()
    assert all("ruff" in recipe(target) for target in ("lint", "quick", "test-rest"))


def recipe(target: str) -> str:
    """Return the commands of a target, those that set up an environment left out."""
    done = subprocess.run(
        [
            "make",
            "--no-print-directory",
            "-n",
            "-o",
            ".venv/ready",
            "-o",
            ".venv/policies/ready",
            target,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
    )
    return done.stdout


def test_every_test_that_the_makefile_names_exists() -> None:
    named = re.findall(r"\btests/[\w/.]+", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_weekly_run_uses_newest_pip_and_lowest_versions() -> None:
    assert workflow("weekly")["on"].keys() == {"schedule", "workflow_dispatch"}
    (cron,) = workflow("weekly")["on"]["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", cron["cron"])
    newest = [step["run"] for step in jobs("weekly")["newest-pip"]["steps"] if "run" in step]
    assert newest[0].endswith(".venv/bin/python -m pip install --upgrade pip")
    assert newest[1:] == ["make demo", "make test"]
    lowest = jobs("weekly")["lowest-versions"]["steps"]
    assert [step["run"] for step in lowest if "run" in step] == ["make test-lowest"]
    (setup,) = (step for step in lowest if "setup-python" in uses(step))
    assert setup["with"]["python-version"] == oldest_python()


def test_the_check_begins_with_the_oldest_python_that_is_supported() -> None:
    assert jobs("check")["check"]["strategy"]["matrix"]["python"][0] == oldest_python()


def oldest_python() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["requires-python"]).removeprefix(">=")


def test_every_push_and_pull_request_is_checked() -> None:
    assert workflow("check")["on"] == {
        "push": {"branches-ignore": ["main"]},
        "workflow_call": None,
    }
    assert workflow("plan")["on"] == {"pull_request": None}
    assert workflow("deploy")["on"] == {"push": {"branches": ["main"]}}
    for caller in ("plan", "deploy"):
        assert jobs(caller)["check"]["uses"] == "./.github/workflows/check.yml"
        assert "if" not in jobs(caller)["check"]
        assert jobs(caller)[caller]["needs"] == "check"


@each_workflow
def test_each_action_is_pinned_to_a_commit_and_its_release(name: str) -> None:
    used = re.findall(r"uses: *(.*)", text(name))
    calls = [job for job in jobs(name).values() if "uses" in job]
    assert len(used) == len(calls) + sum("uses" in step for step in steps(name))
    assert [use for use in used if not PINNED.fullmatch(use) and not OURS.fullmatch(use)] == []


def test_no_action_and_no_terraform_is_used_in_two_releases() -> None:
    used = {use for name in WORKFLOWS for use in re.findall(r"uses: *(\S+@.*)", text(name))}
    assert len(used) == len({use.partition("@")[0] for use in used})
    terraforms = [step for name in WORKFLOWS for step in steps(name) if "terraform" in uses(step)]
    settings = {
        (s["with"]["terraform_version"], s["with"]["terraform_wrapper"]) for s in terraforms
    }
    assert len(terraforms) == 3
    assert [wrapped for _, wrapped in settings] == [False], "the wrapper swallows exit codes"


def uses(step: dict[str, Any]) -> str:
    return str(step.get("uses", ""))


def test_a_workflow_may_do_nothing_and_each_job_only_what_it_must() -> None:
    assert [workflow(name)["permissions"] for name in WORKFLOWS] == [{}] * len(WORKFLOWS)
    more_than_reading = {
        (name, key): {what for what in job["permissions"].items() if what != ("contents", "read")}
        for name in WORKFLOWS
        for key, job in jobs(name).items()
        if job["permissions"] not in ({}, {"contents": "read"})
    }
    assert more_than_reading == {
        ("plan", "plan"): {("id-token", "write")},
        ("plan", "comment"): {("pull-requests", "write")},
        ("deploy", "deploy"): {("id-token", "write")},
    }


def test_no_code_of_a_pull_request_runs_with_write_access() -> None:
    used = [uses(step).partition("@")[0] for step in jobs("plan")["comment"]["steps"]]
    assert used == ["actions/download-artifact", "actions/github-script"]


@each_workflow
def test_no_credential_stays_in_the_checkout(name: str) -> None:
    checkouts = [step for step in steps(name) if uses(step).startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@each_workflow
def test_every_job_ends_and_runs_on_a_named_release(name: str) -> None:
    own = [job for job in jobs(name).values() if "uses" not in job]
    assert all(0 < job["timeout-minutes"] <= 60 for job in own)
    assert {job["runs-on"] for job in own} == {"ubuntu-24.04"}


def test_a_deployment_is_never_cut_off_and_never_runs_beside_another() -> None:
    assert workflow("deploy")["concurrency"] == {"group": "deploy", "cancel-in-progress": False}
    assert not any("concurrency" in job for job in jobs("deploy").values())
    check = workflow("check")["concurrency"]
    assert check["cancel-in-progress"] == "${{ github.ref != 'refs/heads/main' }}"
    groups = [workflow(name)["concurrency"]["group"] for name in WORKFLOWS]
    assert len(groups) == len(set(groups)), "a called workflow in its caller's group ends both"


def test_there_is_no_secret_and_no_key() -> None:
    for path in [*WORKFLOWS.values(), GITHUB / "smoke", GITHUB / "configure-root"]:
        found = re.findall(r"secrets\b|credentials_json|BEGIN [A-Z ]*KEY", path.read_text("utf-8"))
        assert found == [], path.name


@each_workflow
def test_no_text_from_outside_becomes_part_of_a_program(name: str) -> None:
    programs = [step.get("run", step.get("with", {}).get("script", "")) for step in steps(name)]
    assert [program for program in programs if "${{" in program] == []


def test_what_is_applied_is_the_plan_that_was_made() -> None:
    ran = commands("deploy")
    plans = [command for command in ran if " plan " in command]
    applies = [command for command in ran if " apply " in command]
    assert len(plans) == len(applies) == 1
    assert ran.index(plans[0]) < ran.index(applies[0])
    assert re.findall(r"-out=(\S+)", plans[0]) == [applies[0].split()[-1]]
    assert "-auto-approve" not in applies[0]


def test_a_plan_of_a_pull_request_takes_no_lock() -> None:
    (plan,) = (s["run"] for s in jobs("plan")["plan"]["steps"] if " plan " in s.get("run", ""))
    assert "-lock=false" in plan, "the plan account cannot write one, and would block a deployment"


def test_without_variables_or_in_a_fork_the_plan_says_why_not() -> None:
    wanted = jobs("plan")["plan"]["if"].split(" && ")
    refused = jobs("plan")["no-plan"]["if"].split(" || ")
    assert [negated(part) for part in wanted] == refused
    assert "github.event.pull_request.head.repo.full_name == github.repository" in wanted
    assert negated(jobs("deploy")["deploy"]["if"]) == jobs("deploy")["no-deployment"]["if"]
    for name, job in (("plan", "no-plan"), ("deploy", "no-deployment")):
        assert "::notice" in jobs(name)[job]["steps"][0]["run"]


def negated(condition: str) -> str:
    return condition.translate(str.maketrans("=!", "!=")).replace("!!", "!=").replace("=!", "==")


def test_environment_and_branch_match_the_apply_account() -> None:
    bootstrap = (BOOTSTRAP / "main.tf").read_text(encoding="utf-8")
    (environment,) = re.findall(r'^ *environment = "(\w+)"', bootstrap, re.MULTILINE)
    assert jobs("deploy")["deploy"]["environment"] == environment
    assert ":push:refs/heads/main:${local.environment}" in bootstrap


def test_the_workflows_read_the_variables_that_the_bootstrap_prints() -> None:
    read = {v for name in WORKFLOWS for v in re.findall(r"vars\.(\w+)", text(name))}
    bootstrap = (BOOTSTRAP / "main.tf").read_text(encoding="utf-8")
    block = bootstrap.partition("repository_variables = ")[2].partition("\n}\n")[0]
    printed = set(re.findall(r"\b([A-Z][A-Z_]+[A-Z]) += ", block))
    assert len(printed) == 7
    assert read == printed | {"TERRAFORM_VARIABLES"}, "that one is the person's own, and optional"


def test_an_auditor_has_nothing_to_say() -> None:
    found = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip("zizmor is not installed beside Python: it is in requirements/dev.txt")
    done = subprocess.run(
        [found, "--offline", "--no-progress", "--persona", "auditor", str(GITHUB)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "suppressed" not in done.stdout
    assert "ignored" not in done.stdout


def test_a_build_machine_runs_what_a_person_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in script if line and not line.startswith("#")]
    assert commands[:2] == ["set -euo pipefail", 'cd "$(dirname "$0")/.."']
    assert re.findall(r"exec (?:\"\$\w+\" )?(.+?)(?:;|$)", "\n".join(commands), re.MULTILINE) == [
        "make test",
        "make test",
    ]
