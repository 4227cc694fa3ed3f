"""Kubernetes objects, from a folder or from a program that rendered them, as an application.

A container whose image has the name of a build
(`cloudnative:builds: {web: ../web}`, `image: web`) runs what is built; every other image is pinned by digest.
"""

import base64
import binascii
from collections.abc import Collection, Mapping
from pathlib import Path

from ..config import EnvironmentConfig
from .kinds import group_kind, is_cluster_wide, runs_pods, scopes
from .manifest_files import Manifest
from .model import Application, Claim, Json, PublicPort, mapping, service_of
from .names import object_name
from .namespace import namespace as namespace_object
from .workload_images import built_images, pin_images

PLACEMENT = "cloudnative/placement"
_OF_EVERY_CLUSTER = {"default", "kube-node-lease", "kube-public", "kube-system"}
_OVERLAYS = ("overlays", "environments", "envs")
_GENERIC_FOLDERS = (*_OVERLAYS, "base", "deploy", "k8s", "kubernetes", "kustomize", "manifests")


def from_manifests(
    manifests: list[Manifest],
    environment: EnvironmentConfig,
    *,
    name: str,
    namespace: str | None = None,
    taken: Collection[str] = (),
) -> Application:
    """The application that Kubernetes objects describe, without what is built for it.

    Objects without a namespace belong to `namespace`, else to the only one there, else to one called `name`.
    """
    own = _in_namespace(manifests, name, namespace)
    _unique(manifests)
    images = pin_images(manifests, built_images(environment), taken)
    secrets = dict(found for manifest in manifests if (found := _take_values(manifest)))
    declared = _has_namespace(manifests, own)
    return Application(
        name=name,
        namespace=own,
        images=images,
        objects=[
            *([] if declared else [namespace_object(own, "baseline")]),
            *(manifest.item for manifest in manifests),
        ],
        secrets=secrets,
        public=[port for manifest in manifests for port in _public(manifest.item)],
        placement=_placement(manifests, environment),
    )


def claims(manifests: list[Manifest]) -> tuple[Claim, ...]:
    """The services that these objects make, each with its place; after `from_manifests`."""
    return tuple(
        Claim(
            manifest.item["metadata"]["name"],
            manifest.item["metadata"]["namespace"],
            manifest.place("metadata", "name"),
        )
        for manifest in manifests
        if runs_pods(manifest.item)
    )


def name_of(folder: Path) -> str:
    """What an application in a folder is called: the same for every environment's overlay of it."""
    while folder.name.lower() in _GENERIC_FOLDERS or folder.parent.name.lower() in _OVERLAYS:
        folder = folder.parent
    return object_name(folder.name)


def scale(manifests: list[Manifest], replicas: Mapping[str, int]) -> set[str]:
    """Sets the pods of workloads; the answer is all that can be scaled."""
    scalable = {m.item["metadata"]["name"]: m.item for m in manifests if group_kind(m.item)[0] == "apps"}
    for name in replicas.keys() & scalable.keys():
        scalable[name]["spec"]["replicas"] = replicas[name]
    return set(scalable)


def _in_namespace(manifests: list[Manifest], name: str, given: str | None) -> str:
    """Puts objects without a namespace into the application's: the only one there, else one of its name.

    The only one there is declared by a Namespace, else named by objects.
    """
    items = [manifest.item for manifest in manifests]
    declared = {item["metadata"]["name"] for item in items if group_kind(item) == ("", "Namespace")}
    named = {item["metadata"].get("namespace", name) for item in items} - _OF_EVERY_CLUSTER - {name}
    known = declared or named
    namespace = given or (known.pop() if len(known) == 1 else name)
    own = scopes(items)
    for item in items:
        if not is_cluster_wide(item, own):
            item["metadata"].setdefault("namespace", namespace)
    return namespace


def _has_namespace(manifests: list[Manifest], namespace: str) -> bool:
    items = [manifest.item for manifest in manifests]
    return any(group_kind(i) == ("", "Namespace") and i["metadata"]["name"] == namespace for i in items)


def _unique(manifests: list[Manifest]) -> None:
    seen: dict[tuple[str, ...], Manifest] = {}
    for manifest in manifests:
        item = manifest.item
        key = (*group_kind(item), item["metadata"].get("namespace", ""), item["metadata"]["name"])
        first = seen.setdefault(key, manifest)
        if first is not manifest:
            why = f"{item['kind']} {item['metadata']['name']} is there already, at {first.place()}"
            raise manifest.error("manifest.twice", ("metadata", "name"), why=why, fix="delete one of the two")


def _take_values(manifest: Manifest) -> tuple[str, dict[str, str]] | None:
    """Moves the values of a Secret out of the object: they travel apart, and never in clear."""
    item = manifest.item
    if group_kind(item) != ("", "Secret"):
        return None
    values = {key: _decoded(manifest, key, value) for key, value in mapping(item.pop("data", None)).items()}
    values |= {key: str(value) for key, value in mapping(item.pop("stringData", None)).items()}
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}", values


def _decoded(manifest: Manifest, key: str, value: object) -> str:
    try:
        return base64.b64decode(str(value), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        fix = f"write the value of {key} in clear under `stringData`, or make it with `base64 -w0`"
        why = "it is not base64 of UTF-8 text"
        raise manifest.error("manifest.secret", ("data", key), why=why, fix=fix) from None


def _public(item: Json) -> list[PublicPort]:
    spec = mapping(item.get("spec"))
    if group_kind(item) != ("", "Service") or spec.get("type") != "LoadBalancer":
        return []
    ports: list[Json] = spec.get("ports") or []
    return [PublicPort(item["metadata"]["name"], int(port["port"])) for port in ports]


def _placement(manifests: list[Manifest], environment: EnvironmentConfig) -> dict[str, str]:
    """Where workloads that keep data live, as their annotation says."""
    found: dict[str, str] = {}
    for manifest in manifests:
        item = manifest.item
        written = mapping(item["metadata"].get("annotations")).get(PLACEMENT)
        chosen = environment.placement.get(service_of(item), written)
        keeps = keeps_data(item)
        if chosen is None and not (keeps and len(environment.regions) > 1):
            continue
        allowed = ("each", *environment.regions)
        if chosen not in allowed:
            why = (
                f"it keeps data in {len(environment.regions)} regions"
                if chosen is None
                else f"{chosen!r} is no region"
            )
            raise manifest.error(
                "manifest.placement",
                ("metadata", "annotations", PLACEMENT),
                why=f"{why}; allowed: {', '.join(allowed)}",
                fix=f"write the annotation `{PLACEMENT}: each`",
            )
        found[service_of(item)] = chosen
    return found


def keeps_data(item: Json) -> bool:
    """True for what runs pods with a volume that outlives them."""
    spec = mapping(item.get("spec"))
    pod = mapping(mapping(spec.get("template")).get("spec"))
    volumes: list[Json] = pod.get("volumes") or []
    claimed = any("persistentVolumeClaim" in volume for volume in volumes)
    return bool(claimed or spec.get("volumeClaimTemplates"))
