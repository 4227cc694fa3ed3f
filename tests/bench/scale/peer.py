"""The peer: `kubectl apply --server-side` of the same objects, in its own namespace of the same clusters."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.project import Project

from cloudnative_toolchain.programs import program

NAMESPACE = "peer"


@dataclass(frozen=True)
class Kubectl:
    """One cluster, as kubectl reaches it."""

    kubeconfig: Path

    @classmethod
    def of(cls, project: Project, region: str) -> Kubectl:
        kubeconfig = project.folder.parent / f"kubeconfig-{region}"
        kubeconfig.touch(mode=0o600)
        kubeconfig.write_text(project.run("kubeconfig", "dev", region).out)
        made = cls(kubeconfig)
        made.run("create", "namespace", NAMESPACE)
        return made

    def apply(self, folder: Path) -> None:
        """Every object of the folder."""
        self.run("apply", "--server-side", "--namespace", NAMESPACE, "--filename", str(folder))

    def run(self, *arguments: str) -> None:
        command = [str(program("kubectl")), "--kubeconfig", str(self.kubeconfig), *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=600)


def apply_everywhere(clusters: Sequence[Kubectl], folder: Path) -> None:
    """In the order of our waves: the first cluster alone, then all others at once."""
    first, *others = clusters
    first.apply(folder)
    with ThreadPoolExecutor(max_workers=max(1, len(others))) as pool:
        for done in [pool.submit(cluster.apply, folder) for cluster in others]:
            done.result()
