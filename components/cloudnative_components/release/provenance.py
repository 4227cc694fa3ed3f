"""Where a release comes from: the revision of its source, who built its images, what those stand on."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

_TIMEOUT = 10.0


@dataclass(frozen=True)
class Git:
    """The git repository that a folder lies in; writes nothing, not even git's own index."""

    folder: Path

    def commit(self) -> str:
        """The revision that is checked out; empty without git, a repository, or a first commit."""
        return self._ask("rev-parse", "--verify", "--quiet", "HEAD")

    def is_dirty(self) -> bool:
        """Whether files differ from that revision, new ones included: a build may take them in."""
        return bool(self._ask("status", "--porcelain", "--untracked-files=normal"))

    def _ask(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
        try:
            done = subprocess.run(
                command, capture_output=True, env=environment, timeout=_TIMEOUT, check=False
            )
        except (FileNotFoundError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def source(folder: Path) -> dict[str, str]:
    """`commit` and `dirty` of the repository around `folder`; nothing where there is none."""
    git = Git(folder)
    commit = git.commit()
    return {"commit": commit, "dirty": str(git.is_dirty()).lower()} if commit else {}


def provenance(
    origin: Mapping[str, str], builder: str | None, bases: Mapping[str, Mapping[str, str] | None]
) -> dict[str, str]:
    """What a bundle remembers beside its content; no time, so that the same source says the same.

    `bases` are the base images of each built service by name, with their digests.
    """
    found = {**origin, "cloudnative": version("cloudnative")}
    if bases and builder:
        found["builder"] = builder
    for service, digests in sorted(bases.items()):
        found |= {f"base/{service}/{name}": digest for name, digest in sorted((digests or {}).items())}
    return found
