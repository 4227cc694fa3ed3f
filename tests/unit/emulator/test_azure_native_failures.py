"""The stand-in when ARM fails, is busy or slow: nothing that may exist is lost from state."""

import time

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2
from tests.unit.emulator.fake_arm import FakeArm
from tests.unit.emulator.stand_in import (
    GROUP,
    GROUP_ID,
    REGISTRY,
    REGISTRY_ID,
    Provider,
    init_failure,
    plain,
    registry_inputs,
    struct,
    urn,
    wait_until_polled,
)


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


def test_a_create_that_runs_out_of_time_is_kept_in_state(arm: FakeArm, provider: Provider):
    arm.slow.add(REGISTRY_ID.lower())

    with pytest.raises(grpc.RpcError, match="did not end in the time given") as caught:
        provider.create(REGISTRY, registry_inputs(), timeout=0.2)

    assert init_failure(caught.value).id == REGISTRY_ID


def test_a_create_that_cannot_be_read_back_is_kept_in_state(arm: FakeArm, provider: Provider):
    arm.unreadable.add(REGISTRY_ID.lower())

    with pytest.raises(grpc.RpcError, match="Status=403") as caught:
        provider.create(REGISTRY, registry_inputs())

    detail = init_failure(caught.value)
    assert (detail.id, plain(detail.properties)["adminUserEnabled"]) == (REGISTRY_ID, False)


def test_an_update_that_fails_is_told_to_the_engine_as_half_done(arm: FakeArm, provider: Provider):
    provider.create(REGISTRY, registry_inputs())
    arm.failing.add(REGISTRY_ID.lower())
    news = registry_inputs(adminUserEnabled=True)

    with pytest.raises(grpc.RpcError) as caught:
        provider.stub.Update(provider_pb2.UpdateRequest(id=REGISTRY_ID, urn=urn(REGISTRY), news=struct(news)))

    assert plain(init_failure(caught.value).inputs) == news
