"""Other people's judges of what we make: checkov of the ARM export, kubernetes-validate of the objects."""

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.emulator.python_tool import python_tool, run
from tests.unit.components import conftest
from tests.unit.components.profile_runs import arm_template, profile

from cloudnative_components.application import load
from cloudnative_components.config import EnvironmentConfig
from cloudnative_emulator.clusters.versions import kubernetes_versions

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(900)]  # the first run installs them

EXCEPTIONS: dict[str, str] = json.loads(
    Path(__file__).with_name("checkov_exceptions.json").read_text("utf-8")
)
SHIPPING = Path(__file__).parents[2] / "samples/shipping/compose.yaml"
Template = dict[str, Any]
loop = conftest.loop  # Pulumi's mocks need one


def check(template: Template, folder: Path) -> dict[str, set[str]]:
    """What checkov says of an ARM template: ids by `passed` and `failed`."""
    file = folder / "arm.json"
    file.write_text(json.dumps(template))
    checkov = python_tool("checkov")
    said = run(checkov, "-f", str(file), "--framework", "arm", "--skip-download", "--compact", "-o", "json")
    report: dict[str, Any] = json.loads(said.stdout)
    assert report["summary"]["parsing_errors"] == 0, said.stderr
    results = report["results"]
    return {
        verdict: {one["check_id"] for one in results[f"{verdict}_checks"]} for verdict in ("passed", "failed")
    }


def test_checkov_finds_nothing_in_prod_but_what_has_a_reason(tmp_path: Path) -> None:
    verdict = check(arm_template(profile("prod")), tmp_path)

    assert verdict["failed"] == set(EXCEPTIONS)
    assert len(verdict["passed"]) >= 15


def test_a_registry_behind_endpoints_needs_one_exception_less(tmp_path: Path) -> None:  # ACR-04
    closed = profile("prod", authorized_ip_ranges=(), private_cluster=True)

    failed = check(arm_template(closed), tmp_path)["failed"]

    assert failed == set(EXCEPTIONS) - {"CKV_AZURE_139"} | {"CKV_AZURE_6"}  # which knows no private clusters


def test_checkov_finds_what_is_taken_away(tmp_path: Path) -> None:
    twin = arm_template(profile("prod"))
    for resource in twin["resources"]:
        _weaken(resource)

    found = check(twin, tmp_path)["failed"] - set(EXCEPTIONS)

    assert found >= {
        "CKV_AZURE_4",  # no logs of containers
        "CKV_AZURE_5",  # no Kubernetes RBAC
        "CKV_AZURE_6",  # an API server that everybody reaches
        "CKV_AZURE_7",  # no network policy
        "CKV_AZURE_137",  # the registry's admin user
        "CKV_AZURE_138",  # anonymous pull
        "CKV_AZURE_141",  # local accounts
    }


def _weaken(resource: dict[str, Any]) -> None:
    properties = resource.get("properties", {})
    if resource["type"] == "Microsoft.ContainerService/managedClusters":
        properties |= {"enableRBAC": False, "disableLocalAccounts": False, "addonProfiles": {}}
        del properties["apiServerAccessProfile"], properties["networkProfile"]["networkPolicy"]
    if resource["type"] == "Microsoft.ContainerRegistry/registries":
        properties |= {"adminUserEnabled": True, "anonymousPullEnabled": True}


@pytest.fixture(scope="module")
def objects() -> list[dict[str, Any]]:
    """What the sample becomes on Azure."""
    config = EnvironmentConfig.model_validate(
        {"name": "dev", "cloud": "azure", "regions": ["koreacentral"], "application": [SHIPPING]}
    )
    return load(SHIPPING, environment=config).objects


def validate(objects: list[dict[str, Any]], folder: Path) -> subprocess.CompletedProcess[str]:
    """kubernetes-validate's verdict by the schemas of the Kubernetes version that the emulator boots."""
    file = folder / "objects.yaml"
    file.write_text("\n---\n".join(json.dumps(item) for item in objects))
    version = ".".join(kubernetes_versions()[0].split(".")[:2])
    return run(python_tool("kubernetes-validate"), "--strict", "-k", version, str(file))


def test_kubernetes_validate_accepts_every_object(objects: list[dict[str, Any]], tmp_path: Path) -> None:
    said = validate(objects, tmp_path)
    assert said.returncode == 0, said.stdout
    assert said.stdout.count("passed for resource") == len(objects)


@pytest.mark.parametrize(
    ("key", "value"),
    [("replicas", "two"), ("replica", 2), ("template", "none")],
    ids=["type", "key", "object"],
)
def test_kubernetes_validate_refuses_a_bad_twin(
    objects: list[dict[str, Any]], tmp_path: Path, key: str, value: object
) -> None:
    twin = copy.deepcopy(next(item for item in objects if item["kind"] == "Deployment"))
    twin["spec"][key] = value

    assert validate([twin], tmp_path).returncode != 0
