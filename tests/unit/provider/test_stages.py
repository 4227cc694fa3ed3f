"""What a release starts together, and what it waits for in between."""

from typing import Any

import pytest

from cloudnative_provider.stages import stages
from cloudnative_toolchain.errors import CloudnativeError


def _workload(name: str, kind: str = "Deployment", depends: str = "") -> dict[str, Any]:
    version = "batch/v1" if kind == "Job" else "apps/v1"
    annotations = {"cloudnative/depends-on": depends} if depends else {}
    meta = {"name": name, "namespace": "shop", "annotations": annotations}
    return {"apiVersion": version, "kind": kind, "metadata": meta}


_SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}}
_DB = _workload("db", "StatefulSet")
_MIGRATE = _workload("migrate", "Job", "db:service_healthy")
_DONE = "migrate:service_completed_successfully"


def _names(*objects: dict[str, Any]) -> list[tuple[list[str], list[str]]]:
    return [
        ([obj["metadata"]["name"] for obj in stage.objects], sorted(n.rsplit("/")[-1] for n in stage.first))
        for stage in stages(objects)
    ]


def test_without_jobs_everything_starts_at_once() -> None:
    web = _workload("web", depends="db:service_healthy,gone:service_started")
    assert _names(_SERVICE, web, _DB) == [(["web", "web", "db"], [])]


def test_a_migration_runs_between_its_database_and_what_waits_for_it() -> None:
    web = _workload("web", depends=f"db:service_healthy,{_DONE}")
    assert _names(_SERVICE, web, _MIGRATE, _DB) == [
        (["web", "db"], []),
        (["migrate"], ["db"]),
        (["web"], ["migrate"]),
    ]


def test_what_depends_on_a_late_service_is_as_late_and_what_does_not_is_not() -> None:
    web, gateway = _workload("web", depends=_DONE), _workload("gateway", depends="web:service_started")
    found = _names(gateway, web, _workload("other"), _MIGRATE, _DB)
    assert found == [(["other", "db"], []), (["migrate"], ["db"]), (["gateway", "web"], ["migrate"])]


def test_a_condition_of_completion_on_what_never_ends_holds_nothing_up() -> None:
    assert len(stages([_DB, _workload("web", depends="db:service_completed_successfully")])) == 1


def test_a_circle_of_jobs_is_an_error_that_names_them() -> None:
    circle = [_workload("a", "Job", "b:service_started"), _workload("b", "Job", "a:service_started")]
    with pytest.raises(CloudnativeError, match="batch/v1/Job/shop/a, batch/v1/Job/shop/b"):
        stages(circle)
