"""What the machine knows of a pipeline by itself: repository, branch, place in it, and where we came from."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from cloudnative_toolchain.errors import ConfigError

GITHUB = re.compile(
    r"(?:https://(?:[^@/]+@)?|git@|ssh://git@)github\.com[:/](?P<name>[^/]+/[^/]+?)(?:\.git)?/?"
)


@dataclass(frozen=True)
class Place:
    """A project in its repository."""

    root: Path
    folder: str
    repository: str
    branch: str


def place(project: Path) -> Place:
    """The git repository around a project; ConfigError where there is none."""
    top = git(project, "rev-parse", "--show-toplevel")
    if not top:
        raise ConfigError(
            code="pipeline.git",
            what=f"{project} is in no git repository",
            why="workflows lie in .github at its root",
            fix="git init && cloudnative pipeline init",
        )
    root = Path(top)
    head = git(root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
    found = GITHUB.fullmatch(git(root, "remote", "get-url", "origin"))
    return Place(
        root=root,
        folder=project.resolve().relative_to(root.resolve()).as_posix(),
        repository=found["name"] if found else "",
        branch=head or git(root, "symbolic-ref", "--quiet", "--short", "HEAD") or "main",
    )


def origin_of_ours() -> tuple[str, str]:
    """URL and commit that this installation was made from; empty where it does not say."""
    try:
        text = distribution("cloudnative").read_text("direct_url.json") or "{}"
    except PackageNotFoundError:
        return "", ""
    made: dict[str, dict[str, str]] = json.loads(text)
    if info := made.get("vcs_info"):
        return public_url(str(made.get("url", ""))), str(info.get("commit_id", ""))
    checkout = unquote(urlsplit(str(made.get("url", ""))).path)
    if not checkout or not Path(checkout).is_dir():
        return "", ""
    origin = git(Path(checkout), "remote", "get-url", "origin")
    return public_url(origin), git(Path(checkout), "rev-parse", "HEAD")


def public_url(origin: str) -> str:
    """A remote as a job on GitHub can fetch from it, without anybody's credentials; empty where none can."""
    if found := GITHUB.fullmatch(origin):
        return f"https://github.com/{found['name']}"
    address = urlsplit(origin)
    return urlunsplit(address._replace(netloc=address.netloc.rpartition("@")[2])) if _fetched(address) else ""


def _fetched(address: SplitResult) -> bool:
    return address.scheme == "https" and bool(address.hostname)


def git(folder: Path, *arguments: str) -> str:
    """What git prints, empty where it fails: whatever is missing has a flag."""
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False, timeout=30
    )
    return done.stdout.strip() if done.returncode == 0 else ""
