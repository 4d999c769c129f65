"""What checkov says of the Terraform: by its own checks, and by those of terraform/policies."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infrastructure.workplace import LEFT, ROOT

CHECKOV = Path(sys.prefix) / "policies" / "bin" / "checkov"
CONFIGURATION = "terraform/checkov.yaml"
SKIPPED = set(yaml.safe_load((ROOT / CONFIGURATION).read_text(encoding="utf-8"))["skip-check"])
POLICIES = {
    yaml.safe_load(path.read_text(encoding="utf-8"))["metadata"]["id"]
    for path in (ROOT / "terraform" / "policies").glob("*.yaml")
}

pytestmark = pytest.mark.skipif(
    not CHECKOV.exists(),
    reason=f"{CHECKOV.relative_to(sys.prefix)} is not in the environment; make test installs it "
    "where terraform is on the path",
)

VIOLATIONS = (Path(__file__).parent / "violations.tf").read_text(encoding="utf-8")
"""Above each resource stand the policies that it violates, and it violates no other of ours."""

VIOLATING: dict[str, set[str]] = {}
for names, kind, label in re.findall(
    r'^# (.+)\nresource "(\w+)" "(\w+)"', VIOLATIONS, re.MULTILINE
):
    for name in names.split():
        VIOLATING.setdefault(name, set()).add(f"{kind}.{label}")


def checked(folder: Path, *words: str) -> dict[str, Any]:
    """Return what checkov finds in a copy of terraform/ that is below the folder."""
    done = subprocess.run(
        [CHECKOV, "--config-file", CONFIGURATION, "--output", "json", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"},
    )
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0, report["results"]["parsing_errors"]
    return report


def failed(report: dict[str, Any]) -> dict[str, set[str]]:
    """Return the resources that failed, by check."""
    found = defaultdict(set)
    for one in report["results"]["failed_checks"]:
        found[one["check_id"]].add(one["resource"])
    return dict(found)


def copy_below(folder: Path) -> Path:
    shutil.copytree(ROOT / "terraform", folder / "terraform", ignore=LEFT)
    return folder


@pytest.fixture(scope="module")
def without_skips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return a report that leaves out no check, so that those which would pass can be seen."""
    folder = copy_below(tmp_path_factory.mktemp("as_it_is"))
    configuration = folder / CONFIGURATION
    text = configuration.read_text(encoding="utf-8")
    everything = {**yaml.safe_load(text), "skip-check": [], "quiet": False}
    configuration.write_text(yaml.safe_dump(everything), encoding="utf-8")
    return checked(folder)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return a report on a copy that violates everything, under the configuration as it is."""
    folder = copy_below(tmp_path_factory.mktemp("planted"))
    (folder / "terraform" / "violations.tf").write_text(VIOLATIONS, encoding="utf-8")
    return checked(folder)


def test_checkov_reads_root_modules_and_bootstrap(
    without_skips: dict[str, Any],
) -> None:
    passed = without_skips["results"]["passed_checks"]
    assert without_skips["summary"]["resource_count"] > 50
    assert {"/messaging.tf", "/bootstrap/main.tf"} <= {one["file_path"] for one in passed}
    root = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "terraform").glob("*.tf"))
    called = {f"module.{name}" for name in re.findall(r'^module "(\w+)"', root, re.MULTILINE)}
    read = {match[0] for one in passed if (match := re.match(r"module\.\w+", one["resource"]))}
    assert read == called


def test_each_failing_policy_is_skipped_with_a_reason(
    without_skips: dict[str, Any],
) -> None:
    assert failed(without_skips).keys() == SKIPPED


def test_two_grants_let_an_account_use_others_and_there_is_no_third(
    without_skips: dict[str, Any],
) -> None:
    found = failed(without_skips)
    allowed = {
        f'google_project_iam_member.apply["roles/iam.serviceAccount{role}"]'
        for role in ("Admin", "User")
    }
    assert found["CKV_GCP_41"] | found["CKV_GCP_49"] == allowed


def test_each_policy_finds_something_to_judge(without_skips: dict[str, Any]) -> None:
    judged = {one["check_id"] for one in without_skips["results"]["passed_checks"]}
    # The one never passes: all that it finds is wrong. The other finds no value that it can follow.
    assert POLICIES - judged == {"NO_KEY", "FUNCTION_INGRESS_IS_CHOSEN"}


def test_each_policy_has_a_violation_planted() -> None:
    assert {name for name in VIOLATING if not name.startswith("CKV")} == POLICIES


@pytest.mark.parametrize("policy", VIOLATING)
def test_a_policy_fails_for_what_violates_it_and_for_nothing_else(
    planted: dict[str, Any], policy: str
) -> None:
    assert failed(planted).get(policy, set()) == VIOLATING[policy]


def test_the_configuration_skips_what_it_lists_and_says_why(planted: dict[str, Any]) -> None:
    assert not SKIPPED & failed(planted).keys()
    text = (ROOT / CONFIGURATION).read_text(encoding="utf-8").partition("skip-check:\n")[2]
    assert re.fullmatch(r"(( +# .+\n)+( +- \w+\n)+)+", text)
