"""An environment on a registry and clusters of somebody else: its file, and the program that it is for."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cloudnative_components import application_args, environment_args
from cloudnative_components.config import EnvironmentConfig, load_environment
from cloudnative_toolchain.errors import ConfigError

AKS = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks"
REGISTRY, CLUSTERS = "registry: cr.azurecr.io", f"cluster_ids: {{koreacentral: {AKS}}}"
PROGRAM = Path(__file__).parents[3] / "stacks/__main__.py"


def config_of(folder: Path, *lines: str) -> EnvironmentConfig:
    given = ["cloud: azure", "regions: [koreacentral]", "application: compose.yaml", *lines]
    file = folder / "Pulumi.dev.yaml"
    file.write_text("config:\n" + "".join(f"  cloudnative:{line}\n" for line in given))
    return load_environment(file)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([REGISTRY], "a registry of somebody else is for clusters of somebody else"),
        ([CLUSTERS], "clusters of somebody else pull from a registry of somebody else"),
        (
            [REGISTRY, f"cluster_ids: {{japaneast: {AKS}}}"],
            "no cluster in koreacentral, which `regions` names",
        ),
        ([REGISTRY, "cluster_ids: {koreacentral: aks}"], "'aks' does not match"),
        ([REGISTRY, f"cluster_ids: {{koreacentrl: {AKS}}}"], "did you mean 'koreacentral'"),
        (["registry: https://cr.azurecr.io", CLUSTERS], "does not match"),
    ],
)
def test_what_is_handed_out_is_whole(tmp_path: Path, lines: list[str], why: str):
    with pytest.raises(ConfigError) as raised:
        config_of(tmp_path, *lines)
    assert why in str(raised.value.why)
    assert raised.value.location


def test_it_is_what_an_application_takes(tmp_path: Path):
    args = application_args(config_of(tmp_path, REGISTRY, CLUSTERS, "namespace_exists: true"))
    assert (args["registry"], args["cluster_ids"]) == ("cr.azurecr.io", {"koreacentral": AKS})
    assert args.get("namespace_exists") is True
    assert "node_count" not in args


def test_an_application_without_clusters_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="no clusters that somebody handed out"):
        application_args(config_of(tmp_path))


def test_a_program_that_makes_its_own_clusters_is_changed_by_the_command_that_is_proposed(tmp_path: Path):
    with pytest.raises(ConfigError) as raised:
        environment_args(config_of(tmp_path, REGISTRY, CLUSTERS))
    (tmp_path / "stacks").mkdir()
    changed = Path(shutil.copy(PROGRAM, tmp_path / "stacks"))
    subprocess.run(["bash", "-c", str(raised.value.fix)], cwd=tmp_path, check=True)
    assert "import Application, application_args\n" in changed.read_text()
    assert "Application(stack, application_args(config))" in changed.read_text()
    assert "Environment" not in changed.read_text()
