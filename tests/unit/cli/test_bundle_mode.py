"""What the engine and the program are told when a stored bundle is deployed."""

from typing import Any

import pytest

from cloudnative.bundle_mode import BundleRef, Hold, hashes_in, running_bundles, targets, told_to_program
from cloudnative.report import CLUSTER, RELEASE
from cloudnative_components.application import model
from cloudnative_provider import objects
from cloudnative_provider.stored_bundles import BundleContent, resolved

WEB = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}}
DB = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "db", "namespace": "shop", "labels": {"app.kubernetes.io/name": "db"}},
}
CONTENT = BundleContent(
    "shop",
    "acr/bundles/shop@sha256:1",
    "h",
    {"web": "acr/shop/web@sha256:2"},
    [WEB, DB],
    {"commit": "3f2a91c0d1e2ffff"},
    {"shop/db": {"password": {"length": 24, "protected": True}, "user": {}}},
    {"db": "japaneast"},
)


class Config:
    placement: dict[str, str] = {}  # noqa: RUF012 - stands for a config
    replicas: dict[str, int] = {"web": 3, "elsewhere": 2}  # noqa: RUF012


def told(**changes: Any) -> dict[str, Any]:
    config: Any = Config()
    arguments: dict[str, Any] = {"regions": ["koreacentral", "japaneast"], "holds": {}, **changes}
    return told_to_program(CONTENT, 41, arguments["regions"], config, arguments["holds"])


@pytest.mark.parametrize(
    ("placement", "services"),
    [
        ({}, {"web", "db"}),
        ({"db": "each"}, {"web", "db"}),
        ({"db": "japaneast"}, {"web"}),
        ({"web": "japaneast"}, {"db"}),
    ],
)
def test_a_region_gets_what_is_placed_in_it(placement: dict[str, str], services: set[str]):
    found = hashes_in([WEB, DB], "koreacentral", placement)

    assert {name.rpartition("/")[2] for name in found} == services


@pytest.mark.parametrize("labels", [None, {}, {model.SERVICE_LABEL: "shop"}, {"app": "other"}])
def test_the_application_model_and_the_provider_agree_on_whose_an_object_is(labels: dict[str, str] | None):
    item: dict[str, Any] = {"kind": "Service", "metadata": {"name": "web", "labels": labels}}

    assert model.service_of(item) == objects.service_of(item)


def test_the_program_is_told_which_values_are_kept_and_which_are_generated():
    said = told()

    assert said["secrets"] == {"shop/db": ["user"]}
    assert [one["key"] for one in said["generated"]] == ["password"]
    assert said["generated"][0]["protected"]
    assert said["replicas"] == {"web": 3}
    assert (said["number"], said["source"], said["holds"]) == (41, "3f2a91c0d1e2", {})


def test_a_hold_travels_with_the_bundle():
    said = told(holds={"japaneast": Hold(42, "abc", "i")})["holds"]

    assert said == {"japaneast": {"number": 42, "source": "abc", "input": "i"}}


def test_one_region_takes_no_gates():
    assert targets(CONTENT, ["japaneast"], whole=False) == [
        "--target=**cloudnative:index:Release::shop-japaneast",
        "--target=**cloudnative:index:GeneratedSecret::shop-db-password",
    ]
    assert "--target=**cloudnative:index:HealthGate::shop-gate-**" in targets(
        CONTENT, ["japaneast"], whole=True
    )


def test_images_of_the_bundles_own_registry_follow_it():
    assert resolved("./shop/web@sha256:2", "other") == "other/shop/web@sha256:2"
    assert resolved("docker.io/library/db@sha256:3", "other") == "docker.io/library/db@sha256:3"


def test_what_runs_is_what_was_released_without_a_failure():
    def release(cluster: str, **more: Any) -> dict[str, Any]:
        bundle = {"ref": f"acr/bundles/shop@{cluster}", "number": 41.0}
        return {
            "type": RELEASE,
            "urn": cluster,
            "inputs": {"clusterId": cluster, "application": "shop", "bundle": bundle},
            **more,
        }

    clusters = [
        {"type": CLUSTER, "id": name, "inputs": {"location": name}} for name in ("koreacentral", "japaneast")
    ]
    state = {"resources": [*clusters, release("koreacentral"), release("japaneast", initErrors=["x"])]}

    assert running_bundles(state, "shop") == {"koreacentral": BundleRef("acr/bundles/shop@koreacentral", 41)}
