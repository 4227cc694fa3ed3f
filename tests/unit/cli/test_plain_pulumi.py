"""What `emulator env` makes of the project it is called in."""

from pathlib import Path

import pytest

from cloudnative import plain_pulumi


def test_settings_of_a_program_of_somebody_else_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: team\nruntime: yaml\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:salt\nconfig:\n  team:size: 3\n")
    monkeypatch.chdir(tmp_path)
    assert plain_pulumi._settings_file("") == {}
