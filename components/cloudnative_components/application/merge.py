"""Several entries as one application: each service has one renderer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce

from cloudnative_toolchain.errors import ConfigError, Location

from .kinds import group_kind
from .model import MANAGED_BY, Application, Claim, Json, Rendering, mapping
from .places import DOCS

_ENFORCE = "pod-security.kubernetes.io/enforce"


def merged(parts: Sequence[Application]) -> Application:
    """One application of all parts, called as the first; ConfigError where two make the same service."""
    if len(parts) == 1:
        return parts[0]
    _one_renderer_each([rendering for part in parts for rendering in part.renderings])
    _one_object_each(parts)
    whole = reduce(_joined, parts)
    return replace(whole, objects=_with_namespaces(whole.objects))


def _joined(first: Application, second: Application) -> Application:
    return replace(
        first,
        builds=[*first.builds, *second.builds],
        images=first.images | second.images,
        objects=[*first.objects, *second.objects],
        secrets=first.secrets | second.secrets,
        generated_secrets=[*first.generated_secrets, *second.generated_secrets],
        public=[*first.public, *second.public],
        not_carried=[*first.not_carried, *second.not_carried],
        placement=first.placement | second.placement,
        notes=[*first.notes, *second.notes],
        renderings=[*first.renderings, *second.renderings],
    )


def _one_renderer_each(renderings: Sequence[Rendering]) -> None:
    seen: dict[tuple[str, str], tuple[Rendering, Claim]] = {}
    for rendering in renderings:
        for claim in rendering.claims:
            other, before = seen.setdefault((claim.namespace, claim.service), (rendering, claim))
            if other is not rendering:
                where = f"{other.renderer} ({before.where}) and by {rendering.renderer} ({claim.where})"
                raise _twice(f"the service {claim.service}", where, claim.where)


def _one_object_each(parts: Sequence[Application]) -> None:
    seen: dict[tuple[str, ...], Rendering] = {}
    for part in parts:
        (rendering,) = part.renderings
        for item in part.objects:
            key = (*group_kind(item), item["metadata"].get("namespace", ""), item["metadata"]["name"])
            other = seen.setdefault(key, rendering)
            if other is not rendering and not _is_namespace(item):
                where = f"{other.renderer} ({other.path}) and by {rendering.renderer} ({rendering.path})"
                raise _twice(
                    f"{item['kind']} {item['metadata']['name']}", where, Location(str(rendering.path))
                )


def _twice(what: str, where: str, place: Location) -> ConfigError:
    return ConfigError(
        code="application.claimed-twice",
        what=f"{what} has two renderers",
        why=f"it is made by {where}",
        fix=f"${{EDITOR:-vi}} {place.file}  # rename one of the two, or leave it out",
        location=place,
        docs=DOCS,
    )


def _with_namespaces(objects: Sequence[Json]) -> list[Json]:
    """Each namespace once, first of all: as the files declare it, else at the level that all parts bear."""
    found: dict[str, Json] = {}
    for item in filter(_is_namespace, objects):
        name = item["metadata"]["name"]
        found[name] = min(found.get(name, item), item, key=_precedence)
    return [*found.values(), *_others(objects)]


def _others(objects: Sequence[Json]) -> Iterator[Json]:
    return (item for item in objects if not _is_namespace(item))


def _is_namespace(item: Json) -> bool:
    return group_kind(item) == ("", "Namespace")


def _precedence(item: Json) -> int:
    labels = mapping(item["metadata"].get("labels"))
    if labels.get("app.kubernetes.io/managed-by") != MANAGED_BY:
        return 0
    return 1 if labels.get(_ENFORCE) == "baseline" else 2
