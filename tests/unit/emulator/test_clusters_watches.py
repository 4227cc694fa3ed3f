"""File watchers that a machine has left for another cluster."""

from pathlib import Path

import pytest

from cloudnative_emulator.clusters.watches import instances, judged
from cloudnative_toolchain.errors import ExitCode


@pytest.mark.parametrize(
    ("allowed", "used", "short"), [(128, 104, False), (128, 105, True), (1024, 128, False)]
)
def test_a_cluster_needs_watchers_and_a_machine_without_them_is_told_how_to_have_more(
    allowed: int, used: int, short: bool
) -> None:
    error = judged(allowed, used, 24)
    assert (error is not None) is short
    if error is not None:
        assert f"{used} are in use" in error.why
        assert error.fix == "sudo sysctl -w fs.inotify.max_user_instances=1024"
        assert error.exit_code is ExitCode.RESOURCE


def test_watchers_of_a_process_are_counted_among_its_files(tmp_path: Path) -> None:
    (tmp_path / "fd").mkdir()
    for number, opened in enumerate(("anon_inode:inotify", "/dev/null", "anon_inode:inotify")):
        (tmp_path / "fd" / str(number)).symlink_to(opened)
    assert instances(tmp_path) == 2
    assert instances(tmp_path / "ended") == 0
