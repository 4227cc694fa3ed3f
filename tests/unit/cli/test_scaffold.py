"""`init`: what it writes, and what it never touches."""

import re
import subprocess
from pathlib import Path

import pytest

from cloudnative.scaffold import plan, program, write
from cloudnative.stores.azure_setup import steps
from cloudnative.stores.names import state_names
from cloudnative_toolchain.errors import ConfigError

ROOT = Path(__file__).parents[3]


def test_a_folder_with_a_compose_file_becomes_a_project(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").touch()
    write(tmp_path, plan(tmp_path, "emulator"))
    assert "application: ../docker-compose.yml" in (tmp_path / "stacks" / "Pulumi.dev.yaml").read_text()
    assert (tmp_path / "stacks" / "__main__.py").is_file()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").touch()
    (tmp_path / "Pulumi.yaml").write_text("name: mine\n")
    with pytest.raises(ConfigError, match=r"Pulumi\.yaml is there already"):
        plan(tmp_path, "emulator")


def test_a_folder_without_a_compose_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no compose file"):
        plan(tmp_path, "emulator")


def test_the_program_it_writes_is_the_repositorys_own() -> None:
    assert program() == (ROOT / "stacks" / "__main__.py").read_text()


@pytest.mark.parametrize(
    ("folder", "name"), [("My Shop", "my-shop"), ("42", "app-42"), ("a" * 60, "a" * 20), ("___", "app")]
)
def test_the_project_is_named_for_its_folder(tmp_path: Path, folder: str, name: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "compose.yaml").touch()
    assert f"name: {name}\n" in plan(tmp_path / folder, "emulator")["Pulumi.yaml"]


def test_an_azure_project_says_where_its_state_will_lie(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").touch()
    files = plan(tmp_path, "azure", state_names("shop", "12345678"))
    assert files["Pulumi.yaml"].endswith(
        "\nbackend:\n  url: azblob://pulumi?storage_account=stshop12345678\n"
    )
    assert files["stacks/Pulumi.dev.yaml"].endswith(
        "\nsecretsprovider: azurekeyvault://kv-shop-12345678.vault.azure.net/keys/pulumi\n"
    )


@pytest.mark.parametrize("project", ["s", "my-long-shop-name-1", "a.b_c--d", "Shop" * 5])
def test_the_names_of_its_account_and_vault_are_azures(project: str) -> None:
    names = state_names(project)
    assert re.fullmatch(r"[a-z0-9]{3,24}", names.account)
    assert re.fullmatch(r"[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]", names.vault)


def test_the_step_that_pins_the_key_writes_its_version(tmp_path: Path) -> None:
    """`az` answers with the key's id; only the shell and sed are real here."""
    (tmp_path / "compose.yaml").touch()
    names = state_names("shop", "12345678")
    write(tmp_path, plan(tmp_path, "azure", names))
    kid = "https://kv-shop-12345678.vault.azure.net/keys/pulumi/0123abcd"
    step = next(step for step in steps(names) if step.startswith("sed "))
    subprocess.run(["sh", "-c", f"az() {{ echo {kid}; }}; {step}"], cwd=tmp_path, check=True)
    assert (
        f"secretsprovider: {kid.replace('https', 'azurekeyvault')}\n"
        in (tmp_path / "stacks/Pulumi.dev.yaml").read_text()
    )
