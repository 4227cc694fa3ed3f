"""The context that a home is pinned to: a private copy; the user's kubeconfig is read when it is named."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters import state
from cloudnative_emulator.clusters.context.kubectl import Kubectl, KubectlError
from cloudnative_emulator.identity.private_files import write_private
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode

if TYPE_CHECKING:
    from pathlib import Path

DOCS = "docs/context.md"
_VERSION = re.compile(r"v?(\d+\.\d+\.\d+)")


@dataclass(frozen=True)
class Pinned:
    """One context, and the registry that its cluster pulls from (with its scheme; empty: none was named)."""

    home: Path
    context: str
    server: str
    version: str
    registry: str

    @property
    def kubeconfig(self) -> Path:
        """The private copy."""
        return _folder(self.home) / "kubeconfig"

    def owner(self) -> str:
        """The ARM id of the managed cluster that this context stands for; empty when there is none."""
        path = _folder(self.home) / "owner"
        return path.read_text() if path.exists() else ""

    def take(self, cluster_id: str) -> None:
        """From now on the context stands for this cluster."""
        write_private(_folder(self.home) / "owner", cluster_id.encode())

    def let_go(self) -> None:
        """The context stands for no cluster any more."""
        (_folder(self.home) / "owner").unlink(missing_ok=True)


def read(home: Path) -> Pinned | None:
    """The context of this home; None when it has none."""
    path = _folder(home) / "context.json"
    if not (path.exists() and (_folder(home) / "kubeconfig").exists()):
        return None
    return Pinned(home=home, **json.loads(path.read_text()))


def settle(home: Path, *, backend: str | None, context: str | None, registry: str | None) -> str | None:
    """The back end to start; a context that was named is pinned. Refused where clusters would move."""
    kept = read(home)
    if context is None and registry is None and backend is None:
        return "context" if kept else None
    if backend not in (None, "context"):
        return _leave(home, kept, backend, context or registry)
    name = context or (kept.context if kept else "")
    if not name:
        raise no_context()
    if not kept and state.read_all(home):
        raise _clusters_elsewhere()
    if kept and kept.owner() and kept.context != name:
        raise _taken(kept, f"context {name}")
    address = with_scheme(registry) if registry is not None else kept.registry if kept else ""
    if kept and context is None:
        _write(Pinned(home, kept.context, kept.server, kept.version, address))
    else:
        _pin(home, name, address)
    return "context"


def plain_version(text: str) -> str:
    """`1.33.4` of `v1.33.4+k3s1`."""
    found = _VERSION.search(text)
    return found.group(1) if found else text


def with_scheme(registry: str) -> str:
    """`http://` for this machine's own registries, as container runtimes have it, else `https://`."""
    address = registry.rstrip("/")
    if "://" in address or not address:
        return address
    host = address.partition(":")[0]
    return f"http://{address}" if host == "localhost" or host.startswith("127.") else f"https://{address}"


def _pin(home: Path, name: str, registry: str) -> None:
    try:
        config = Kubectl().minified(name)
    except KubectlError as error:
        raise _unknown(name, str(error)) from error
    version, server = _answer(home, name, config)
    _write(Pinned(home, name, server, version, registry))


def _answer(home: Path, name: str, config: dict[str, Any]) -> tuple[str, str]:
    """Version and address of the cluster, asked with the copy; without an answer the copy goes again."""
    copy = _folder(home) / "kubeconfig"
    before = copy.read_bytes() if copy.exists() else None
    write_private(copy, json.dumps(config).encode())
    try:
        said = Kubectl(copy).server_version()
    except KubectlError as error:
        if before is None:
            copy.unlink()
        else:
            write_private(copy, before)
        raise CloudnativeError(
            code="emulator.context-unreachable",
            what=f"the cluster of context {name}",
            why=str(error),
            fix=f"kubectl --context {shlex.quote(name)} version",
            docs=DOCS,
            exit_code=ExitCode.RESOURCE,
        ) from error
    return plain_version(said), str(config["clusters"][0]["cluster"]["server"])


def _write(pinned: Pinned) -> None:
    content = {key: value for key, value in asdict(pinned).items() if key != "home"}
    write_private(_folder(pinned.home) / "context.json", json.dumps(content, indent=1).encode())


def _leave(home: Path, kept: Pinned | None, backend: str | None, named: str | None) -> str | None:
    if named:
        raise ConfigError(
            code="emulator.context-backend",
            what=f"--context and --registry with --backend {backend}",
            why="they belong to the back end context",
            fix="cloudnative emulator start --help",
        )
    if kept and kept.owner():
        raise _taken(kept, f"back end {backend}")
    shutil.rmtree(_folder(home), ignore_errors=True)
    return backend


def _folder(home: Path) -> Path:
    return home / "emulator/context"


def no_context() -> ConfigError:
    """`context` was asked for without saying which."""
    known = _names()
    return ConfigError(
        code="emulator.no-context",
        what="--backend context without --context",
        why=f"one of: {', '.join(known) or 'your kubeconfig names none'}",
        fix=_start_with(known),
        docs=DOCS,
    )


def _unknown(name: str, why: str) -> ConfigError:
    known = _names()
    return ConfigError(
        code="emulator.unknown-context",
        what=f"context {name!r}",
        why=f"{why}; there are: {', '.join(known)}" if known else why,
        fix=_start_with(known),
        docs=DOCS,
    )


def _start_with(known: list[str]) -> str:
    if known:
        return f"cloudnative emulator start --backend context --context {shlex.quote(known[0])}"
    return "cloudnative emulator start --backend simulated"


def _names() -> list[str]:
    try:
        return Kubectl().contexts()
    except KubectlError:  # the error that is being made already says what is wrong with it
        return []


def _taken(kept: Pinned, wish: str) -> ConfigError:
    return ConfigError(
        code="emulator.other-backend",
        what=f"this home's cluster is that of context {kept.context}",
        why=f"a cluster cannot move to {wish}",
        fix="cloudnative emulator reset --yes",
        docs=DOCS,
    )


def _clusters_elsewhere() -> ConfigError:
    return ConfigError(
        code="emulator.other-backend",
        what="this home has clusters of another back end",
        why="a cluster cannot move",
        fix="cloudnative emulator reset --yes",
        docs=DOCS,
    )
