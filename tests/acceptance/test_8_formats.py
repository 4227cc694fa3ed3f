"""Done-line 3 of issue 4: one page as compose, manifests, Kustomize and Helm goes through a whole life."""

import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.project import Project, Run, url

FORMATS = {
    "compose": "compose.yaml",
    "manifests": "k8s",
    "kustomize": "kustomize/overlays/dev",
    "helm": "chart",
}
PAGE = "samples/notices/page/index.html"
OLD, NEW = "Berths 4 to 7", "Berths 4 to 9"


@pytest.fixture
def harbour(project: Project) -> Project:
    """The project with the page as it was at first."""
    page = project.folder / PAGE
    page.write_text(page.read_text().replace(NEW, OLD))
    return project


def make_environment(project: Project, renderer: str) -> str:
    """An environment of its own for a format; its name."""
    settings = [
        "cloud: emulator",
        "regions: [koreacentral]",
        f"application: ../samples/notices/{FORMATS[renderer]}",
    ]
    if renderer != "compose":
        settings.append("builds: {page: ../samples/notices/page}")
    lines = "".join(f"  cloudnative:{line}\n" for line in settings)
    (project.folder / f"stacks/Pulumi.{renderer}.yaml").write_text(f"config:\n{lines}")
    return renderer


def succeeded(run: Run) -> Any:
    assert run.code == 0, run.out + run.err
    return run.json


def served(result: Any) -> str:
    with urllib.request.urlopen(url(result, "page"), timeout=10) as answer:
        return answer.read().decode()


@pytest.mark.emulator
@pytest.mark.parametrize("renderer", FORMATS)
def test_up_change_rollback_down(harbour: Project, renderer: str):
    environment = make_environment(harbour, renderer)

    first = succeeded(harbour.run("up", environment, "--yes", "--output", "json"))
    assert OLD in served(first)
    harbour.edit(PAGE, OLD, NEW)
    planned = succeeded(harbour.run("preview", environment, "--output", "json"))
    path = str(Path(harbour.folder, "samples/notices", FORMATS[renderer]))
    assert {"service": "page", "renderer": renderer, "path": path} in planned["services"]
    assert NEW in served(succeeded(harbour.run("up", environment, "--yes", "--output", "json")))
    succeeded(harbour.run("rollback", environment, "--output", "json"))
    assert OLD in served(first)
    ended = succeeded(harbour.run("down", environment, "--yes", "--output", "json"))
    assert ended["remaining"] == []
