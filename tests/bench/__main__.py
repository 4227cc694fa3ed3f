"""`make bench`: what a user waits for, each time as a ratio to a peer or a limit of the same run.

Timings of one machine are noisy, so every figure is a median of pairs run in turn, and what is printed is the
ratio. A project and a state folder of its own, removed at the end; nothing of the user's is touched.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.acceptance.load import wait_for
from tests.acceptance.project import Project, url
from tests.bench.boot import cluster_boot
from tests.bench.measure import Figure, against_limit, paired, seconds

from cloudnative_emulator.daemon.probe import why_no_node

BARE_ENGINE = Path(__file__).parents[1] / "acceptance" / "bare_engine.py"
SITE = "samples/shipping/site/html/index.html"


def help_text() -> Figure:
    command = [str(Path(sys.executable).with_name("cloudnative")), "--help"]
    return paired("help", command, [sys.executable, "-c", "import typer"], aim=2.0, pairs=7)


def unchanged(project: Project) -> Figure:
    ours = [str(Path(sys.executable).with_name("cloudnative")), "up", "dev", "--yes"]
    bare = [sys.executable, str(BARE_ENGINE), ours[0], "up"]
    return paired(
        "unchanged-up", ours, bare, aim=1.2, pairs=3, cwd=project.folder, environment=project.environment
    )


def cold_up(project: Project) -> Figure:
    assert project.run("down", "dev", "--yes").code == 0
    return against_limit("cold-up", seconds(project.up), limit=20)


def change_to_serving(project: Project, site: str) -> Figure:
    def change() -> None:
        project.edit(SITE, "</h1>", " faster</h1>")
        project.up()
        wait_for(" faster</h1>", site)

    return against_limit("change-to-serving", seconds(change), limit=8)


def rollback(project: Project) -> Figure:
    """The change is taken back: from the command's start to a healthy release, the images being there."""

    def back() -> None:
        assert project.run("rollback", "dev").code == 0

    return against_limit("rollback", seconds(back), limit=10)


def main(wanted: Sequence[str] = ()) -> int:
    """Print a line per figure as it is measured, and all ratios in the last line.

    `help` alone (`make bench ARGS=help`) measures what needs no system.
    """
    figures = [help_text()] if list(wanted) == ["help"] else _on_a_system()
    print("ratio", *(f"{figure.name}={figure.ratio:.2f}" for figure in figures))
    return 0


def _on_a_system() -> list[Figure]:
    obstacle = why_no_node()
    boots = [] if obstacle else [cluster_boot()]
    if obstacle:
        print(f"cluster-boot: not measured: {obstacle}")
    with tempfile.TemporaryDirectory(prefix="cloudnative-bench-") as folder:
        (Path(folder) / "project").mkdir()
        project = Project.copy(Path(folder) / "project")
        try:
            site = url(project.up(), "site")
            return [
                *boots,
                help_text(),
                unchanged(project),
                change_to_serving(project, site),
                rollback(project),
                cold_up(project),
            ]
        finally:
            project.run("emulator", "reset", "--yes")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
