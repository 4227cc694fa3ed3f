"""Mounts of a service: named volumes, memory, configs and secrets."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from .durations import quantity
from .files import ConfigFile, SecretFile
from .model import Json, mapping
from .names import object_name
from .service import Service

SECRETS_FOLDER = PurePosixPath("/run/secrets")


@dataclass
class Mounts:
    """What a pod mounts: volumes of the pod, and where the container sees them."""

    volumes: list[Json] = field(default_factory=list[Json])
    mounts: list[Json] = field(default_factory=list[Json])

    def add(self, name: str, source: Json | None, mount: Json) -> None:
        """One more mount; `source` is None where the volume is a claim of a StatefulSet."""
        if source is not None and all(volume["name"] != name for volume in self.volumes):
            self.volumes.append({"name": name, **source})
        self.mounts.append({"name": name, **mount})


def mounts(
    service: Service, configs: dict[str, ConfigFile], secrets: dict[str, SecretFile], claims: set[str]
) -> Mounts:
    """Everything the service mounts; `claims` are the volumes that its StatefulSet claims itself."""
    found = Mounts()
    for volume in service.claims:
        _add_claim(found, volume, claims)
    for index, (path, size) in enumerate(_memory(service)):
        medium = {"medium": "Memory"} | ({"sizeLimit": quantity(size)} if size else {})
        found.add(f"memory-{index}", {"emptyDir": medium}, {"mountPath": path})
    for index, path in enumerate(_scratch(service)):
        found.add(f"scratch-{index}", {"emptyDir": {}}, {"mountPath": path})
    _add_configs(found, service, configs)
    _add_secrets(found, service, secrets)
    found.mounts.sort(key=lambda mount: mount["mountPath"])
    return found


def _add_claim(found: Mounts, volume: Json, claims: set[str]) -> None:
    name = object_name(volume["source"])
    mount: Json = {"mountPath": volume["target"]}
    if volume.get("read_only"):
        mount["readOnly"] = True
    if subpath := mapping(volume.get("volume")).get("subpath"):
        mount["subPath"] = subpath
    source = None if volume["source"] in claims else {"persistentVolumeClaim": {"claimName": name}}
    found.add(name, source, mount)


def _memory(service: Service) -> list[tuple[str, str]]:
    """(path, size in bytes or nothing) of every memory file system."""
    found = [(entry.partition(":")[0], "") for entry in service.get("tmpfs", [])]
    found += [
        (volume["target"], str(mapping(volume.get("tmpfs")).get("size") or ""))
        for volume in service.get("volumes", [])
        if volume["type"] == "tmpfs"
    ]
    if size := service.get("shm_size"):
        found.append(("/dev/shm", str(size)))  # noqa: S108  # the place compose sizes with shm_size
    return found


def _scratch(service: Service) -> list[str]:
    return [v["target"] for v in service.get("volumes", []) if v["type"] == "volume" and not v.get("source")]


def _add_configs(found: Mounts, service: Service, configs: dict[str, ConfigFile]) -> None:
    for use in service.get("configs", []):
        config = configs[use["source"]]
        source: Json = {"configMap": {"name": config.object_name}}
        if use.get("mode"):
            source["configMap"]["defaultMode"] = int(str(use["mode"]), 8)
        target = use.get("target") or f"/{use['source']}"
        mount = {"mountPath": target, "readOnly": True, "subPath": config.key}
        found.add(f"config-{object_name(use['source'])}", source, mount)


def _add_secrets(found: Mounts, service: Service, secrets: dict[str, SecretFile]) -> None:
    """One folder /run/secrets, which follows changed values, and single files for targets elsewhere."""
    projected: list[Json] = []
    for use in sorted(service.get("secrets", []), key=lambda use: str(use["source"])):
        secret = secrets[use["source"]]
        path = SECRETS_FOLDER / (use.get("target") or use["source"])
        item: Json = {"key": secret.key, "path": path.name}
        if use.get("mode"):
            item["mode"] = int(str(use["mode"]), 8)
        if path.parent == SECRETS_FOLDER:
            projected.append({"secret": {"items": [item], "name": secret.object_name}})
            continue
        source = {"secret": {"items": [item], "secretName": secret.object_name}}
        mount = {"mountPath": str(path), "readOnly": True, "subPath": path.name}
        found.add(f"secret-{object_name(use['source'])}", source, mount)
    if projected:
        source = {"projected": {"defaultMode": 0o444, "sources": projected}}
        found.add("secrets", source, {"mountPath": str(SECRETS_FOLDER), "readOnly": True})
