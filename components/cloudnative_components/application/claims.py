"""Claims for named volumes: one per replica where a service owns it, one in all where several share it."""

from .extensions import VolumeExtension, read_extension
from .model import MANAGED_BY, Json, mapping
from .names import object_name
from .places import Places
from .service import Service

# AKS has no class that several nodes can write to at once but Azure Files.
_SHARED_CLASS = {"azure": "azurefile-csi", "emulator": None}


def shared_volumes(services: list[Service]) -> set[str]:
    """The volumes that more than one service mounts, and those of a job, which cannot claim any itself."""
    users: dict[str, set[str]] = {}
    for service in services:
        for mount in service.claims:
            users.setdefault(mount["source"], set()).add(service.name)
    of_jobs = {mount["source"] for service in services if service.one_shot for mount in service.claims}
    return of_jobs | {volume for volume, names in users.items() if len(names) > 1}


def own_claims(service: Service, project: Json, shared: set[str]) -> set[str]:
    """The volumes for which each replica of the service has a claim of its own."""
    volumes = mapping(project.get("volumes"))
    names = {mount["source"] for mount in service.claims}
    return {name for name in names if name not in shared and not mapping(volumes.get(name)).get("external")}


def claim_templates(service: Service, project: Json, own: set[str]) -> list[Json]:
    """`volumeClaimTemplates` of the service."""
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": object_name(volume), "labels": service.selector},
            "spec": _spec(_extension(project, volume, service.places), "ReadWriteOnce", None),
        }
        for volume in sorted(own)
    ]


def shared_claims(
    project: Json, shared: set[str], application: str, cloud: str, places: Places
) -> list[Json]:
    """A claim per shared volume that the application makes itself."""
    storage_class = _SHARED_CLASS[cloud]
    mode = "ReadWriteMany" if storage_class else "ReadWriteOnce"
    labels = {"app.kubernetes.io/managed-by": MANAGED_BY, "app.kubernetes.io/part-of": application}
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": object_name(volume), "namespace": application, "labels": labels},
            "spec": _spec(_extension(project, volume, places), mode, storage_class),
        }
        for volume in sorted(shared)
        if not mapping(mapping(project.get("volumes")).get(volume)).get("external")
    ]


def _extension(project: Json, volume: str, places: Places) -> VolumeExtension:
    data = mapping(mapping(project.get("volumes")).get(volume))
    return read_extension(VolumeExtension, data, ("volumes", volume), places)


def _spec(extension: VolumeExtension, mode: str, storage_class: str | None) -> Json:
    spec: Json = {"accessModes": [mode], "resources": {"requests": {"storage": extension.size}}}
    if chosen := extension.storage_class or storage_class:
        spec["storageClassName"] = chosen
    return spec
