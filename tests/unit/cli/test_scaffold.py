"""`init`: what it writes, and what it never touches."""

from pathlib import Path

import pytest

from cloudnative.scaffold import plan, program, write
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
