"""A small good project, and what is wrong with it in each case of test_7_inputs."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.acceptance.project import COMMAND, Run

from cloudnative.scaffold import program

GOOD = {
    "Pulumi.yaml": "name: shop\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/\n",
    "stacks/__main__.py": program(),
    "stacks/Pulumi.dev.yaml": "config:\n"
    "  cloudnative:cloud: emulator\n"
    "  cloudnative:regions: [koreacentral]\n"
    "  cloudnative:application: ../compose.yaml\n",
    "compose.yaml": "services:\n  web:\n    build: web\n    ports: ['8080:8080']\n",
    "web/Dockerfile": "FROM scratch\n",
}
UP = ("up", "dev", "--yes")
ALIAS_BOMB = "x-a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"x-{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@dataclass(frozen=True)
class Case:
    """What is different, what is run, and what is said about it."""

    says: str
    files: dict[str, str] = field(default_factory=dict[str, str])
    without: tuple[str, ...] = ()
    run: tuple[str, ...] = UP
    code: int = 2
    at: str = ""
    variables: dict[str, str] = field(default_factory=dict[str, str])


def stack(text: str) -> dict[str, str]:
    """The environment's file, with these lines in its `config`."""
    return {"stacks/Pulumi.dev.yaml": "config:\n" + "".join(f"  {line}\n" for line in text.splitlines())}


def stack_with(old: str, new: str) -> dict[str, str]:
    """The good environment's file, one thing replaced."""
    name = "stacks/Pulumi.dev.yaml"
    assert old in GOOD[name]
    return {name: GOOD[name].replace(old, new)}


def compose(text: str) -> dict[str, str]:
    """The compose file."""
    return {"compose.yaml": text}


def service(*lines: str) -> dict[str, str]:
    """A compose file with one service `web`; its settings start in line 3."""
    return compose("services:\n  web:\n" + "".join(f"    {line}\n" for line in lines))


def make(folder: Path, case: Case) -> None:
    """Write the project of a case."""
    for name, text in {**GOOD, **case.files}.items():
        if name not in case.without:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))


def contents(*folders: Path) -> dict[str, bytes]:
    """Every file and folder below these folders."""
    found = [path for folder in folders if folder.exists() for path in (folder, *folder.rglob("*"))]
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in found}


def command(
    folder: Path,
    home: Path,
    arguments: tuple[str, ...],
    variables: dict[str, str] | None = None,
    *,
    before: tuple[str, ...] = (),
) -> Run:
    """The real command, without a terminal."""
    environment = {**os.environ, "CLOUDNATIVE_HOME": str(home), **(variables or {})}
    kept = {name: value for name, value in environment.items() if value != "UNSET"}
    run = subprocess.run(
        [*before, str(COMMAND), *arguments], cwd=folder, env=kept, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip
    return Run(run.returncode, run.stdout, run.stderr)


def assert_one_error(run: Run, case: Case) -> None:
    """One error on stderr: where, what, a fix; the exit code; no traceback; nothing on stdout."""
    assert run.code == case.code, run.out + run.err
    assert len(re.findall(r"^error: ", run.err, re.MULTILINE)) == 1, run.err
    assert case.says in run.err
    assert "Traceback" not in run.err and "a bug in cloudnative" not in run.err
    assert re.search(r"^fix: \S", run.err, re.MULTILINE), run.err
    assert not case.at or re.search(rf"^error: \S*{re.escape(case.at)}: ", run.err, re.MULTILINE), run.err
    assert run.out == ""
