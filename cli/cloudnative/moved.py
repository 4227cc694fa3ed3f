"""An environment that is not empty stays where it is: moved, its resources would be forgotten."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cloudnative.absent import NOTHING
from cloudnative.runs.home import StackHome
from cloudnative.runs.state import StackState
from cloudnative.stores.store import FileStore
from cloudnative_toolchain.errors import ConfigError


def refuse_moved(home: StackHome, url: str, file: Path) -> None:
    """ConfigError when an earlier run of this machine made the environment in another cloud or back end."""
    record = home.read_record()
    cloud, before = record.get("cloud", home.cloud), record.get("backend", home.state.as_uri())
    if (cloud, before) == (home.cloud, url) or not _holds_resources(home, before):
        return
    if cloud != home.cloud:
        raise _other_cloud(home, cloud, file)
    raise ConfigError(
        code="config.backend-changed",
        what=f"the state of {home.environment} lies in {before}, its config says {url}",
        why="there it would start from nothing, over resources that exist; move it first (`pulumi stack "
        "export` with the old backend, `pulumi stack import` with the new one), then forget the old place",
        fix=f"rm {shlex.quote(str(home.record))}",
    )


def _holds_resources(home: StackHome, url: str) -> bool:
    """A state elsewhere is not asked: runs on the emulator never reach Azure. `down` forgets the record."""
    if not url.startswith("file://"):
        return True
    store = FileStore(Path(unquote(urlsplit(url).path)))
    return bool((StackState.of(home, store).read() or NOTHING).get("resources"))


def _other_cloud(home: StackHome, cloud: str, file: Path) -> ConfigError:
    back = shlex.quote(f"s/\\(cloudnative:cloud:\\) *[^ #]*/\\1 {cloud}/")
    return ConfigError(
        code="config.cloud-changed",
        what=f"environment {home.environment} lives on {cloud}, its config says {home.cloud}",
        why="its resources there would be forgotten; take it down first, or use another environment name",
        fix=f"sed -i {back} {shlex.quote(str(file))} && cloudnative down {home.environment} --yes",
    )
