"""An application's own stack: what it registers, what it leaves to others, what it may do."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from tests.unit.components.harness import Recorder, record, run

from cloudnative_components import Application, ApplicationAccess
from cloudnative_components.application.model import Application as Model
from cloudnative_toolchain.errors import ConfigError

PAGE = Path(__file__).parents[3] / "docs/components.md"
SHOP = Model("shop", "shop", objects=[
    {"apiVersion": "v1", "kind": kind, "metadata": meta}
    for kind, meta in (("Namespace", {"name": "shop"}), ("Service", {"name": "web", "namespace": "shop"}))
])  # fmt: skip
SAMPLE = Path(__file__).parents[3] / "samples/notices"
REGIONS = ["koreacentral", "japaneast"]
CLUSTERS = {region: f"/subscriptions/s/clusters/aks-{region}" for region in REGIONS}
RELEASE, BUNDLE = "cloudnative:index:Release", "cloudnative:index:Bundle"
ARGS: Any = {
    "cloud": "azure", "regions": REGIONS, "application": [str(SAMPLE / "k8s")],
    "builds": {"page": str(SAMPLE / "page")}, "registry": "cr.azurecr.io", "cluster_ids": CLUSTERS,
}  # fmt: skip


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path))
    return record(lambda _: {"number": 1, "ref": "r@d", "hash": "h", "digest": "d", "endpoints": []})


def test_a_stack_of_an_application_has_no_infrastructure(recorder: Recorder) -> None:
    run(lambda: Application("notices", ARGS))
    kinds = {made.typ for made in recorder.made}
    assert kinds > {"cloudnative:index:Image", BUNDLE, RELEASE}
    assert {kind.split(":")[0] for kind in kinds} == {"cloudnative"}


def test_it_is_released_region_by_region_to_the_clusters_it_was_given(recorder: Recorder) -> None:
    run(lambda: Application("notices", ARGS))
    assert [one["clusterId"] for one in recorder.of(RELEASE)] == list(CLUSTERS.values())


def test_clusters_may_be_the_output_of_another_stack(recorder: Recorder) -> None:
    args: Any = {**ARGS, "cluster_ids": pulumi.Output.from_input(CLUSTERS)}
    run(lambda: Application("notices", args))
    assert [one["clusterId"] for one in recorder.of(RELEASE)] == list(CLUSTERS.values())


def test_its_summary_is_that_of_an_environment(recorder: Recorder) -> None:
    run(lambda: Application("notices", ARGS).summary.apply(recorder.summaries.append))
    (summary,) = recorder.summaries
    assert summary["release"] == {"number": 1, "images": {"page": "d"}}
    assert [region["cluster"] for region in summary["regions"]] == ["aks-koreacentral", "aks-japaneast"]


@pytest.mark.parametrize(("exists", "found"), [(True, []), (False, ["v1/Namespace/notices"])])
def test_a_namespace_of_others_is_neither_made_nor_owned(
    recorder: Recorder, exists: bool, found: list[str]
) -> None:
    args: Any = {**ARGS, "namespace_exists": exists}
    run(lambda: Application("notices", args))
    for sent in (recorder.one(BUNDLE), *recorder.of(RELEASE)):
        assert [key for key in sent["objects"] if "/Namespace/" in key] == found


def test_a_region_without_a_cluster_is_refused_by_name(recorder: Recorder) -> None:
    args: Any = {**ARGS, "cluster_ids": {"koreacentral": "/c"}}
    with pytest.raises(ConfigError, match="no cluster in japaneast"):
        run(lambda: Application("notices", args))


@pytest.mark.parametrize("stack", ["dev", "Team_Prod.1", "42", "a" * 40])
def test_a_stack_may_be_called_as_its_team_likes(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, stack: str
) -> None:
    monkeypatch.setattr(pulumi, "get_stack", lambda: stack)
    run(lambda: Application("notices", ARGS))
    assert recorder.one(BUNDLE)["application"] == "notices"


def test_access_is_push_find_and_write_in_two_namespaces(recorder: Recorder) -> None:
    args: Any = {"principal_id": "p", "namespace": "shop", "registry_id": "/r"}
    args |= {"cluster_ids": {"krc": "/c"}, "subscription_id": "s"}
    run(lambda: ApplicationAccess("shop", args))
    roles = recorder.of("azure-native:authorization:RoleAssignment")
    assert sorted((role["scope"], role["roleDefinitionId"][-4:]) for role in roles) == [
        ("/c", "253f"),
        ("/c/namespaces/cloudnative-system", "c0eb"),
        ("/c/namespaces/shop", "c0eb"),
        ("/r", "45ec"),
    ]


def test_a_namespace_of_others_is_part_of_the_source_all_the_same(recorder: Recorder) -> None:
    for exists in (True, False):
        args: Any = {**ARGS, "namespace_exists": exists}
        run(lambda args=args: Application("notices", args))
    made, given = (one["provenance"]["inputs"] for one in recorder.of(BUNDLE))
    assert made == given  # the command, which holds sources, reads the files alone


NAMESPACE, WEB = "v1/Namespace/shop", "v1/Service/shop/web"
STORED: dict[str, Any] = {
    "name": "shop", "number": 41, "ref": "cr/bundles/shop@sha256:41", "hash": "h41", "source": "",
    "objects": {"japaneast": {NAMESPACE: "n", WEB: "w"}}, "images": {"web": "cr/shop/web@sha256:0"},
    "holds": {"japaneast": {"number": 42, "source": "", "input": "i42"}},
}  # fmt: skip


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `rollback` tells the program: a bundle for one of its two regions."""
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(STORED))
    monkeypatch.setenv("CLOUDNATIVE_BUNDLE", str(path))
    return path


@pytest.mark.parametrize(("exists", "objects"), [(True, [WEB]), (False, [NAMESPACE, WEB])])
def test_a_stored_bundle_is_released_to_the_clusters_of_others(
    recorder: Recorder, stored: Path, exists: bool, objects: list[str]
) -> None:
    args: Any = {**ARGS, "application": ["gone.yaml"], "namespace_exists": exists}
    run(lambda: Application("notices", args).summary.apply(recorder.summaries.append))
    (release,) = recorder.of(RELEASE)
    assert (release["clusterId"], sorted(release["objects"])) == (CLUSTERS["japaneast"], objects)
    assert (release["bundle"]["number"], release["hold"]["number"]) == (41, 42)
    assert not recorder.of(BUNDLE) and not recorder.of("cloudnative:index:Image")
    assert [region["name"] for region in recorder.summaries[0]["regions"]] == ["japaneast"]


@pytest.mark.parametrize(
    ("component", "bundles"),
    [
        ("cloudnative:index:Application::notices", 0),
        ("cloudnative:index:Application::shop", 1),
        ("cloudnative:index:Environment::notices", 1),
    ],
)
def test_a_bundle_of_another_component_is_not_deployed(
    recorder: Recorder, stored: Path, component: str, bundles: int
) -> None:
    stored.write_text(json.dumps({**STORED, "component": component}))
    run(lambda: Application("notices", ARGS))
    assert len(recorder.of(BUNDLE)) == bundles


def test_a_component_that_was_renamed_since_takes_no_stored_bundle(recorder: Recorder, stored: Path) -> None:
    component = "cloudnative:index:Application::web"
    stored.write_text(json.dumps({**STORED, "name": "notices", "component": component}))
    with pytest.raises(ConfigError, match="is released by cloudnative:index:Application::web"):
        run(lambda: Application("notices", ARGS))


def the_shop(*_: Any, **__: Any) -> Model:
    return SHOP


def test_the_program_on_the_page_of_components_runs(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = PAGE.read_text().split("```python\n")[2].split("```")[0]
    monkeypatch.setattr("cloudnative_components.release.stored_bundle.load", the_shop)
    run(lambda: exec(source, {}))  # noqa: S102 - our own page
    assert recorder.one(RELEASE)["clusterId"].endswith("/aks-team")
    assert list(recorder.one(RELEASE)["objects"]) == ["v1/Service/shop/web"]
