"""Credentials of a build do not outlive it, not even one that was killed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cloudnative_provider.private_folder import private_folder

HELD = """
import time
from cloudnative_provider.private_folder import private_folder
with private_folder() as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path))


def test_a_folder_is_private_and_goes_with_its_use() -> None:
    with private_folder() as folder:
        (folder / "config.json").touch()
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_one_in_use_is_left_and_one_of_a_killed_process_is_removed() -> None:
    with subprocess.Popen([sys.executable, "-c", HELD], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        other = Path(process.stdout.readline().strip())
        with private_folder():
            assert other.exists()
        process.send_signal(signal.SIGKILL)
    with private_folder() as mine:
        assert list(mine.parent.iterdir()) == [mine]
