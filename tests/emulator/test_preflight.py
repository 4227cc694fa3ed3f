"""Every check of preflight fails once, by a fault rule of the emulator: cause and fix are asserted.

Done-line 5 of the issue: the whole for three regions takes less than 3 s.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.emulator.arm_home import Home

from cloudnative.arm import Arm
from cloudnative.preflight.run import Result, Subject, examine, refusal, refusals_of_up
from cloudnative_components.azure.regions import azure_region
from cloudnative_components.config import load_environment
from cloudnative_toolchain.errors import CloudnativeError

pytestmark = pytest.mark.emulator

REGIONS = ["koreacentral", "japaneast", "westeurope"]
GROUP = "Microsoft.Resources/subscriptions/resourceGroups"
Faults = Callable[..., None]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("preflight"))
    yield home
    home.close()


@pytest.fixture
def faults(home: Home) -> Iterator[Faults]:
    """Sets one rule; the file is gone afterwards."""
    path = home.path / "emulator" / "faults.json"
    rules: list[dict[str, Any]] = []

    def play(**rule: Any) -> None:
        rules.append({"name": "preflight", "status": 200, **rule})
        path.write_text(json.dumps({"rules": rules}))

    yield play
    path.unlink(missing_ok=True)


@pytest.fixture
def arm(home: Home) -> Iterator[Arm]:
    """The command's own client, not signed in yet."""
    account = home.api.account
    endpoint = {"arm": home.arm, "ca": home.ca, "tenant": account.tenant, "client_id": account.client_id}
    with closing(Arm({**endpoint, "client_secret": account.client_secret}, account.subscription)) as arm:
        yield arm


@pytest.fixture
def subject(arm: Arm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Subject:
    """A `dev` of three regions that nobody has brought up."""
    monkeypatch.chdir(tmp_path)
    return written(arm, tmp_path)


def written(arm: Arm, folder: Path, *lines: str) -> Subject:
    """The environment that a file with these further lines describes."""
    (folder / "compose.yaml").write_text("services: {}\n")
    file = folder / "Pulumi.dev.yaml"
    given = ["cloud: emulator", f"regions: [{', '.join(REGIONS)}]", "application: compose.yaml", *lines]
    file.write_text("config:\n" + "".join(f"  cloudnative:{line}\n" for line in given))
    return Subject(arm, "shop", load_environment(file), file, None)


def only(result: Result) -> CloudnativeError:
    """The one finding that there is, or the same one for each region."""
    assert {finding.code for finding in result.findings} == {result.findings[0].code}
    return result.findings[0]


@pytest.mark.parametrize("profile", ["dev", "prod"])
def test_where_all_is_well_nothing_is_found_within_three_seconds(
    subject: Subject, tmp_path: Path, profile: str
) -> None:
    result = examine(written(subject.arm, tmp_path, f"profile: {profile}"), "up")
    assert (result.findings, result.unchecked) == ((), ())
    assert result.seconds < 3


def test_nobody_signed_in(subject: Subject, faults: Faults) -> None:
    refused = {
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret provided.",
    }
    faults(path="oauth2/v2.0/token$", status=401, body=refused)
    finding = only(examine(subject, "up"))
    assert (finding.code, finding.exit_code, finding.fix) == ("azure.sign-in", 3, "az login")
    assert "AADSTS7000215" in finding.why


def test_a_token_that_is_taken_no_longer(subject: Subject, faults: Faults) -> None:
    faults(path=r"^/subscriptions/[^/]+$", status=401, body={"error": {"code": "ExpiredAuthenticationToken"}})
    finding = only(examine(subject, "up"))
    assert (finding.code, finding.exit_code, finding.fix) == ("azure.sign-in", 3, "az login")
    assert "ExpiredAuthenticationToken" in finding.why


def test_a_subscription_that_is_not_there(subject: Subject, faults: Faults) -> None:
    error = {"code": "SubscriptionNotFound", "message": "The subscription 'x' could not be found."}
    faults(path=r"^/subscriptions/[^/]+$", status=404, body={"error": error})
    finding = only(examine(subject, "up"))
    assert finding.code == "preflight.subscription"
    assert "could not be found" in finding.why
    assert finding.fix == "az account list --output table"


def test_a_disabled_subscription_f09(subject: Subject, faults: Faults) -> None:
    faults(path=r"^/subscriptions/[^/]+$", body={"state": "Disabled", "displayName": "old"})
    finding = only(examine(subject, "up"))
    assert "old" in finding.what
    assert finding.why == "its state is Disabled"
    assert finding.fix.startswith("az account list --query")


def test_resource_providers_that_are_not_registered_f07(subject: Subject, faults: Faults) -> None:
    faults(path="providers/Microsoft.ContainerService$", body={"registrationState": "NotRegistered"})
    faults(path="providers/Microsoft.Compute$", body={"registrationState": "Registering"})
    finding = only(examine(subject, "up"))
    assert "Microsoft.ContainerService is NotRegistered" in finding.why
    assert "Microsoft.Compute is Registering" in finding.why
    assert finding.fix == (
        "az provider register --namespace Microsoft.ContainerService --wait"
        " && az provider register --namespace Microsoft.Compute --wait"
    )


def test_a_region_without_aks_f06(subject: Subject, faults: Faults) -> None:
    kinds = [{"resourceType": "managedClusters", "locations": ["Korea Central", "West Europe"]}]
    body = {"registrationState": "Registered", "resourceTypes": kinds}
    faults(path="providers/Microsoft.ContainerService$", body=body)
    finding = only(examine(subject, "up"))
    assert (finding.code, finding.what) == ("preflight.region", "AKS is not offered in japaneast")
    assert finding.fix.startswith("az provider show --namespace Microsoft.ContainerService")


def test_a_feature_that_host_encryption_needs(subject: Subject, faults: Faults, tmp_path: Path) -> None:
    faults(path="features/EncryptionAtHost$", body={"properties": {"state": "NotRegistered"}})
    encrypted = written(subject.arm, tmp_path, "host_encryption: true")
    finding = only(examine(encrypted, "up"))
    assert finding.code == "preflight.feature"
    assert "host_encryption" in finding.why
    assert finding.fix.startswith("az feature register --namespace Microsoft.Compute --name EncryptionAtHost")


def test_a_reader_may_make_nothing(subject: Subject, faults: Faults) -> None:
    faults(path="Microsoft.Authorization/permissions$", body={"value": [{"actions": ["*/read"]}]})
    result = examine(subject, "up")
    assert [one.code for one in result.findings] == ["preflight.rights", "preflight.role-assignments"]
    assert "Microsoft.ContainerService/managedClusters/write" in result.findings[0].why
    assert f'--role "Contributor" --scope /subscriptions/{subject.arm.subscription}' in result.findings[0].fix


def test_a_contributor_may_not_give_roles_f24(home: Home, subject: Subject, faults: Faults) -> None:
    barred = ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]
    contributor = {"actions": ["*"], "notActions": barred}
    faults(path="Microsoft.Authorization/permissions$", body={"value": [contributor]})
    finding = only(examine(subject, "up"))
    assert finding.code == "preflight.role-assignments"
    assert "Microsoft.Authorization/roleAssignments/write" in finding.why
    assert f"--assignee-object-id {home.api.account.object_id}" in finding.fix
    assert '--role "Role Based Access Control Administrator"' in finding.fix


def test_what_the_deployer_may_not_do_never_fails_somebody_elses_preview(
    subject: Subject, faults: Faults
) -> None:
    faults(path="Microsoft.Authorization/permissions$", body={"value": [{"actions": ["*/read"]}]})
    result = examine(subject, "preview")
    assert len(result.findings) == 2
    assert refusals_of_up(result) == ()


def test_rights_in_the_groups_that_are_there_are_enough(home: Home, subject: Subject, faults: Faults) -> None:
    faults(path="^/subscriptions/[^/]+/providers/Microsoft.Authorization/permissions$", body={"value": []})
    assert examine(subject, "up").findings  # the groups are not there: they would have to be made
    http = home.http()
    for name in ("rg-shop-dev", *(f"rg-shop-dev-{azure_region(region).code}" for region in REGIONS)):
        url = home.id(f"/resourceGroups/{name}?api-version=2024-03-01")
        http.put(url, json={"location": "koreacentral"}).raise_for_status()
    assert examine(subject, "up").findings == ()


def test_a_kubernetes_version_that_a_region_does_not_offer_f10(
    subject: Subject, faults: Faults, tmp_path: Path
) -> None:
    offered: Any = [{"version": "1.35", "patchVersions": {"1.35.2": {}}}]
    faults(path="locations/japaneast/kubernetesVersions$", body={"values": offered})
    asked = written(subject.arm, tmp_path, 'kubernetes_version: "1.36"')
    finding = only(examine(asked, "up"))
    assert finding.what == "Kubernetes 1.36 cannot be had in japaneast"
    assert finding.why == "AKS offers 1.35 there"
    assert mended(asked, finding).config.kubernetes_version == "1.35"


def test_a_vm_size_that_the_subscription_may_not_have_f03(subject: Subject, faults: Faults) -> None:
    closed = {"type": "Location", "values": ["westeurope"], "reasonCode": "NotAvailableForSubscription"}
    faults(path="Microsoft.Compute/skus$", body={"value": [machine("Standard_D2s_v5", closed), other()]})
    finding = only(examine(subject, "up"))
    assert finding.what == "VM size Standard_D2s_v5 cannot be had in westeurope"
    assert "NotAvailableForSubscription" in finding.why
    assert mended(subject, finding).config.vm_size == "Standard_D2ds_v5"


def test_a_vm_size_without_one_of_the_zones_f04(subject: Subject, faults: Faults, tmp_path: Path) -> None:
    closed = {
        "type": "Zone",
        "restrictionInfo": {"zones": ["3"]},
        "reasonCode": "NotAvailableForSubscription",
    }
    faults(path="Microsoft.Compute/skus$", body={"value": [machine("Standard_D2s_v5", closed), other()]})
    zoned = written(subject.arm, tmp_path, "zones: true")
    finding = only(examine(zoned, "up"))
    assert "zone 3" in finding.why
    assert mended(zoned, finding).config.vm_size == "Standard_D2ds_v5"


def test_too_little_vcpu_quota_for_the_nodes_of_an_upgrade_f01(subject: Subject, faults: Faults) -> None:
    rows = [quota("standardDSv5Family", 97), quota("standardDDSv5Family", 0), quota("cores", 0)]
    faults(path="locations/koreacentral/usages$", body={"value": rows})
    finding = only(examine(subject, "up"))
    assert finding.what == "not enough vCPU quota in koreacentral for 1 x Standard_D2s_v5"
    assert "4 vCPUs are needed (1 nodes, and 1 more during upgrades)" in finding.why
    assert "standardDSv5Family: 3 of 100 are left" in finding.why
    assert mended(subject, finding).config.vm_size == "Standard_D2ds_v5"


def test_a_region_that_is_full_f02(subject: Subject, faults: Faults) -> None:
    faults(path="locations/koreacentral/usages$", body={"value": [quota("cores", 99)]})
    finding = only(examine(subject, "up"))
    assert "all of the region: 1 of 100 are left" in finding.why
    assert finding.fix.startswith("az quota update --resource-name cores")
    assert finding.fix.endswith("--limit-object value=103")


def test_a_registry_name_that_somebody_has_f15(subject: Subject, faults: Faults) -> None:
    taken = {
        "nameAvailable": False,
        "reason": "AlreadyExists",
        "message": "The registry x is already in use.",
    }
    faults(method="POST", path="checkNameAvailability$", body=taken)
    finding = only(examine(subject, "up"))
    assert finding.code == "preflight.registry-name"
    assert finding.why == "The registry x is already in use."
    mend = mended(subject, finding)
    assert mend.config.registry_name
    assert mend.config.registry_name not in finding.what


def test_a_machine_in_none_of_the_authorised_networks(
    subject: Subject, faults: Faults, tmp_path: Path
) -> None:
    closed = written(subject.arm, tmp_path, "authorized_ip_ranges: [203.0.113.0/24]")
    assert examine(closed, "up").findings == ()  # the emulator's own machine is inside of every network
    faults(path="cloudnative/address$", body={"address": "198.51.100.7"})
    finding = only(examine(closed, "up"))
    assert finding.code == "preflight.unreachable"
    assert finding.what == "this machine (198.51.100.7) would not reach the API servers"
    assert "203.0.113.0/24" in finding.why
    assert examine(mended(closed, finding), "up").findings == ()


@pytest.mark.parametrize("verb", ["deploy", "rollback", "promote"])
def test_a_private_cluster_that_this_machine_does_not_reach(
    subject: Subject, faults: Faults, verb: str
) -> None:
    kubeconfig = json.dumps({"clusters": [{"cluster": {"server": "https://127.0.0.1:1"}}]})
    body = {"kubeconfigs": [{"value": base64.b64encode(kubeconfig.encode()).decode()}]}
    faults(method="POST", path="listClusterUserCredential$", body=body)
    access = {"apiServerAccessProfile": {"enablePrivateCluster": True}}
    finding = only(examine(replace(subject, deployment=state(subject, access)), verb))
    assert finding.what == "the API server 127.0.0.1:1 does not answer this machine"
    assert "connection refused" in finding.why
    assert finding.fix == "curl --insecure --max-time 5 https://127.0.0.1:1/healthz"


@pytest.mark.parametrize(
    ("verb", "regions", "codes"),
    [
        ("rollback", [], ["preflight.rights"]),
        ("promote", [], ["preflight.rights"]),
        ("rollback", ["koreacentral"], ["preflight.rights"]),
        ("rollback", ["japaneast"], []),
    ],
)
def test_who_may_not_reach_a_cluster_rolls_nothing_back_there(
    subject: Subject, faults: Faults, verb: str, regions: list[str], codes: list[str]
) -> None:
    faults(path="Microsoft.Authorization/permissions$", body={"value": [{"actions": ["*/read"]}]})
    result = examine(replace(subject, deployment=state(subject, {})), verb, regions)
    assert [one.code for one in result.findings] == codes
    for finding in result.findings:
        assert "listClusterUserCredential" in finding.why
        assert '--role "Azure Kubernetes Service Cluster User Role"' in finding.fix


def test_several_findings_are_told_at_once(subject: Subject, faults: Faults, tmp_path: Path) -> None:
    faults(path="locations/koreacentral/usages$", body={"value": [quota("cores", 99)]})
    asked = written(subject.arm, tmp_path, 'kubernetes_version: "1.21"')
    error = refusal(examine(asked, "up").findings, "dev")
    assert error.exit_code == 4
    assert [one["code"] for one in error.to_dict()["findings"]] == [
        *["preflight.kubernetes-version"] * 3,
        "preflight.quota",
    ]


def test_what_azure_does_not_answer_is_told_and_stops_nobody(subject: Subject, faults: Faults) -> None:
    faults(path="locations/japaneast/usages$", status=403, body={"error": {"code": "AuthorizationFailed"}})
    result = examine(subject, "up")
    assert result.findings == ()
    assert result.unchecked == ("vCPU quota of japaneast: AuthorizationFailed",)


def test_a_busy_azure_is_asked_again(subject: Subject, faults: Faults) -> None:
    faults(path="locations/japaneast/usages$", calls="1-2", status=429, headers={"Retry-After": "0.1"})
    assert examine(subject, "up").unchecked == ()


def state(subject: Subject, inputs: dict[str, Any]) -> dict[str, Any]:
    """A state with one cluster."""
    where = (
        f"/subscriptions/{subject.arm.subscription}/providers/Microsoft.ContainerService/managedClusters/c"
    )
    kind = "azure-native:containerservice:ManagedCluster"
    return {"resources": [{"type": kind, "id": where, "inputs": {"location": "koreacentral", **inputs}}]}


def machine(name: str, *restrictions: dict[str, Any]) -> dict[str, Any]:
    places = [{"location": region, "zones": ["1", "2", "3"]} for region in REGIONS]
    return {
        "resourceType": "virtualMachines", "name": name, "family": "f", "locationInfo": places,
        "capabilities": [{"name": "vCPUs", "value": "2"}], "restrictions": list(restrictions),
    }  # fmt: skip


def other() -> dict[str, Any]:
    return machine("Standard_D2ds_v5")


def quota(name: str, used: int) -> dict[str, Any]:
    return {"name": {"value": name}, "currentValue": used, "limit": 100}


def mended(subject: Subject, finding: CloudnativeError) -> Subject:
    """The subject after the fix was pasted into a shell."""
    subprocess.run(["bash", "-c", finding.fix], check=True)
    return replace(subject, config=load_environment(subject.file))
