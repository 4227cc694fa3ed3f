"""Helm's hooks as parts of a release: jobs before and after the rest are, what else there is, is named."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .kinds import group_kind, runs_pods
from .manifest_files import Manifest
from .model import Json, NotCarried, Note, mapping
from .names import content_hash

DEPENDS_ON = "cloudnative/depends-on"
RENDERED = "cloudnative/rendered"
_HOOK = "helm.sh/hook"
_WEIGHT = "helm.sh/hook-weight"
_DELETE = "helm.sh/hook-delete-policy"
_OWN = (_HOOK, _WEIGHT, _DELETE, "helm.sh/hook-output-log-policy")
_BEFORE, _AFTER = ("pre-install", "pre-upgrade"), ("post-install", "post-upgrade")
_TESTS = ("test", "test-success", "test-failure")
_DONE, _READY = "service_completed_successfully", "service_healthy"


@dataclass
class Sorted:
    """The objects that a release gets, hooks among them, and what is said about the rest."""

    manifests: list[Manifest] = field(default_factory=list[Manifest])
    not_carried: list[NotCarried] = field(default_factory=list[NotCarried])
    notes: list[Note] = field(default_factory=list[Note])


def sort_hooks(manifests: Sequence[Manifest]) -> Sorted:
    """Hooks in their places: jobs before the chart's services or after them, ordered by weight."""
    plain = [manifest for manifest in manifests if not _events(manifest)]
    found = Sorted(list(plain))
    before: list[Manifest] = []
    after: list[Manifest] = []
    for manifest in sorted((m for m in manifests if _events(m)), key=_order):
        events = _events(manifest)
        _name_what_is_lost(manifest, events, found)
        if not _carried(manifest, events):
            continue
        if runs_pods(manifest.item):
            (before if set(events) & set(_BEFORE) else after).append(manifest)
            _name_what_differs(manifest, events, found)
        found.manifests.append(manifest)
        _strip(manifest.item)
    _chain(before, after, [manifest for manifest in plain if runs_pods(manifest.item)])
    _run_again_with(before + after, content_hash({"objects": [manifest.item for manifest in plain]}))
    return found


def _events(manifest: Manifest) -> list[str]:
    written = str(_annotations(manifest.item).get(_HOOK) or "")
    return [event.strip() for event in written.split(",") if event.strip()]


def _carried(manifest: Manifest, events: Sequence[str]) -> bool:
    at_release = set(events) & {*_BEFORE, *_AFTER}
    return bool(at_release) and (_is_job(manifest) or not runs_pods(manifest.item))


def _is_job(manifest: Manifest) -> bool:
    return group_kind(manifest.item) == ("batch", "Job")


def _order(manifest: Manifest) -> tuple[int, str, str]:
    weight = str(_annotations(manifest.item).get(_WEIGHT) or "0")
    number = int(weight) if weight.lstrip("+-").isdigit() else 0
    return number, manifest.item["kind"], manifest.item["metadata"]["name"]


def _name_what_is_lost(manifest: Manifest, events: Sequence[str], found: Sorted) -> None:
    title = f"{manifest.item['kind']} {manifest.item['metadata']['name']}"
    at_release = set(events) & {*_BEFORE, *_AFTER}
    if at_release and not _carried(manifest, events):
        why = "it is not waited for; make it a Job"
        found.not_carried.append(_left(manifest, f"hook {title} ({', '.join(events)})", why))
    for event in events:
        if event in _TESTS:
            found.not_carried.append(_left(manifest, f"test {title}", "a release runs no `helm test`"))
        elif event not in at_release:
            why = "a release has no such moment; an earlier bundle runs its own jobs"
            found.not_carried.append(_left(manifest, f"hook {event} of {title}", why))


def _name_what_differs(manifest: Manifest, events: Sequence[str], found: Sorted) -> None:
    title, wanted = manifest.item["metadata"]["name"], set(events)
    for pair in (_BEFORE, _AFTER):
        if len(wanted & set(pair)) == 1:
            only = "the first release" if pair[0] in wanted else "later releases"
            when = "at the first release and with each change of the chart"
            text = f"Job {title} runs {when} (Helm: at {only} only)"
            found.notes.append(Note(str(manifest.place()), text))
    if wanted & set(_BEFORE) and wanted & set(_AFTER):
        found.not_carried.append(
            _left(manifest, f"hook {' and '.join(_AFTER)} of Job {title}", "it runs once, before the rest")
        )
    if "hook-succeeded" in str(_annotations(manifest.item).get(_DELETE) or ""):
        text = f"Job {title} stays when it is done, so that its log can be read (Helm: deleted)"
        found.notes.append(Note(str(manifest.place()), text))


def _left(manifest: Manifest, key: str, why: str) -> NotCarried:
    return NotCarried(str(manifest.place()), key, why)


def _strip(item: Json) -> None:
    annotations = _annotations(item)
    for name in _OWN:
        annotations.pop(name, None)
    if not annotations:
        item["metadata"].pop("annotations", None)


def _chain(before: Sequence[Manifest], after: Sequence[Manifest], rest: Sequence[Manifest]) -> None:
    """Job after job, then the services, then job after job."""
    for earlier, later in pairwise(before):
        _wait(later, earlier, _DONE)
    for manifest in rest if before else ():
        _wait(manifest, before[-1], _DONE)
    for manifest in after:
        for other in rest:
            _wait(manifest, other, _DONE if _is_job(other) else _READY)
    for earlier, later in pairwise(after):
        _wait(later, earlier, _DONE)


def _wait(manifest: Manifest, other: Manifest, condition: str) -> None:
    annotations: Json = manifest.item["metadata"].setdefault("annotations", {})
    written = [annotations[DEPENDS_ON]] if annotations.get(DEPENDS_ON) else []
    annotations[DEPENDS_ON] = ",".join([*written, f"{other.item['metadata']['name']}:{condition}"])


def _run_again_with(jobs: Sequence[Manifest], content: str) -> None:
    """A job is run again when what it is for has changed, as with each of Helm's upgrades."""
    for job in jobs:
        template = mapping(job.item["spec"].get("template"))
        template.setdefault("metadata", {}).setdefault("annotations", {})[RENDERED] = content


def _annotations(item: Json) -> Json:
    return mapping(item["metadata"].get("annotations"))
