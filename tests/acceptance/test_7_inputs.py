"""Line 9: bad input is one error with its place and a fix, the right exit code, and nothing is changed."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.inputs import (
    ALIAS_BOMB,
    GOOD,
    Case,
    assert_one_error,
    command,
    compose,
    contents,
    make,
    service,
    stack,
    stack_with,
)

pytestmark = pytest.mark.emulator  # the compose parser is a program of the toolchain

DEV = "stacks/Pulumi.dev.yaml"
BAD_ENVIRONMENTS = {
    "wrong type": Case("regions", stack_with("[koreacentral]", "{a: b}"), at=f"{DEV}:3:3"),
    "a list at the top": Case("mapping", {DEV: "- config\n"}, at=f"{DEV}:1:1"),
    "empty file": Case("config", {DEV: ""}, at=DEV),
    "unknown key": Case("did you mean", stack_with("regions", "region"), at=f"{DEV}:3:3"),
    "duplicate key": Case(
        "twice", stack_with("config:", "config:\n  cloudnative:cloud: azure"), at=f"{DEV}:3:3"
    ),
    "tab": Case("tab", {DEV: "config:\n\tcloudnative:cloud: emulator\n"}, at=f"{DEV}:2:1"),
    "unknown cloud": Case("emulator", stack_with("emulator", "aws"), at=f"{DEV}:2:22"),
    "unknown region": Case("koreacentral", stack_with("[koreacentral]", "[koreacentrl]"), at=f"{DEV}:3:25"),
    "a region twice": Case(
        "twice", stack_with("[koreacentral]", "[koreacentral, koreacentral]"), at=f"{DEV}:3:3"
    ),
    "no region": Case("region", stack_with("[koreacentral]", "[]"), at=f"{DEV}:3:3"),
    "no application": Case(
        "application",
        stack("cloudnative:cloud: emulator\ncloudnative:regions: [koreacentral]"),
        at=f"{DEV}:2:3",
    ),
    "application missing": Case("compose.yml", stack_with("compose.yaml", "compose.yml"), at=f"{DEV}:4:3"),
    "application outside": Case(
        "not a compose file", stack_with("../compose.yaml", "/etc/passwd"), at="/etc/passwd:1:1"
    ),
    "not closed": Case("", stack_with("]", ""), at=f"{DEV}:4:26"),
    "not UTF-8": Case("UTF-8", stack_with("emulator", "\udcff"), at=f"{DEV}:2:22"),
    "deep": Case("levels", {DEV: "config: " + "[" * 5000}, at=f"{DEV}:1:74"),
    "alias bomb": Case("once aliases are written out", {DEV: ALIAS_BOMB + GOOD[DEV]}, at=f"{DEV}:6:10"),
    "python tag": Case("not allowed", stack_with("emulator", "!!python/name:os.system x"), at=f"{DEV}:2:22"),
}
BAD_APPLICATIONS = {
    "no service": Case("no service", compose("services: {}\n"), at="compose.yaml:1:1"),
    "services are a list": Case("mapping", compose("services: [web]\n"), at="compose.yaml:1:1"),
    "unknown key": Case("did you mean", service("image: a", "enviroment: {A: b}"), at="compose.yaml:4:5"),
    "duplicate key": Case("twice", service("image: a", "image: b"), at="compose.yaml:4:5"),
    "tab": Case("tab", compose("services:\n\tweb: {}\n"), at="compose.yaml:2:1"),
    "alias bomb": Case(
        "once aliases are written out", compose(ALIAS_BOMB + GOOD["compose.yaml"]), at="compose.yaml:6:10"
    ),
    "not YAML": Case("", compose("services: {web: [\n"), at="compose.yaml:2:1"),
    "bad service name": Case(
        "web shop", compose("services:\n  web shop: {image: a}\n"), at="compose.yaml:2:3"
    ),
    "no image, no build": Case("build", service("ports: ['80:80']"), at="compose.yaml:2:3"),
    "bad port": Case("99999", service("image: a", "ports: ['99999:80']"), at="compose.yaml:4:13"),
    "port clash": Case(
        "8080",
        compose("services:\n  a: {image: x, ports: ['8080:80', '8080:81']}\n"),
        at="compose.yaml:2:36",
    ),
    "no Dockerfile": Case(
        "Dockerfile", {"web/index.html": ""}, without=("web/Dockerfile",), at="compose.yaml:3:5"
    ),
    "no context": Case("nowhere", service("build: nowhere"), at="compose.yaml:3:5"),
    "context outside": Case("outside", service("build: ../../.."), at="compose.yaml:3:5"),
    "env_file missing": Case("none.env", service("image: a", "env_file: none.env"), at="compose.yaml:4:15"),
    "secret missing": Case(
        "none.txt",
        compose("services:\n  web: {image: a, secrets: [s]}\nsecrets:\n  s: {file: none.txt}\n"),
        at="compose.yaml:4:7",
    ),
    "unset variable": Case(
        "TAG_OF_NOBODY", service("image: a:${TAG_OF_NOBODY:?say which}"), at="compose.yaml:3:5"
    ),
    "unknown dependency": Case("ghost", service("image: a", "depends_on: [ghost]"), at="compose.yaml:2:3"),
    "dependency cycle": Case(
        "cycle",
        compose("services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n"),
        at="compose.yaml:2:17",
    ),
}
BAD_PROJECTS = {
    "no project": Case("Pulumi.yaml", without=tuple(GOOD)),
    "no name": Case("name", {"Pulumi.yaml": "runtime: python\n"}, at="Pulumi.yaml:1:1"),
    "bad name": Case("name", {"Pulumi.yaml": "name: ../../etc\n"}, at="Pulumi.yaml:1:7"),
    "Pulumi.yaml with a tab": Case(
        "tab", {"Pulumi.yaml": "name: a\n\truntime: python\n"}, at="Pulumi.yaml:2:1"
    ),
    "no program": Case("__main__.py", without=("stacks/__main__.py",)),
    "main outside": Case("outside", {"Pulumi.yaml": "name: shop\nmain: ../..\n"}, at="Pulumi.yaml:2:7"),
    "state elsewhere": Case("PULUMI_BACKEND_URL", variables={"PULUMI_BACKEND_URL": "file:///nowhere"}),
}
BAD_ARGUMENTS = {
    "unknown environment": Case("dev", run=("up", "prod"), code=6),
    "environment that is a path": Case("dev", run=("up", "../dev"), code=6),
    "unknown flag": Case("--force", run=("up", "dev", "--force")),
    "unknown verb": Case("lunch", run=("lunch", "dev")),
    "no environment": Case("ENV", run=("up",)),
    "too many": Case("extra", run=("up", "dev", "extra")),
    "unknown output": Case("xml", run=("up", "dev", "--output", "xml")),
    "wrong variable": Case("CLOUDNATIVE_YES", run=("up", "dev"), variables={"CLOUDNATIVE_YES": "maybe"}),
    "negative tail": Case("--tail", run=("logs", "dev", "--tail", "-1")),
    "unknown back end": Case("magic", run=("emulator", "start", "--backend", "magic")),
    "reset without --yes": Case("--yes", run=("emulator", "reset")),
    "unknown cloud": Case("aws", run=("init", "--cloud", "aws")),
    "init over a project": Case("Pulumi.yaml", run=("init",)),
    "init without a compose file": Case("compose", run=("init",), without=tuple(GOOD)),
    "logs of what does not run": Case("nothing runs", run=("logs", "dev")),
}
ALL = {
    f"{kind}: {name}": case
    for kind, cases in {
        "environment": BAD_ENVIRONMENTS,
        "application": BAD_APPLICATIONS,
        "project": BAD_PROJECTS,
        "argument": BAD_ARGUMENTS,
    }.items()
    for name, case in cases.items()
}


@pytest.mark.parametrize("name", ALL)
def test_bad_input_is_one_error_and_nothing_changes(tmp_path: Path, name: str) -> None:
    case, folder, home = ALL[name], tmp_path / "shop", tmp_path / "home"
    folder.mkdir()
    make(folder, case)
    before = contents(tmp_path)
    assert_one_error(command(folder, home, case.run, case.variables), case)
    assert contents(tmp_path) == before


ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount, and become another user")
NOBODY = (
    "setpriv",
    "--reuid=65534",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A project in which nothing is wrong."""
    folder = tmp_path / "shop"
    folder.mkdir()
    make(folder, Case(""))
    return folder


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


VERBS = [("up", "dev"), ("preview", "dev"), ("emulator", "start"), ("emulator", "env")]


@ROOT_ONLY
@pytest.mark.parametrize("verb", VERBS)
def test_no_space_for_the_state(good: Path, tiny_disk: Path, verb: tuple[str, ...]) -> None:
    before = contents(good, tiny_disk)
    assert_one_error(command(good, tiny_disk / "home", verb), Case("no space left", code=1))
    assert contents(good, tiny_disk) == before


@pytest.mark.parametrize("verb", VERBS)
def test_the_state_folder_is_a_file(good: Path, tmp_path: Path, verb: tuple[str, ...]) -> None:
    (tmp_path / "home").write_text("mine")
    assert_one_error(command(good, tmp_path / "home", verb), Case("is not a folder", code=1))
    assert (tmp_path / "home").read_text() == "mine"


@ROOT_ONLY
@pytest.mark.parametrize("verb", VERBS)
def test_the_state_folder_cannot_be_written(good: Path, tmp_path: Path, verb: tuple[str, ...]) -> None:
    run = command(good, tmp_path / "home", verb, before=NOBODY)
    assert_one_error(run, Case("cannot be written by this user", code=1))
    assert not (tmp_path / "home").exists()


@ROOT_ONLY
def test_home_is_unset(good: Path) -> None:
    variables = {"HOME": "UNSET", "CLOUDNATIVE_HOME": "UNSET", "XDG_STATE_HOME": "UNSET"}
    run = command(good, good, ("up", "dev"), variables, before=NOBODY)
    assert_one_error(run, Case("cannot be", code=1))


@ROOT_ONLY
def test_real_nodes_without_root(good: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o777)
    run = command(good, tmp_path / "home", ("emulator", "start", "--backend", "node"), before=NOBODY)
    assert_one_error(run, Case("only root"))
    assert list((tmp_path / "home").iterdir()) == []
