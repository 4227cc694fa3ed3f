"""Where an environment's state lies and who encrypts its secrets: decided from its files, then opened."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from cloudnative.stores.blob_address import blob_address
from cloudnative.stores.names import BLOB_URL, KEY_URL, state_names
from cloudnative.stores.store import FileStore, Store
from cloudnative_toolchain.errors import ConfigError, Location

if TYPE_CHECKING:
    from cloudnative.project import Project
    from cloudnative.runs.home import StackHome

PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


@dataclass(frozen=True)
class Backend:
    """A back end of the engine; `provider` encrypts the secrets of a new stack ("": a passphrase)."""

    url: str
    variables: Mapping[str, str]
    provider: str = ""

    @property
    def remote(self) -> bool:
        """Whether other machines can reach it."""
        return not self.url.startswith("file://")

    def open(self, environment: Mapping[str, str]) -> Store:
        """The files of the back end, with the credentials of an environment."""
        if not self.remote:
            return FileStore(self._path())
        from cloudnative.stores.blobs import BlobStore

        return BlobStore(blob_address(self.url, environment), environment)

    def make_folder(self) -> None:
        """The engine opens a folder only when it is there."""
        if not self.remote:
            self._path().mkdir(parents=True, exist_ok=True, mode=0o700)

    def _path(self) -> Path:
        return Path(unquote(urlsplit(self.url).path))


def choose(
    project: Project, home: StackHome, settings: Mapping[str, Any], environment: Mapping[str, str]
) -> Backend:
    """The emulator's state is this machine's; Azure's is where Pulumi.yaml says, in CI never the runner.

    `settings` are Pulumi's own keys of the environment's file, `environment` the user's variables.
    """
    if home.cloud == "emulator":
        return _local(home, home.state.as_uri())
    declared = project.backend
    scheme = declared.text.partition("://")[0] if declared else "file"
    if scheme not in ("azblob", "file"):
        raise _unknown(project, scheme)
    if scheme == "file" and environment.get("CI", "").lower() in ("1", "true"):
        raise _lost_with_the_runner(project)
    if declared is None:
        return _local(home, home.state.as_uri())
    if scheme == "file":
        return _local(home, _folder(declared.text, project.folder).as_uri())
    blob_address(declared.text, environment, declared.location)
    return _remote(project, home, declared.text, settings, environment)


def _local(home: StackHome, url: str) -> Backend:
    passphrase = {"PULUMI_CONFIG_PASSPHRASE_FILE": str(home.passphrase)}
    return Backend(url, {"PULUMI_BACKEND_URL": url, **passphrase})


def _remote(
    project: Project,
    home: StackHome,
    url: str,
    settings: Mapping[str, Any],
    environment: Mapping[str, str],
) -> Backend:
    """A shared state needs a key that is shared too: a passphrase of this machine opens it nowhere else."""
    provider = str(settings.get("secretsprovider") or "")
    variables = {"PULUMI_BACKEND_URL": url}
    if "://" in provider:
        return Backend(url, variables, provider)
    given = {name: environment[name] for name in PASSPHRASES if environment.get(name)}
    if provider != "passphrase" and "encryptionsalt" not in settings:
        raise _no_key(project, home)
    if not given:
        raise ConfigError(
            code="backend.passphrase",
            what=f"the secrets of {home.environment} are encrypted with a passphrase that is not set",
            why=f"its state lies in {url}, which others read too; looked for {' and '.join(PASSPHRASES)}",
            fix="export PULUMI_CONFIG_PASSPHRASE_FILE=A_FILE_WITH_THE_PASSPHRASE",
        )
    return Backend(url, {**variables, **given})


def _folder(url: str, base: Path) -> Path:
    """The folder of file://URL as the engine reads it, relative to the project."""
    path = Path(url.removeprefix("file://").partition("?")[0])
    return (base / path.expanduser()).resolve()


def _lost_with_the_runner(project: Project) -> ConfigError:
    where = f"its backend is {project.backend.text!r}" if project.backend else "it names no backend"
    account = state_names(project.name).account
    url = BLOB_URL.format(account=account)
    file = shlex.quote(str(project.file))
    line = shlex.quote(f"s|file://[^'\" }}]*|{url}|")
    block = shlex.quote(f"\\nbackend:\\n  url: {url}\\n")
    return ConfigError(
        code="backend.ci",
        what=f"the state of {project.name} would be lost with this CI job",
        why=f"cloud: azure needs a state that the next job finds, and {where} in {project.file.name}; "
        "`cloudnative init --cloud azure` in an empty folder shows how its storage account is made",
        fix=f"sed -i {line} {file}" if project.backend else f"printf {block} >> {file}",
        location=project.backend.location if project.backend else Location(str(project.file), 1, 1),
    )


def _no_key(project: Project, home: StackHome) -> ConfigError:
    file = project.environment_file(home.environment)
    url = KEY_URL.format(vault=state_names(project.name).vault)
    line = shlex.quote(f"secretsprovider: {url}\\n")
    return ConfigError(
        code="backend.secrets",
        what=f"the state of {home.environment} is shared, but no shared key encrypts its secrets",
        why=f"{file.name} has no `secretsprovider`; an azurekeyvault:// URL is needed "
        "(or `passphrase`, with PULUMI_CONFIG_PASSPHRASE_FILE set)",
        fix=f"printf {line} >> {shlex.quote(str(file))}",
        location=Location(str(file), 1, 1),
    )


def _unknown(project: Project, scheme: str) -> ConfigError:
    return ConfigError(
        code="backend.url",
        what=f"backend {project.backend.text if project.backend else scheme!r}",
        why="allowed: azblob://CONTAINER?storage_account=ACCOUNT, file://FOLDER",
        fix=f"${{EDITOR:-vi}} {project.file}",
        location=project.backend.location if project.backend else None,
    )
