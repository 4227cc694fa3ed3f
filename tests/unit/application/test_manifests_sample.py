"""The sample of a folder of manifests: one built image, two objects, and what is added to them."""

from pathlib import Path

import pytest
from tests.unit.application.project import environment

from cloudnative_components.application import Application, load
from cloudnative_components.application.model import Build, PublicPort

SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "notices"


@pytest.fixture(scope="module")
def sample() -> Application:
    config = environment(builds={"page": SAMPLE / "page"}, replicas={"page": 3})
    return load(SAMPLE / "k8s", environment=config)


def test_the_image_is_built_from_its_folder_and_stands_as_a_placeholder(sample: Application):
    deployment = next(item for item in sample.objects if item["kind"] == "Deployment")

    assert sample.builds == [Build("page", SAMPLE / "page", platform="linux/amd64")]
    assert [c["image"] for c in deployment["spec"]["template"]["spec"]["containers"]] == [
        "cloudnative-image:page"
    ]
    assert sample.images == {}


def test_a_namespace_under_pod_security_is_added(sample: Application):
    (namespace,) = [item for item in sample.objects if item["kind"] == "Namespace"]

    assert namespace["metadata"]["name"] == "notices"
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"


OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s%s}\n"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", "shop"),
        (", namespace: berths", "", "berths"),
        (", namespace: berths", ", namespace: cranes", "shop"),
        (", namespace: default", "", "shop"),
    ],
)
def test_the_only_namespace_that_objects_name_is_the_applications(
    tmp_path: Path, first: str, second: str, expected: str
):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "a.yaml").write_text(OBJECT % ("a", first))
    (folder / "b.yaml").write_text(OBJECT % ("b", second))

    objects = load(folder, environment=environment()).objects

    assert [i["metadata"]["name"] for i in objects if i["kind"] == "Namespace"] == [expected]


def test_the_environment_says_how_many_pods_and_the_service_gets_an_address(sample: Application):
    deployment = next(item for item in sample.objects if item["kind"] == "Deployment")

    assert deployment["spec"]["replicas"] == 3
    assert sample.public == [PublicPort("page", 80)]


def test_a_build_may_lie_beside_the_manifests_of_a_pulumi_project_without_git(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").touch()
    for name in ("k8s", "page"):
        (tmp_path / name).mkdir()
    (tmp_path / "page" / "Dockerfile").touch()
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: page}\nspec: {containers: [{image: page}]}\n"
    (tmp_path / "k8s" / "pod.yaml").write_text(pod)

    config = environment(builds={"page": tmp_path / "page"})
    assert [one.context for one in load(tmp_path / "k8s", environment=config).builds] == [tmp_path / "page"]
