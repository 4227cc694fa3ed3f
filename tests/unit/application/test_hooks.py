"""Helm's hooks as parts of a release."""

from typing import Any

import pytest

from cloudnative_components.application.hooks import DEPENDS_ON, RENDERED, Sorted, sort_hooks
from cloudnative_components.application.manifest_files import Manifest, rendered
from cloudnative_toolchain.errors import Location

SPEC = "spec: {template: {spec: {containers: []}}}"
WEB = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\n{SPEC}\n"


def hook(name: str, events: str, *, kind: str = "Job", weight: int = 0, delete: str = "") -> str:
    group = "batch/v1" if kind == "Job" else "v1"
    notes = {"helm.sh/hook": events, "helm.sh/hook-weight": str(weight), "helm.sh/hook-delete-policy": delete}
    spec = SPEC if kind in ("Job", "Pod") else "data: {}"
    return f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: {name}, annotations: {notes}}}\n{spec}\n"


def sorted_hooks(*documents: str) -> Sorted:
    return sort_hooks(manifests(*documents))


def manifests(*documents: str) -> list[Manifest]:
    return rendered("---\n".join(documents), "helm", Location("hook.yaml"))


def awaited(found: Sorted) -> dict[str, str]:
    items = [manifest.item["metadata"] for manifest in found.manifests]
    return {meta["name"]: meta.get("annotations", {}).get(DEPENDS_ON, "") for meta in items}


def test_jobs_run_by_weight_before_and_after_the_services():
    found = sorted_hooks(
        WEB,
        hook("seed", "pre-install,pre-upgrade", weight=5),
        hook("migrate", "pre-install,pre-upgrade", weight=-1),
        hook("warm", "post-install,post-upgrade"),
    )

    done = "service_completed_successfully"
    assert awaited(found) == {
        "web": f"seed:{done}",
        "migrate": "",
        "seed": f"migrate:{done}",
        "warm": "web:service_healthy",
    }
    assert (found.not_carried, found.notes) == ([], [])


def ran_with(*documents: str) -> Any:
    job = next(m.item for m in sorted_hooks(*documents).manifests if m.item["kind"] == "Job")
    return job["spec"]["template"]["metadata"]["annotations"][RENDERED]


def test_a_job_runs_again_when_something_else_of_the_chart_has_changed():
    migrate = hook("migrate", "pre-install,pre-upgrade")

    assert ran_with(WEB, migrate) == ran_with(WEB, migrate)
    assert ran_with(WEB, migrate) != ran_with(WEB.replace("name: web", "name: api"), migrate)


def test_the_annotations_of_a_hook_are_helms_alone():
    found = sorted_hooks(hook("settings", "pre-install,pre-upgrade", kind="ConfigMap"))

    assert [manifest.item["metadata"] for manifest in found.manifests] == [{"name": "settings"}]


@pytest.mark.parametrize(
    ("events", "kind", "key"),
    [
        ("test", "Pod", "test Pod it"),
        ("test-success", "Job", "test Job it"),
        ("pre-delete", "Job", "hook pre-delete of Job it"),
        ("post-rollback", "ConfigMap", "hook post-rollback of ConfigMap it"),
        ("pre-install", "Pod", "hook Pod it (pre-install)"),
    ],
)
def test_what_a_release_does_not_run_is_named(events: str, kind: str, key: str):
    found = sorted_hooks(hook("it", events, kind=kind))

    assert [left.key for left in found.not_carried] == [key]
    assert found.manifests == []


def test_a_moment_among_others_is_named_and_the_rest_is_carried():
    found = sorted_hooks(hook("it", "pre-install,pre-upgrade,pre-delete"))

    assert [left.key for left in found.not_carried] == ["hook pre-delete of Job it"]
    assert len(found.manifests) == 1


def test_a_job_that_runs_more_often_or_stays_longer_than_with_helm_is_said():
    first, second = sorted_hooks(hook("it", "pre-install", delete="hook-succeeded")).notes

    assert first.what.endswith("(Helm: at the first release only)")
    assert second.what.endswith("(Helm: deleted)")
