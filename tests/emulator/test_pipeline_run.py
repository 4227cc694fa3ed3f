"""Pull request, merge, promotion and drift by the generated workflows' own steps (issue 4, done-line 4).

`act` is a runner of steps and expressions; what it does not enforce (permissions, environments, concurrency)
the linters check, and GitHub's part in signing in is the issuer of the test, which the emulator trusts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.emulator.actions_runner import Runner
from tests.emulator.github_comments import GitHubComments
from tests.emulator.github_issuer import GitHubIssuer
from tests.unit.cli.pipelines import git

from cloudnative.report import images

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]
COMMAND = Path(sys.executable).with_name("cloudnative")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
COMPOSE = """name: shop
services:
  web:
    build: web
    user: "101"
    ports: ["8080:8080"]
    environment: {COLOUR: red, KEY: hunter2}
"""
ENVIRONMENT = """config:
  cloudnative:cloud: emulator
  cloudnative:regions: [koreacentral]
  cloudnative:application: ../compose.yaml
"""
IMMUTABLE, OLD = "repo:acme@12/shop@34", "repo:acme/shop"


@dataclass
class Shop:
    """A project with its pipeline on an emulator, and GitHub around it."""

    root: Path
    home: Path
    runner: Runner
    trust: dict[str, Any]

    def cloudnative(self, *arguments: str) -> Any:
        """What the command answers the owner of the emulator."""
        done = subprocess.run(
            [str(COMMAND), *arguments, "--output", "json"],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    def deploys(self, environment: str) -> dict[str, str]:
        """The variables of an environment on GitHub."""
        return self._variables(environment, "deploy", "AZURE_CLIENT_ID", "")

    def reads(self) -> dict[str, str]:
        """The variables of the repository."""
        found: dict[str, str] = {}
        for name in self.trust:
            suffix = f"_{name.upper()}"
            found |= self._variables(name, "preview", "AZURE_PREVIEW_CLIENT_ID" + suffix, suffix)
        return found

    def _variables(self, environment: str, identity: str, client: str, suffix: str) -> dict[str, str]:
        known = self.trust[environment]
        where = {"AZURE_TENANT_ID": known["tenant"], "AZURE_SUBSCRIPTION_ID": known["subscription"]}
        return {f"{name}{suffix}": value for name, value in where.items()} | {
            client: known[identity]["client_id"]
        }

    def requests(self, caller: str) -> set[str]:
        """The methods of all writing calls that ARM had of an identity, with the last part of the path."""
        lines = (self.home / "emulator/requests.ndjson").read_text().splitlines()
        calls = [json.loads(line) for line in lines]
        return {
            f"{call['method']} {call['path'].rpartition('/')[2]}"
            for call in calls
            if call["caller"] == caller and call["method"] != "GET"
        }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("pipeline")
    home, root = folder / "home", folder / "shop"
    _project(root)
    (folder / "runner").mkdir()
    with (
        pytest.MonkeyPatch.context() as patch,
        GitHubIssuer.serving() as issuer,
        GitHubComments.serving() as github,
    ):
        patch.setenv("CLOUDNATIVE_HOME", str(home))
        for name in [name for name in os.environ if name.startswith(("AZURE_", "ARM_"))]:
            patch.delenv(name)
        shop = Shop(root, home, Runner(root, folder / "runner", issuer, github), {})
        try:
            _prepared(shop)
            yield shop
        finally:
            subprocess.run([str(COMMAND), "emulator", "reset", "--yes"], check=True, capture_output=True)


def _project(root: Path) -> None:
    (root / "web").mkdir(parents=True)
    (root / "web/Dockerfile").write_text('FROM scratch\nCOPY page /page\nUSER 1\nCMD ["/page"]\n')
    (root / "web/page").write_text("one")
    (root / "compose.yaml").write_text(COMPOSE)
    git(root, "init", "--quiet")
    git(root, "symbolic-ref", "HEAD", "refs/heads/main")
    git(root, "remote", "add", "origin", "https://github.com/acme/shop.git")


def _prepared(shop: Shop) -> None:
    """What people do once: a project, its pipeline, the trust by an administrator, all of it committed."""
    shop.cloudnative("init")
    (shop.root / "stacks/Pulumi.dev.yaml").unlink()
    for name in ("staging", "prod"):
        (shop.root / f"stacks/Pulumi.{name}.yaml").write_text(ENVIRONMENT)
    source = ["--source", "https://github.com/acme/cloudnative", "--commit", COMMIT]
    ids = ["--owner-id", "12", "--repository-id", "34"]
    shop.cloudnative("pipeline", "init", "--environment", "staging", "--environment", "prod", *source, *ids)
    shop.runner.installed(COMMIT, COMMAND)
    shop.cloudnative("emulator", "start", "--backend", "simulated")
    shop.runner.issuer.trusted_by(shop.home)
    for name in ("staging", "prod"):
        shop.trust[name] = shop.cloudnative("pipeline", "trust", name, "--yes")["trust"]
    git(shop.root, "add", "--all")
    git(shop.root, "commit", "--quiet", "--message", "pipeline")


def digests(shop: Shop, environment: str) -> dict[str, str]:
    """Service -> digest of what is released, from the state: nobody but the pipeline may ask the cluster."""
    state = shop.home / f"pulumi/state/.pulumi/stacks/shop/{environment}.json"
    return images(json.loads(state.read_text())["checkpoint"]["latest"])


def test_the_whole_way_of_a_change(shop: Shop) -> None:
    """One story, for each part stands on the one before; every step is the workflow's own."""
    _a_job_that_is_not_trusted_is_told_both_subjects(shop)
    _a_merge_builds_and_deploys_as_the_deploying_identity(shop)
    _a_promotion_releases_the_same_digests_without_a_build(shop)
    _nothing_has_drifted(shop)
    _a_pull_request_gets_one_comment_and_changes_nothing(shop)


def _a_job_that_is_not_trusted_is_told_both_subjects(shop: Shop) -> None:
    foreign = "repo:acme/store:environment:staging"

    ran = shop.runner.run(
        "push", "cloudnative-deploy.yaml", subject=foreign, variables=shop.deploys("staging")
    )

    assert ran.code != 0
    assert f"'{foreign}'" in ran.output
    assert f"'{OLD}:environment:staging'" in ran.output
    assert f"'{IMMUTABLE}:environment:staging'" in ran.output
    assert "AADSTS700213" in ran.output
    assert shop.requests(shop.trust["staging"]["deploy"]["principal_id"]) == set()


def _a_merge_builds_and_deploys_as_the_deploying_identity(shop: Shop) -> None:
    subject = f"{IMMUTABLE}:environment:staging"

    ran = shop.runner.run(
        "push", "cloudnative-deploy.yaml", subject=subject, variables=shop.deploys("staging")
    )

    assert ran.code == 0, ran.output
    assert "building shop/web" in ran.output
    written = shop.requests(shop.trust["staging"]["deploy"]["principal_id"])
    assert "PUT aks-shop-staging-krc" in written
    assert list((shop.home / "runs").glob("job-token-*")) == []


def _a_promotion_releases_the_same_digests_without_a_build(shop: Shop) -> None:
    ran = shop.runner.run(
        "workflow_dispatch",
        "cloudnative-promote.yaml",
        subject=f"{OLD}:environment:prod",
        variables=shop.deploys("prod"),
        inputs={"to": "prod"},
    )

    assert ran.code == 0, ran.output
    assert "building" not in ran.output
    assert digests(shop, "prod") == digests(shop, "staging") != {}


def _nothing_has_drifted(shop: Shop) -> None:
    ran = shop.runner.run(
        "schedule",
        "cloudnative-drift.yaml",
        subject=f"{IMMUTABLE}:ref:refs/heads/main",
        variables=shop.reads(),
    )

    assert ran.code == 0, ran.output


def _a_pull_request_gets_one_comment_and_changes_nothing(shop: Shop) -> None:
    (shop.root / "compose.yaml").write_text(COMPOSE.replace("red", "blue").replace("hunter2", "hunter3"))
    payload = {"pull_request": {"number": 7, "head": {"repo": {"full_name": "acme/shop"}}}}

    ran = shop.runner.run(
        "pull_request",
        "cloudnative-pull-request.yaml",
        subject=f"{IMMUTABLE}:pull_request",
        variables=shop.reads(),
        payload=payload,
    )

    assert ran.code == 0, ran.output
    (comment,) = shop.runner.github.comments
    text = str(comment["body"])
    assert text.startswith("<!-- cloudnative preview shop -->\n### staging: ")
    assert "### prod: " in text
    assert text.count("env[COLOUR].value: red -> blue") == 2
    assert "env[KEY].value: [secret " in text and "hunter" not in text
    assert "(not checked on a server)" in text  # that takes a right to write
    assert "Findings" not in text
    for name in shop.trust:
        reader = shop.trust[name]["preview"]["principal_id"]
        assert {call.rpartition("?")[0] or call for call in shop.requests(reader)} <= {
            "POST listClusterUserCredential"
        }
