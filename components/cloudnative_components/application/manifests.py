"""A folder of Kubernetes manifests as an application.

Every `*.yaml` and `*.yml` of the folder in order of name. A container whose image has the name of a build
(`cloudnative:builds: {web: ../web}`, `image: web`) runs what is built; every other image is pinned by digest.
"""

import base64
import binascii
from pathlib import Path

from cloudnative_toolchain.errors import ConfigError, Location

from ..config import EnvironmentConfig
from ..config.suggest import did_you_mean
from .kinds import containers, group_kind, is_cluster_wide, scopes
from .manifest_files import Manifest, read_manifests
from .model import Application, Build, Json, PublicPort, image_placeholder, mapping, service_of
from .names import content_hash, object_name
from .namespace import namespace as namespace_object
from .places import DOCS

PLACEMENT = "cloudnative/placement"
_OF_EVERY_CLUSTER = {"default", "kube-node-lease", "kube-public", "kube-system"}
_GENERIC_FOLDERS = ("deploy", "k8s", "kubernetes", "manifests")


def from_manifests(folder: Path, environment: EnvironmentConfig, *, root: Path) -> Application:
    """The application that a folder of manifests describes."""
    manifests = read_manifests(folder)
    name = _name(folder)
    namespace = _in_namespace(manifests, name)
    _unique(manifests)
    _replicas(manifests, environment)
    images = _pin_images(manifests, environment)
    secrets = {
        key: values for manifest in manifests if (found := _take_values(manifest)) for key, values in (found,)
    }
    return Application(
        name=name,
        namespace=namespace,
        builds=_builds(environment, folder, root),
        images=images,
        objects=[manifest.item for manifest in manifests]
        if _has_namespace(manifests, namespace)
        else [namespace_object(namespace, "baseline"), *(manifest.item for manifest in manifests)],
        secrets=secrets,
        public=[port for manifest in manifests for port in _public(manifest.item)],
        placement=_placement(manifests, environment),
    )


def _name(folder: Path) -> str:
    named = folder.parent if folder.name.lower() in _GENERIC_FOLDERS else folder
    return object_name(named.name)


def _in_namespace(manifests: list[Manifest], name: str) -> str:
    """Puts objects without a namespace into the application's: the only one there, else one of its name.

    The only one there is declared by a Namespace, else named by objects.
    """
    items = [manifest.item for manifest in manifests]
    declared = {item["metadata"]["name"] for item in items if group_kind(item) == ("", "Namespace")}
    named = {item["metadata"].get("namespace", name) for item in items} - _OF_EVERY_CLUSTER - {name}
    known = declared or named
    namespace = known.pop() if len(known) == 1 else name
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
            why = f"{item['kind']} {item['metadata']['name']} is there already, at {first.node.location}"
            raise manifest.error("manifest.twice", ("metadata", "name"), why=why, fix="delete one of the two")


def _replicas(manifests: list[Manifest], environment: EnvironmentConfig) -> None:
    scalable = {m.item["metadata"]["name"]: m.item for m in manifests if group_kind(m.item)[0] == "apps"}
    for name, count in environment.replicas.items():
        if name not in scalable:
            raise ConfigError(
                code="manifest.replicas",
                what=f"cloudnative:replicas names {name!r}",
                why=f"no workload of the manifests is called that{did_you_mean(name, scalable)}",
                fix=f"write one of: {', '.join(sorted(scalable)) or '(there is none)'}",
                docs=DOCS,
                location=Location(f"stacks/Pulumi.{environment.name}.yaml"),
            )
        scalable[name]["spec"]["replicas"] = count


def _pin_images(manifests: list[Manifest], environment: EnvironmentConfig) -> dict[str, str]:
    """Puts placeholders in place of images; the answer is what stands for somebody else's image."""
    images: dict[str, str] = {}
    for manifest in manifests:
        for path, container in containers(manifest.item):
            reference = container.get("image")
            if not isinstance(reference, str) or not reference.strip():
                why = "a container needs an image"
                fix = "write `image: NAME`, where NAME is one of `cloudnative:builds` or an image"
                raise manifest.error("manifest.image", (*path, "image"), why=why, fix=fix)
            key = _without_tag(reference)
            if key not in environment.builds:
                key = _key(reference, images)
                images[key] = reference
            container["image"] = image_placeholder(key)
    return images


def _without_tag(reference: str) -> str:
    head, slash, tail = reference.partition("@")[0].rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def _key(reference: str, images: dict[str, str]) -> str:
    key = object_name(reference)
    return key if images.get(key, reference) == reference else f"{key}-{content_hash({'image': reference})}"


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


def _builds(environment: EnvironmentConfig, folder: Path, root: Path) -> list[Build]:
    builds: list[Build] = []
    for name, path in sorted(environment.builds.items()):
        context = path.resolve()
        why = "" if (context / "Dockerfile").is_file() else f"there is no file {context / 'Dockerfile'}"
        if not (context.is_relative_to(root) or context.is_relative_to(folder)):
            why = f"{context} is outside of the repository {root}"
        if why:
            raise ConfigError(
                code="manifest.build",
                what=f"cloudnative:builds.{name} is not valid",
                why=why,
                fix=f"ls {context}  # then correct the path",
                docs=DOCS,
                location=Location(f"stacks/Pulumi.{environment.name}.yaml"),
            )
        builds.append(Build(name, context, platform=environment.platform))
    return builds


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
        keeps = _keeps_data(item)
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


def _keeps_data(item: Json) -> bool:
    """True for what runs pods with a volume that outlives them."""
    spec = mapping(item.get("spec"))
    pod = mapping(mapping(spec.get("template")).get("spec"))
    volumes: list[Json] = pod.get("volumes") or []
    claimed = any("persistentVolumeClaim" in volume for volume in volumes)
    return bool(claimed or spec.get("volumeClaimTemplates"))
