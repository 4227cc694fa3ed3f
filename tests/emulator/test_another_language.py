"""Programs that are not Python under the bare engine, on an emulator: numbers cross as floats."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.emulator.another_language import Engine
from tests.emulator.live_home import LiveHome

import cloudnative_emulator
from cloudnative_components import object_hashes

pytestmark = pytest.mark.emulator
COMMAND = Path(sys.executable).with_name("cloudnative")
ROOT = Path(__file__).parents[2]
LABELS = {"app.kubernetes.io/name": "page"}
SAFE: dict[str, Any] = {
    "runAsNonRoot": True, "runAsUser": 10001, "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"},
}  # fmt: skip


def deployment(image: str, **metadata: str) -> dict[str, Any]:
    pod: dict[str, Any] = {"containers": [{"name": "page", "image": image, "securityContext": SAFE}]}
    named: dict[str, Any] = {"name": "page", "labels": LABELS, **metadata}
    template: dict[str, Any] = {"metadata": {"labels": LABELS}, "spec": pod}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": named,
        "spec": {"replicas": 1, "selector": {"matchLabels": LABELS}, "template": template},
    }  # fmt: skip


OBJECTS = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "blue"}},
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "password", "namespace": "blue"}},
    deployment("cloudnative-image:page", namespace="blue"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHome]:
    folder = tmp_path_factory.mktemp("languages") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDNATIVE_HOME", str(folder))
        home = LiveHome(folder)
        try:
            home.start("simulated")
            yield home
        finally:
            cloudnative_emulator.reset()


@pytest.fixture
def engine(home: LiveHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return Engine(COMMAND, tmp_path)


def run(engine: Engine, program: str) -> Any:
    """What the program exports once it is up; another run of it would change nothing."""
    engine.load(program)
    engine.run("stack", "init", "dev")
    engine.run_program("up", "--yes", "--skip-preview")
    outputs = engine.host.outputs
    assert list(json.loads(engine.run_program("preview"))["changeSummary"]) == ["same"]
    return outputs


def test_the_program_of_the_page_makes_a_registry_and_a_region(engine: Engine) -> None:
    blocks = [one.split("```")[0] for one in (ROOT / "docs/components.md").read_text().split("```yaml\n")[1:]]
    (program,) = [block for block in blocks if "runtime: " in block]
    outputs = run(engine, program)
    assert outputs["cluster"].endswith("/managedClusters/aks-team")
    assert outputs["server"].startswith("127.0.0.1:")


def test_one_of_everything_is_made_and_released(engine: Engine, tmp_path: Path) -> None:
    context, manifests = tmp_path / "page", tmp_path / "green"
    for folder in (context, manifests):
        folder.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\nCOPY index.html /\nUSER 10001\n")
    (context / "index.html").write_text("blue")
    (manifests / "page.json").write_text(json.dumps(deployment("page")))
    (manifests / "page.json").rename(manifests / "page.yaml")  # JSON is YAML
    filled = {"CONTEXT": context, "MANIFESTS": manifests}
    program = (ROOT / "tests/emulator/team.yaml").read_text()
    program = program.replace("OBJECTS", json.dumps(object_hashes(OBJECTS)))
    program = program.replace("CONTENT", json.dumps(json.dumps(OBJECTS)))
    for word, path in filled.items():
        program = program.replace(word, str(path))
    outputs = run(engine, program)
    assert (outputs["number"], outputs["notices"]["release"]["number"]) == (1, 1)
    assert "/blue/page@sha256:" in outputs["image"] and "@sha256:" in outputs["base"]
