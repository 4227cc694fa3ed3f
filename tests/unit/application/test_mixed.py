"""Entries of an application: whose they are, what a mix of them makes, and what no two of them may."""

from pathlib import Path

import pytest
from tests.unit.application.project import environment

from cloudnative_components.application import Application, load, programs_for
from cloudnative_components.application.entries import entries_of
from cloudnative_components.application.manifests import name_of
from cloudnative_toolchain.errors import ConfigError, ExitCode

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {containers: [{image: %s}]}\n"


def folder(parent: Path, name: str, *files: str) -> Path:
    """A folder with empty files."""
    made = parent / name
    made.mkdir(parents=True)
    for file in files:
        (made / file).touch()
    return made


def manifests(parent: Path, name: str, pod: str, image: str = "nginx") -> Path:
    (made := folder(parent, name)).joinpath("pod.yaml").write_text(POD % (pod, image))
    return made


def test_each_entry_has_its_renderer_and_compose_files_are_one(tmp_path: Path):
    for name in ("a.yaml", "b.yaml", "packed.tgz"):
        (tmp_path / name).touch()
    made = [folder(tmp_path, "k", "kustomization.yaml"), folder(tmp_path, "c", "Chart.yaml"), tmp_path]
    found = entries_of([made[0], tmp_path / "a.yaml", made[1], tmp_path / "b.yaml", tmp_path / "packed.tgz"])

    assert [(entry.renderer, len(entry.paths)) for entry in found] == [
        ("kustomize", 1),
        ("compose", 2),
        ("helm", 1),
        ("helm", 1),
    ]


def test_only_what_an_application_has_is_installed(tmp_path: Path):
    (tmp_path / "compose.yaml").touch()
    chart, plain = folder(tmp_path, "chart", "Chart.yaml"), folder(tmp_path, "k8s")

    assert programs_for([tmp_path / "compose.yaml", plain]) == ["compose-config"]
    assert programs_for([chart, tmp_path / "nowhere"]) == ["helm"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("shop/k8s", "shop"),
        ("shop/deploy/overlays/prod", "shop"),
        ("shop/kustomize/base", "shop"),
        ("shop/envs/dev", "shop"),
        ("deploy-tools", "deploy-tools"),
    ],
)
def test_an_application_is_called_the_same_in_every_environment(path: str, name: str):
    assert name_of(Path("/src", path)) == name


def test_a_folder_that_can_be_read_in_two_ways_is_an_error(tmp_path: Path):
    both = folder(tmp_path, "both", "compose.yaml", "Chart.yaml")
    with pytest.raises(ConfigError, match=r"compose.yaml and Chart.yaml"):
        entries_of([both])

    assert [entry.renderer for entry in entries_of([both / "Chart.yaml"])] == ["helm"]


def two(tmp_path: Path, **settings: object) -> Application:
    paths = [manifests(tmp_path, "shop", "web"), manifests(tmp_path, "cache", "redis", "redis:7")]
    return load(paths, environment=environment(**settings))


def test_the_first_entry_names_the_application_and_gives_the_namespace(tmp_path: Path):
    mixed = two(tmp_path)

    assert (mixed.name, mixed.namespace) == ("shop", "shop")
    assert [item["kind"] for item in mixed.objects] == ["Namespace", "Pod", "Pod"]
    assert {item["metadata"].get("namespace", "shop") for item in mixed.objects} == {"shop"}
    assert mixed.images == {"nginx": "nginx", "redis-7": "redis:7"}
    assert [rendering.services for rendering in mixed.renderings] == [["web"], ["redis"]]


def test_a_service_of_two_renderers_is_one_error_that_names_both(tmp_path: Path):
    paths = [manifests(tmp_path, "a", "web"), manifests(tmp_path, "b", "web")]
    with pytest.raises(ConfigError) as caught:
        load(paths, environment=environment())

    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.what == "the service web has two renderers"
    assert f"{paths[0]}/pod.yaml:3:12" in caught.value.why
    assert str(caught.value.location) == f"{paths[1]}/pod.yaml:3:12"


def test_an_object_that_is_no_service_has_one_renderer_as_well(tmp_path: Path):
    first, second = manifests(tmp_path, "a", "web"), manifests(tmp_path, "b", "api")
    for made in (first, second):
        (made / "c.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same}\n")

    with pytest.raises(ConfigError, match="ConfigMap same has two renderers"):
        load([first, second], environment=environment())


def test_a_count_for_nobody_is_an_error(tmp_path: Path):
    with pytest.raises(ConfigError, match="replicas names 'wbe'"):
        two(tmp_path, replicas={"wbe": 2})


def test_an_image_is_built_whatever_its_registry_and_tag(tmp_path: Path):
    made = manifests(tmp_path, "shop", "web", "ghcr.io/acme/web:1.2")
    folder(tmp_path, "shop/src", "Dockerfile")
    config = environment(builds={"ghcr.io/acme/web": made / "src"})
    mixed = load(made, environment=config)

    assert [build.service for build in mixed.builds] == ["web"]
    assert mixed.objects[1]["spec"]["containers"] == [{"image": "cloudnative-image:web"}]


def test_a_build_that_nothing_runs_is_an_error(tmp_path: Path):
    made = manifests(tmp_path, "shop", "web", "shop/web:1.2")
    folder(tmp_path, "shop/src", "Dockerfile")
    with pytest.raises(ConfigError) as caught:
        load(made, environment=environment(builds={"web": made / "src"}))

    assert "did you mean 'shop/web'" in caught.value.why
