"""The wire names of our provider's resources, as docs/architecture.md lists them."""

from typing import Any

import pulumi
from tests.unit.components.harness import record, run

from cloudnative_components.registry.image import Image
from cloudnative_components.release.bundle import Bundle
from cloudnative_components.release.generated_secret import GeneratedSecret
from cloudnative_components.release.release import Release

SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"


def test_image_has_the_contract_names_and_defaults():
    recorder = record()

    run(lambda: Image("web", {"cloud": "emulator", "registry": "r", "repository": "web", "context": "/c"}))

    assert recorder.one("cloudnative:index:Image") == {
        "cloud": "emulator",
        "registry": "r",
        "repository": "web",
        "context": "/c",
        "dockerfile": "Dockerfile",
        "platform": "linux/amd64",
    }


def test_outputs_of_an_image_are_what_the_provider_answered():
    record(lambda _: {"digest": "sha256:1", "ref": "r/web@sha256:1"})
    seen: list[str] = []

    def program() -> pulumi.Output[Any]:
        image = Image("web", {"cloud": "emulator", "registry": "r", "repository": "web", "context": "/c"})
        return pulumi.Output.all(image.digest, image.ref).apply(seen.extend)

    run(program)

    assert seen == ["sha256:1", "r/web@sha256:1"]


def test_names_below_the_first_level_are_the_users_and_stay():
    recorder = record()

    run(
        lambda: Bundle(
            "shop",
            {
                "cloud": "emulator",
                "registry": "r",
                "application": "shop",
                "objects": {"apps/v1/Deployment/a_b/c_d": "1"},
                "objects_file": pulumi.StringAsset("[]"),
                "images": {"my_service": "r/a@sha256:1"},
            },
        )
    )

    inputs = recorder.one("cloudnative:index:Bundle")
    assert inputs["images"] == {"my_service": "r/a@sha256:1"}
    assert inputs["objects"] == {"apps/v1/Deployment/a_b/c_d": "1"}
    assert "objectsFile" in inputs


def test_release_sends_its_secret_data_as_a_secret():
    recorder = record()

    run(
        lambda: Release(
            "shop",
            {
                "cloud": "emulator",
                "cluster_id": "/c",
                "application": "shop",
                "objects": {},
                "images": {},
                "bundle": {"ref": "r", "hash": "h", "number": 1},
                "secret_data": {"ns/db": {"password": "x"}},
            },
        )
    )

    inputs = recorder.one("cloudnative:index:Release")
    assert inputs["clusterId"] == "/c"
    assert inputs["timeoutSeconds"] == 600
    assert set(inputs["secretData"]) == {SECRET_SIGNATURE, "value"}


def test_generated_secret_asks_the_engine_to_keep_its_value_secret():
    recorder = record()

    run(lambda: GeneratedSecret("db"))

    assert list(recorder.requests["db"].additionalSecretOutputs) == ["value"]
