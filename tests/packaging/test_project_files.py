from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
ISSUES, PULL_REQUEST = GITHUB / "ISSUE_TEMPLATE", GITHUB / "PULL_REQUEST_TEMPLATE.md"
DEPENDABOT = GITHUB / "dependabot.yml"
PRE_COMMIT, SECURITY = ROOT / ".pre-commit-config.yaml", ROOT / "SECURITY.md"
FORMS = [path for path in sorted(ISSUES.iterdir()) if path.name != "config.yml"]
NEEDED = {"input": {"label"}, "textarea": {"label"}, "dropdown": {"label", "options"}}
"""What each type of question must say, by GitHub's form schema."""
MANIFESTS = {
    "pip": ("requirements/*.txt",),
    "github-actions": (".github/workflows/*.y*ml",),
    "terraform": ("*.tf", "terraform/**/*.tf"),
    "docker": ("Dockerfile*", "*/Dockerfile*"),
}
HOST_OR_ABSOLUTE_PATH = re.compile(r"\w+\.(?:org|com|net|io|dev)\b|(?<![\w./])/\w|\b[A-Z]:\\")


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def test_bugs_and_wishes_have_a_form_that_may_be_left_out() -> None:
    assert [path.name for path in FORMS] == ["bug_report.yml", "feature_request.yml"]
    assert read(ISSUES / "config.yml") == {"blank_issues_enabled": True}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_has_what_github_requires(path: Path) -> None:
    form = read(path)
    assert all(form[key] for key in ("name", "description", "body"))
    questions = [part for part in form["body"] if part["type"] != "markdown"]
    assert all(part["attributes"]["value"] for part in form["body"] if part not in questions)
    for question in questions:
        assert re.fullmatch(r"[\w-]+", question["id"])
        assert NEEDED[question["type"]] <= question["attributes"].keys()
        options = question["attributes"].get("options", [])
        assert all(isinstance(option, str) for option in options), "a bare Yes is a boolean"
        assert len(options) == len(set(options))
    for told_apart in ([q["id"] for q in questions], [q["attributes"]["label"] for q in questions]):
        assert len(told_apart) == len(set(told_apart)) > 0


def test_dependencies_are_updated_weekly_after_a_cooldown() -> None:
    config = read(DEPENDABOT)
    found = [kind for kind, globs in MANIFESTS.items() if any(any(ROOT.glob(g)) for g in globs)]
    assert config["version"] == 2
    assert sorted(u["package-ecosystem"] for u in config["updates"]) == sorted(found)
    for update in config["updates"]:
        folders = update.get("directories") or [update["directory"]]
        assert all(any(ROOT.glob(folder.strip("/") or "*")) for folder in folders)
        assert update["schedule"] == {"interval": "weekly"}
        assert update["cooldown"]["default-days"] >= 7
        assert update["open-pull-requests-limit"] <= 3
        assert [group["patterns"] for group in update["groups"].values()] == [["*"]]


def test_a_commit_is_checked_by_the_very_commands_of_make_lint() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    folder = re.findall(r"^BIN := (.+)$", makefile, re.MULTILINE)[0]
    recipe = re.findall(r"^lint:.*\n((?:\t.+\n)+)", makefile, re.MULTILINE)[0]
    commands = [line.strip().replace("$(BIN)", folder) for line in recipe.splitlines()]
    (local,) = read(PRE_COMMIT)["repos"]
    assert local["repo"] == "local"
    assert [hook["entry"] for hook in local["hooks"]] == commands
    for hook in local["hooks"]:
        assert hook.keys() >= {"id", "name"}
        assert hook["language"] == "system"
        assert hook["pass_filenames"] is False, "pyproject.toml says what is checked"


def test_every_link_of_the_security_policy_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)]+)\)", SECURITY.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_no_host_and_no_absolute_path_is_named() -> None:
    for path in [*ISSUES.iterdir(), PULL_REQUEST, DEPENDABOT, PRE_COMMIT, SECURITY]:
        text = path.read_text(encoding="utf-8").replace('"/terraform', '"terraform')
        assert HOST_OR_ABSOLUTE_PATH.findall(text) == [], path.name
