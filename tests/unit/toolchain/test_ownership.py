"""Under sudo the caller's folders are meant, and what root makes in them is the caller's."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from unittest.mock import Mock

import pytest

from cloudnative_toolchain import folders
from cloudnative_toolchain.ownership import home_folder, stays_its_owners

NOBODY = 65534


@pytest.fixture(autouse=True)
def users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/root"))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: Mock(pw_dir=f"/home/{uid}"))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]


@pytest.mark.parametrize(
    ("euid", "sudo", "folder"),
    [(0, "1000", "/home/1000"), (0, "", "/root"), (0, "0", "/root"), (1000, "1001", "/root")],
)
def test_sudo_means_the_folders_of_its_caller(
    monkeypatch: pytest.MonkeyPatch, euid: int, sudo: str, folder: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: euid)
    assert home_folder({"SUDO_UID": sudo}) == Path(folder)


def test_state_and_cache_lie_in_that_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for name in ("CLOUDNATIVE_HOME", "CLOUDNATIVE_CACHE", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SUDO_UID", "1000")
    assert folders.home() == Path("/home/1000/.local/state/cloudnative")
    assert folders.cache() == Path("/home/1000/.cache/cloudnative")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_belongs_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY, NOBODY)
    with stays_its_owners(tmp_path / "cache/toolchain"):
        (tmp_path / "cache/toolchain").mkdir(parents=True)
        (tmp_path / "cache/toolchain/dangling").symlink_to("/nowhere")
    made = [tmp_path / "cache", *(tmp_path / "cache").rglob("*")]
    assert [path.lstat().st_uid for path in made] == [NOBODY] * 3


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_roots_own_folder_stays_roots(tmp_path: Path) -> None:
    with stays_its_owners(tmp_path / "cache"):
        (tmp_path / "cache").mkdir()
    assert (tmp_path / "cache").stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_of_containers_stay_as_they_are(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY, NOBODY)
    with stays_its_owners(tmp_path / "home", leaving="emulator"):
        (tmp_path / "home/emulator/rootfs").mkdir(parents=True)
        (tmp_path / "home/pulumi").mkdir()
    owners = {path.name: path.stat().st_uid for path in (tmp_path / "home").rglob("*")}
    assert owners == {"emulator": 0, "rootfs": 0, "pulumi": NOBODY}
