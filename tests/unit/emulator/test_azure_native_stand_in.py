"""The stand-in over gRPC, as the engine calls it, against a small ARM."""

from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2
from tests.unit.emulator.fake_arm import SUBSCRIPTION, TENANT, FakeArm
from tests.unit.emulator.stand_in import (
    CLUSTER,
    GROUP,
    GROUP_ID,
    REGISTRY,
    REGISTRY_ID,
    SECRET,
    Provider,
    plain,
    registry_inputs,
    struct,
    urn,
)


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


def test_secret_inputs_are_secret_in_the_outputs_and_plain_to_arm(arm: FakeArm, provider: Provider):
    made = provider.create(REGISTRY, registry_inputs(tags={**SECRET, "value": {"a": "hidden"}}))

    assert arm.sent("PUT")[0][1]["tags"] == {"a": "hidden"}
    assert plain(made.properties)["tags"] == {**SECRET, "value": {"a": "hidden"}}


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


def test_whose_identity_made_something_is_no_change_of_it(provider: Provider):
    request = provider_pb2.DiffRequest(
        old_inputs=struct({"clientId": "a", "tenantId": TENANT}),
        news=struct({"clientId": "b", "useOidc": "true", "oidcTokenFilePath": "/t", "tenantId": TENANT}),
    )

    assert provider.stub.DiffConfig(request).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_configured_identity_signs_in_with_the_token_of_its_file(
    arm: FakeArm, provider: Provider, tmp_path: Path
):
    token = tmp_path / "token"
    token.write_text("from GitHub")
    config = {"clientId": "pipeline", "useOidc": "true", "oidcTokenFilePath": str(token)}
    provider.stub.Configure(provider_pb2.ConfigureRequest(args=struct(config)))

    provider.create(GROUP, {"resourceGroupName": "rg", "location": "koreacentral"})

    form = arm.forms[-1]
    assert (form["client_id"], form["client_assertion"]) == ("pipeline", "from GitHub")
    assert "client_secret" not in form
