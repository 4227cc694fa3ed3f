"""Compose files through compose-go, the Compose Specification's own parser, with places for errors."""

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudnative_toolchain.errors import CloudnativeError, ConfigError, Location
from cloudnative_toolchain.programs import program

from ..config import MappingNode, Node, Scalar, load_yaml, walk
from ..config.nodes import PathPart
from ..config.suggest import did_you_mean
from .model import Json
from .names import SERVICE_NAME
from .places import DOCS, Places, dotted
from .settings import KNOWN

_TAGS = frozenset({"!reset", "!override"})  # the Compose Specification's own
_TIMEOUT = 60  # seconds; compose-go takes milliseconds, a busy machine some more
_PATH = re.compile(r"\b(services|secrets|configs|volumes|networks)\.([\w-]+)((?:\.[\w-]+|\[\d+\])*)")
_CYCLE = re.compile(r"dependency cycle detected: ([\w-]+) ->")
_NAMED = re.compile(r'(service|secret|config|volume|network) "([^"]+)"')


@dataclass(frozen=True)
class ComposeProject:
    """A project as compose-go resolved it."""

    name: str
    data: Json
    places: Places
    folder: Path


def parse_compose(files: Sequence[Path], profiles: Sequence[str]) -> ComposeProject:
    """The merged, interpolated project of one or several compose files."""
    trees = tuple(_tree(file) for file in files)
    places = Places(trees)
    name = _name(trees, files[0], places)
    return ComposeProject(name, _run(name, files, profiles, places), places, files[0].parent)


def _tree(file: Path) -> Node:
    tree = load_yaml(file, tags=_TAGS)
    if isinstance(tree, MappingNode):
        return tree
    raise ConfigError(
        code="application.compose",
        what=f"{file} is not a compose file",
        why=f"it is {tree.describe()}",
        fix="write `services:` at its top",
        location=tree.location,
        docs=DOCS,
    )


def _name(trees: tuple[Node, ...], file: Path, places: Places) -> str:
    names = [
        tree.entries["name"].value
        for tree in trees
        if isinstance(tree, MappingNode) and "name" in tree.entries
    ]
    written = names[-1] if names else None
    name = (
        written.text if isinstance(written, Scalar) else re.sub(r"[^a-z0-9-]", "-", file.parent.name.lower())
    )
    if SERVICE_NAME.fullmatch(name):
        return name
    raise places.error(
        "application.name",
        ("name",),
        why=f"{name!r} is not 1 to 50 of a-z, 0-9 and -, starting with a letter",
        fix=f"write `name: my-application` at the top of {file}",
    )


def _run(name: str, files: Sequence[Path], profiles: Sequence[str], places: Places) -> Json:
    flags = [flag for profile in profiles for flag in ("--profile", profile)]
    command = [str(program("compose-config")), "--project-name", name, *flags, *map(str, files)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT, check=False)
    except subprocess.TimeoutExpired as error:
        raise CloudnativeError(
            code="application.parser-timeout",
            what=f"the compose parser did not answer for {files[0]}",
            why=f"it ran for {_TIMEOUT} s",
            fix="cloudnative doctor",
            docs=DOCS,
        ) from error
    if done.returncode:
        raise explain(_message(done.stderr), places, files)
    return json.loads(done.stdout)


def _message(stderr: bytes) -> str:
    for line in reversed(stderr.decode(errors="replace").splitlines()):
        if line.startswith("{"):
            return str(json.loads(line).get("message", line))
    return stderr.decode(errors="replace").strip() or "the compose parser ended without a word"


def explain(message: str, places: Places, files: Sequence[Path]) -> ConfigError:
    """A ConfigError from compose-go's sentence, which names the setting but not its line."""
    path = _path_in(message)
    place = places.at(*path) if path else _quoted(message, places) or Location(str(files[0]), 1, 1)
    why = re.sub(r"^validating \S+: ", "", message).removesuffix(": invalid compose project")
    fix = f"correct {place}"
    if found := re.search(r"(\S+) (?:false schema|additional properties '([^']+)' not allowed)", why):
        key = found[2] or found[1].rpartition(".")[2]
        path = path if path and path[-1] == key else (*path, key)
        hint = did_you_mean(key, KNOWN)
        why, fix = f"unknown key {key!r}{hint}", f"delete or correct the key {key!r}"
        place = places.at(*path) if len(path) > 1 else _key(key, places) or place
    return ConfigError(
        code="application.compose",
        what=f"{dotted(path) or files[0]} is not valid",
        why=why,
        fix=fix,
        location=place,
        docs=DOCS,
    )


def _quoted(message: str, places: Places) -> Location | None:
    """The place of the longest value of the files that the message quotes, such as a file's name."""
    values = [node for tree in places.trees for _, node in walk(tree) if isinstance(node, Scalar)]
    quoted = [value for value in values if len(value.text) > 2 and value.text.removeprefix("./") in message]
    if quoted:
        return max(quoted, key=lambda value: len(value.text)).location
    last = message.rpartition(" ")[2]
    return next((value.location for value in values if len(last) > 2 and last in value.text), None)


def _key(name: str, places: Places) -> Location | None:
    """The place of the first key of that name."""
    trees = (node for tree in places.trees for _, node in walk(tree) if isinstance(node, MappingNode))
    return next((tree.entries[name].key for tree in trees if name in tree.entries), None)


def _path_in(message: str) -> tuple[PathPart, ...]:
    if found := _PATH.search(message):
        below = re.findall(r"\.([\w-]+)|\[(\d+)\]", found[3])
        return (found[1], found[2], *(name or int(index) for name, index in below))
    if found := _CYCLE.search(message):
        return ("services", found[1], "depends_on")
    if found := _NAMED.search(message):
        return (f"{found[1]}s", found[2])
    return ()
