"""Bundle mode of a program: releases of what is stored, nothing rendered, nothing built."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.components.harness import Recorder
from tests.unit.components.test_environment_program import REGIONS, build, names, prepared

KEY = "apps/v1/Deployment/shop/web"
STORED: dict[str, Any] = {
    "name": "shop",
    "number": 41,
    "ref": "127.0.0.1:5/bundles/shop@sha256:41",
    "hash": "h41",
    "source": "3f2a91c0d1e2",
    "objects": {"koreacentral": {KEY: "a"}, "japaneast": {KEY: "a"}},
    "images": {"web": "127.0.0.1:5/shop/web@sha256:0"},
    "secrets": {"shop/api": ["token"]},
    "generated": [{"namespace": "shop", "name": "db", "key": "password", "length": 24, "protected": True}],
    "holds": {"koreacentral": {"number": 42, "source": "", "input": "i42"}},
}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    """A program of three regions that is told to deploy a bundle to the two that exist."""
    return _deployed(tmp_path_factory.mktemp("home"))


def _deployed(home: Path, **changes: Any) -> Recorder:
    (home / "bundle.json").write_text(json.dumps({**STORED, **changes}))
    with pytest.MonkeyPatch.context() as patch:
        recorder = prepared(home, patch)
        patch.setattr("cloudnative_components.release.stored_bundle.load", _never)
        patch.setenv("CLOUDNATIVE_BUNDLE", str(home / "bundle.json"))
        build(regions=REGIONS)
    return recorder


def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError("bundle mode reads no application")


@pytest.mark.parametrize("kind", ["Image", "UpstreamImage", "Bundle"])
def test_nothing_is_built_or_bundled(deployed: Recorder, kind: str):
    assert deployed.of(f"cloudnative:index:{kind}") == []


def test_regions_that_the_command_named_get_a_release_of_the_stored_bundle(deployed: Recorder):
    releases = deployed.of("cloudnative:index:Release")

    assert {name for name in deployed.requests if name.startswith("shop-")} >= {"shop-koreacentral"}
    assert len(releases) == 2
    assert releases[0]["bundle"]["number"] == 41
    assert releases[0]["objects"] == {KEY: "a"}
    assert releases[0]["images"] == STORED["images"]
    assert [release.get("hold", {}).get("input") for release in releases] == ["i42", None]


def test_releases_that_are_left_alone_are_registered_one_after_the_other(tmp_path: Path):
    objects = {region: {KEY: "a"} for region in REGIONS}
    recorder = _deployed(tmp_path, objects=objects, left_alone=REGIONS[1:])

    first, last = (names(recorder, f"shop-{region}", "dependencies") for region in REGIONS[1:])
    assert f"shop-{REGIONS[1]}" in last
    assert not {f"shop-{region}" for region in REGIONS} & first


def test_values_of_secrets_stay_those_of_the_environment(deployed: Recorder):
    release = deployed.of("cloudnative:index:Release")[0]

    assert release["keptSecrets"] == {"shop/api": ["token"]}
    assert release["secretData"]["value"] == {"shop/db": {"password": "made"}}
    assert deployed.requests["shop-db-password"].protect


def test_infrastructure_is_registered_as_ever(deployed: Recorder):
    assert len(deployed.of("azure-native:containerservice:ManagedCluster")) == 3
