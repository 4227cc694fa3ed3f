"""The stand-in over gRPC, as the engine calls it, against a small ARM."""

import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2
from tests.unit.emulator.fake_arm import SUBSCRIPTION, TENANT, FakeArm, fake_arm

from cloudnative_emulator.azure_native import start

GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
REGISTRY_ID = f"{GROUP_ID}/providers/Microsoft.ContainerRegistry/registries/cr"
GROUP, REGISTRY = "azure-native:resources:ResourceGroup", "azure-native:containerregistry:Registry"
CLUSTER = "azure-native:containerservice:ManagedCluster"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(values, struct_pb2.Struct())


def plain(value: struct_pb2.Struct) -> dict[str, Any]:
    return json_format.MessageToDict(value)


def urn(type_token: str, name: str = "x") -> str:
    return f"urn:pulumi:dev::p::{type_token}::{name}"


class Provider:
    """The calls of the engine, in Python's terms."""

    def __init__(self, port: int) -> None:
        self.port = port
        # engines are processes of their own, so each has its own connection
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options)
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def check(
        self, type_token: str, news: dict[str, Any], olds: dict[str, Any] | None = None, seed: bytes = b""
    ) -> Any:
        request = provider_pb2.CheckRequest(
            urn=urn(type_token), news=struct(news), olds=struct(olds or {}), randomSeed=seed
        )
        return self.stub.Check(request)

    def diff(self, type_token: str, old: dict[str, Any], new: dict[str, Any]) -> Any:
        request = provider_pb2.DiffRequest(urn=urn(type_token), old_inputs=struct(old), news=struct(new))
        return self.stub.Diff(request)

    def create(self, type_token: str, inputs: dict[str, Any], *, preview: bool = False) -> Any:
        request = provider_pb2.CreateRequest(urn=urn(type_token), properties=struct(inputs), preview=preview)
        return self.stub.Create(request)

    def start_create(self, type_token: str, inputs: dict[str, Any]) -> Any:
        return self.stub.Create.future(
            provider_pb2.CreateRequest(urn=urn(type_token), properties=struct(inputs)), timeout=30
        )

    def read(self, type_token: str, arm_id: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> Any:
        request = provider_pb2.ReadRequest(
            id=arm_id, urn=urn(type_token), inputs=struct(inputs), properties=struct(outputs)
        )
        return self.stub.Read(request)

    def invoke(self, function: str, args: dict[str, Any]) -> dict[str, Any]:
        answer = self.stub.Invoke(provider_pb2.InvokeRequest(tok=function, args=struct(args)))
        return plain(getattr(answer, "return"))


def init_failure(error: Any) -> provider_pb2.ErrorResourceInitFailed:
    """What makes the engine keep a resource that failed; the details of the gRPC status."""
    metadata = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    return detail


def wait_until_polled(arm: FakeArm) -> None:
    while not any(path.startswith("/operations") for path, _ in arm.sent("GET")):
        time.sleep(0.005)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeArm, Provider]]:
    """One ARM and one stand-in for all tests here; each starts with an empty store."""
    with fake_arm() as arm:
        running = start(arm.endpoint)
        provider = Provider(running.port)
        yield arm, provider
        provider.channel.close()
        running.stop()


@pytest.fixture
def arm(served: tuple[FakeArm, Provider]) -> FakeArm:
    served[0].reset()
    return served[0]


@pytest.fixture
def provider(served: tuple[FakeArm, Provider], arm: FakeArm) -> Provider:
    return served[1]


def registry_inputs(**more: Any) -> dict[str, Any]:
    fixed = {
        "resourceGroupName": "rg",
        "registryName": "cr",
        "location": "koreacentral",
        "sku": {"name": "Basic"},
    }
    return {**fixed, "adminUserEnabled": False, **more}


def test_create_sends_arm_json_and_answers_in_the_sdks_shape(arm: FakeArm, provider: Provider):
    made = provider.create(REGISTRY, registry_inputs(tags={"a": "b"}))

    assert arm.sent("PUT") == [
        (
            REGISTRY_ID,
            {
                "location": "koreacentral",
                "sku": {"name": "Basic"},
                "tags": {"a": "b"},
                "properties": {"adminUserEnabled": False},
            },
        )
    ]
    assert made.id == REGISTRY_ID
    assert plain(made.properties)["adminUserEnabled"] is False
    assert plain(made.properties)["azureApiVersion"] == "2023-01-01-preview"
    assert "properties" not in plain(made.properties)


def test_create_of_what_exists_fails_with_azure_natives_text(arm: FakeArm, provider: Provider):
    arm.store[GROUP_ID.lower()] = {"id": GROUP_ID, "location": "koreacentral"}

    with pytest.raises(grpc.RpcError) as caught:
        provider.create(GROUP, {"resourceGroupName": "rg", "location": "koreacentral"})

    assert caught.value.details() == f"cannot create already existing resource '{GROUP_ID}'"
    assert arm.sent("PUT") == []


def test_numbers_go_out_as_integers_and_autoscaler_keys_with_dashes(arm: FakeArm, provider: Provider):
    provider.create(
        CLUSTER,
        {
            "resourceGroupName": "rg",
            "resourceName": "aks",
            "location": "koreacentral",
            "identity": {"type": "UserAssigned", "userAssignedIdentities": ["/id/a"]},
            "agentPoolProfiles": [{"name": "system", "count": 3, "enableAutoScaling": True}],
            "autoScalerProfile": {"scaleDownUnneededTime": "10m", "expander": "random"},
        },
    )

    ((_, body),) = arm.sent("PUT")
    count = body["properties"]["agentPoolProfiles"][0]["count"]
    assert (count, type(count)) == (3, int)
    assert body["properties"]["autoScalerProfile"] == {
        "scale-down-unneeded-time": "10m",
        "expander": "random",
    }
    assert body["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {"/id/a": {}}}


def test_preview_of_a_create_calls_nothing(arm: FakeArm, provider: Provider):
    made = provider.create(REGISTRY, registry_inputs(), preview=True)

    assert arm.calls == []
    assert made.id == ""


def test_failed_operation_keeps_the_resource_in_state(arm: FakeArm, provider: Provider):
    arm.failing.add(REGISTRY_ID.lower())

    with pytest.raises(grpc.RpcError) as caught:
        provider.create(REGISTRY, registry_inputs())

    detail = init_failure(caught.value)
    assert detail.id == REGISTRY_ID
    assert "no cores left" in detail.reasons[0]
    assert plain(detail.inputs) == registry_inputs()


def test_error_text_has_status_code_and_message(arm: FakeArm, provider: Provider):
    with pytest.raises(grpc.RpcError) as caught:
        provider.invoke("azure-native:resources:getResourceGroup", {"resourceGroupName": "rg"})

    assert 'Status=404 Code="ResourceNotFound"' in str(caught.value.details())


def test_busy_answers_are_tried_again(arm: FakeArm, provider: Provider):
    arm.busy = 2

    made = provider.create(GROUP, {"resourceGroupName": "rg", "location": "koreacentral"})

    assert made.id == GROUP_ID


def test_secret_inputs_are_secret_in_the_outputs_and_plain_to_arm(arm: FakeArm, provider: Provider):
    made = provider.create(REGISTRY, registry_inputs(tags={**SECRET, "value": {"a": "hidden"}}))

    assert arm.sent("PUT")[0][1]["tags"] == {"a": "hidden"}
    assert plain(made.properties)["tags"] == {**SECRET, "value": {"a": "hidden"}}


def test_read_of_what_is_gone_answers_without_id(provider: Provider):
    assert provider.read(REGISTRY, REGISTRY_ID, registry_inputs(), {}).id == ""


def test_refresh_puts_drift_into_the_inputs_and_leaves_service_defaults_out(arm: FakeArm, provider: Provider):
    inputs = registry_inputs(tags={"a": "b"})
    before = provider.create(REGISTRY, inputs)
    changed = arm.store[REGISTRY_ID.lower()]
    changed["tags"] = {"a": "b", "by": "hand"}
    changed["properties"] = {"adminUserEnabled": True, "creationDate": "now"}

    now = provider.read(REGISTRY, REGISTRY_ID, inputs, plain(before.properties))

    assert plain(now.inputs) == {**inputs, "tags": {"a": "b", "by": "hand"}, "adminUserEnabled": True}


def test_unchanged_resource_refreshes_to_the_same_inputs(provider: Provider):
    identity = {"type": "UserAssigned", "userAssignedIdentities": ["/id/B", "/id/A"]}
    inputs = {
        "resourceGroupName": "rg",
        "resourceName": "aks",
        "location": "koreacentral",
        "identity": identity,
    }
    before = provider.create(CLUSTER, inputs)

    now = provider.read(CLUSTER, before.id, inputs, plain(before.properties))

    assert plain(now.inputs) == inputs


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"tags": {"a": "c"}}, []),
        ({"dnsPrefix": "other"}, ["dnsPrefix"]),
        ({"networkProfile": {"podCidr": "10.1.0.0/16"}}, ["networkProfile"]),
        ({"networkProfile": {"podCidr": "10.0.0.0/16", "loadBalancerSku": "basic"}}, []),
        ({"location": "Korea Central"}, None),
        ({"resourceName": "aks2"}, ["resourceName"]),
    ],
)
def test_immutable_properties_replace(provider: Provider, change: dict[str, Any], replaces: list[str] | None):
    old = {
        "resourceGroupName": "rg",
        "resourceName": "aks",
        "location": "koreacentral",
        "dnsPrefix": "d",
        "networkProfile": {"podCidr": "10.0.0.0/16"},
    }

    diff = provider.diff(CLUSTER, old, {**old, **change})

    assert diff.changes == (diff.DIFF_NONE if replaces is None else diff.DIFF_SOME)
    assert list(diff.replaces) == (replaces or [])


def test_replacement_under_the_same_id_deletes_first(provider: Provider):
    old = {"resourceGroupName": "rg", "resourceName": "aks", "dnsPrefix": "a"}

    assert provider.diff(CLUSTER, old, {**old, "dnsPrefix": "b"}).deleteBeforeReplace
    assert not provider.diff(CLUSTER, old, {**old, "resourceName": "b"}).deleteBeforeReplace


def test_check_takes_the_location_of_the_group_and_names_what_has_no_name(arm: FakeArm, provider: Provider):
    arm.store[GROUP_ID.lower()] = {"id": GROUP_ID, "location": "koreacentral"}

    answer = provider.check(REGISTRY, {"resourceGroupName": "rg", "sku": {"name": "Basic"}}, seed=b"seed")

    inputs = plain(answer.inputs)
    assert inputs["location"] == "koreacentral"
    assert inputs["registryName"].startswith("x")
    assert len(inputs["registryName"]) == 9


def test_check_names_what_is_missing(provider: Provider):
    answer = provider.check(REGISTRY, {"location": "koreacentral"})

    assert [failure.property for failure in answer.failures] == ["resourceGroupName", "sku"]


def test_unknown_type_lists_what_is_known(provider: Provider):
    with pytest.raises(grpc.RpcError) as caught:
        provider.create("azure-native:cdn:Profile", {})

    assert "azure-native:cdn:Profile is not known" in str(caught.value.details())
    assert REGISTRY in str(caught.value.details())


def test_delete_waits_and_accepts_what_is_gone(arm: FakeArm, provider: Provider):
    provider.create(REGISTRY, registry_inputs())
    request = provider_pb2.DeleteRequest(id=REGISTRY_ID, urn=urn(REGISTRY))

    provider.stub.Delete(request)
    provider.stub.Delete(request)

    assert REGISTRY_ID.lower() not in arm.store


def test_cancel_ends_a_wait_within_two_seconds_and_keeps_the_resource(arm: FakeArm, provider: Provider):
    arm.slow.add(REGISTRY_ID.lower())
    made = provider.start_create(REGISTRY, registry_inputs())
    wait_until_polled(arm)
    began = time.monotonic()

    provider.stub.Cancel(empty_pb2.Empty())

    with pytest.raises(grpc.RpcError) as caught:
        made.result()
    assert time.monotonic() - began < 2
    assert init_failure(caught.value).id == REGISTRY_ID


def test_cancel_of_another_engine_disturbs_nobody(arm: FakeArm, provider: Provider):
    arm.slow.add(REGISTRY_ID.lower())
    made = provider.start_create(REGISTRY, registry_inputs())
    wait_until_polled(arm)
    other = Provider(provider.port)

    other.stub.Cancel(empty_pb2.Empty())
    arm.slow.clear()

    assert made.result().id == REGISTRY_ID
    other.channel.close()


@pytest.mark.parametrize(
    ("config", "accepted"),
    [
        ({}, True),
        ({"metadataHost": "management.azure.com"}, False),
        ({"subscriptionId": "another"}, False),
        ({"tenantId": TENANT, "subscriptionId": SUBSCRIPTION}, True),
    ],
)
def test_configuration_for_anything_else_is_refused(
    provider: Provider, config: dict[str, Any], accepted: bool
):
    request = provider_pb2.ConfigureRequest(args=struct(config))

    if accepted:
        assert provider.stub.Configure(request).acceptSecrets
    else:
        with pytest.raises(grpc.RpcError, match="serves the emulator"):
            provider.stub.Configure(request)


def test_client_config_is_the_emulators(provider: Provider):
    assert provider.invoke("azure-native:authorization:getClientConfig", {}) == {
        "clientId": "client",
        "objectId": "object",
        "subscriptionId": SUBSCRIPTION,
        "tenantId": TENANT,
    }


def test_user_credentials_are_asked_of_arm(arm: FakeArm, provider: Provider):
    args = {"resourceGroupName": "rg", "resourceName": "aks"}

    answer = provider.invoke("azure-native:containerservice:listManagedClusterUserCredentials", args)

    assert answer == {"kubeconfigs": [{"name": "clusterUser", "value": "eA=="}]}
    assert arm.sent("POST")[0][0].endswith("/managedClusters/aks/listClusterUserCredential")


def test_plugin_info_has_the_wheels_version_and_says_it_is_a_stand_in(provider: Provider):
    assert provider.stub.GetPluginInfo(empty_pb2.Empty()).version == "3.29.0+cloudnative.emulator"
