"""`make bench-scale`: 450 services in three regions, against kubectl writing the same objects.

Clusters are simulated: API servers, etcd and controllers are real, pods are not run. Each figure is the time
of a whole command, from its start to its exit; the last line has the ratios.
"""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.project import Project
from tests.bench.measure import Figure, seconds, told
from tests.bench.scale.application import write_application
from tests.bench.scale.peer import Kubectl, apply_everywhere

REGIONS = ("koreacentral", "japaneast", "westeurope")
SERVICES, FEW = 450, 50
PAIRS = 3
LAST_MARK = "engine"
STATE_LIMIT_MB = 1.0
ENGINE_LIMIT = 30.0
_PROJECT = "name: scale\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/\n"
_CONFIG = """config:
  cloudnative:cloud: emulator
  cloudnative:regions: [{regions}]
  cloudnative:application: ../scale
  cloudnative:builds: {{service: ../image}}
  cloudnative:node_count: 10
"""


@dataclass(frozen=True)
class Scale:
    """The project whose size is changed and measured."""

    project: Project

    @classmethod
    def made(cls, folder: Path) -> "Scale":
        for name in ("stacks", "image"):
            (folder / "project" / name).mkdir(parents=True)
        (folder / "project" / "Pulumi.yaml").write_text(_PROJECT)
        (folder / "project" / "image" / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
        program = Path(__file__).parents[3] / "stacks" / "__main__.py"
        (folder / "project" / "stacks" / "__main__.py").write_text(program.read_text())
        return cls(Project(folder / "project", folder / "home"))

    @property
    def application(self) -> Path:
        return self.project.folder / "scale"

    def sized(self, services: int, regions: int) -> None:
        """Before the next `up`: so many services in so many regions."""
        write_application(self.application, services)
        config = _CONFIG.format(regions=", ".join(REGIONS[:regions]))
        (self.project.folder / "stacks" / "Pulumi.dev.yaml").write_text(config)

    def command(self, *arguments: str) -> None:
        run = self.project.run(*arguments)
        assert run.code == 0, run.err

    def up(self) -> None:
        self.command("up", "dev", "--yes")

    def engine_seconds(self) -> float:
        """An `up` that changes everything, without what lies between first release and last."""
        began = time.time()
        code, events = self.project.watch("up", "dev", "--yes")
        whole = time.time() - began
        assert code == 0, events[-1]
        released = [at for at, event in events if str(event.get("type", "")).endswith(":Release")]
        return whole - (max(released) - min(released))

    def state_megabytes(self) -> float:
        (state,) = self.project.home.glob("pulumi/**/stacks/scale/dev.json")
        return state.stat().st_size / 1e6


def growth(scale: Scale) -> None:
    """The first `up` of each size; what stands already is left alone."""
    for services, regions in ((FEW, 1), (SERVICES, 1), (SERVICES, len(REGIONS))):
        scale.sized(services, regions)
        took = seconds(scale.up)
        print(f"up to {services} services x {regions} regions: {took:.1f} s", flush=True)


def in_turn(
    name: str, ours: Callable[[], Any], other: Callable[[], Any], before: Callable[[int], Any]
) -> tuple[float, float]:
    """Medians of pairs; `before` prepares each pair and is not counted."""
    pairs: list[tuple[float, float]] = []
    for number in range(PAIRS):
        before(number)
        pairs.append((seconds(ours), seconds(other)))
        print("{}, round {}: {:.1f} s against {:.1f} s".format(name, number + 1, *pairs[-1]), flush=True)
    first, second = zip(*pairs, strict=True)
    return statistics.median(first), statistics.median(second)


def against_kubectl(scale: Scale, clusters: list[Kubectl]) -> list[Figure]:
    """Every object changed without a restart, and nothing changed."""

    def peer() -> None:
        apply_everywhere(clusters, scale.application)

    def marked(number: int) -> None:
        write_application(scale.application, SERVICES, mark=f"round-{number}")

    peer()
    applied = in_turn("apply", scale.up, peer, marked)
    unchanged = in_turn("unchanged", scale.up, peer, lambda _: None)
    name = "kubectl apply --server-side"
    return [
        told(Figure("apply", *applied, aim=0.5, other_name=name)),
        told(Figure("unchanged", *unchanged, aim=0.05, other_name=name)),
    ]


def verbs(scale: Scale) -> None:
    """One service changed, its way back, and the end."""
    write_application(scale.application, SERVICES, mark=LAST_MARK, version="v2")
    steps = {
        "one service changed": scale.up,
        "rollback": lambda: scale.command("rollback", "dev"),
        "down": lambda: scale.command("down", "dev", "--yes"),
    }
    for name, step in steps.items():
        print(f"{name}: {seconds(step):.1f} s", flush=True)


def engine(scale: Scale) -> Figure:
    write_application(scale.application, SERVICES, mark=LAST_MARK)
    return told(Figure("engine", scale.engine_seconds(), ENGINE_LIMIT, 1.0, "the limit"))


def main() -> int:
    """Print a line per figure as it is measured, and all ratios in the last line."""
    with tempfile.TemporaryDirectory(prefix="cloudnative-scale-") as folder:
        scale = Scale.made(Path(folder))
        try:
            scale.command("emulator", "start", "--backend", "simulated")
            growth(scale)
            clusters = [Kubectl.of(scale.project, region) for region in REGIONS]
            figures = against_kubectl(scale, clusters)
            spent = engine(scale)
            told(Figure("state (MB for s)", scale.state_megabytes(), STATE_LIMIT_MB, 1.0, "the limit"))
            verbs(scale)
        finally:
            scale.project.run("emulator", "reset", "--yes")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"memory: {peak:.0f} MB in the largest process of any command")
    ratios = " ".join(f"{figure.name}={figure.ratio:.2f}" for figure in figures)
    print(f"ratio {ratios} engine_seconds={spent.ours:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
