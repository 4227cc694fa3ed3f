"""What is sent to ACR Tasks, and what their log tells."""

import tarfile
from pathlib import Path

from tests.unit.provider.building import order

from cloudnative_provider.acr_tasks import build_request
from cloudnative_provider.context_archive import write_archive
from cloudnative_provider.task_log import TaskLog

_DIGEST = "sha256:" + "1" * 64
_LOG = f"""\
2026/11/23 08:00:00 Downloading source code...\r
Step 1/2 : FROM node:22-alpine\r
 ---> 0123456789ab\r
#6 [2/2] RUN npm ci\r
#6 0.123 added 3 packages\r
2026/11/23 08:00:09 The following dependencies were found:\r
2026/11/23 08:00:09 \r
- image:\r
    registry: crshop.azurecr.io\r
    repository: shop/web\r
    tag: "1"\r
    digest: sha256:{"2" * 64}\r
  runtime-dependency:\r
    registry: registry.hub.docker.com\r
    repository: library/node\r
    tag: 22-alpine\r
    digest: {_DIGEST}\r
  buildtime-dependency:\r
  - registry: mcr.microsoft.com\r
    repository: dotnet/sdk\r
    tag: "10.0"\r
    digest: {_DIGEST}\r
  git: {{}}\r
\r
Run ID: ca1 was successful after 9s"""


def read(log: TaskLog, size: int) -> None:
    content = _LOG.encode()
    for start in range(0, len(content), size):
        log.feed(content[start : start + size])
    log.close()


def test_the_request_names_image_dockerfile_platform_and_arguments() -> None:
    wanted = order(platform="linux/arm64", target="run", buildArgs={"A": "1"})
    request = build_request(wanted, "x_Dockerfile", "source/context.tar.gz")
    assert request["imageNames"] == ["shop/web:0123456789ab"]
    assert request["platform"] == {"os": "Linux", "architecture": "arm64"}
    assert {"name": "A", "value": "1", "isSecret": False} in request["arguments"]
    assert (request["dockerFilePath"], request["target"], request["isPushEnabled"]) == (
        "x_Dockerfile", "run", True,
    )  # fmt: skip


def test_steps_of_both_docker_builders_are_told_from_output_in_pieces_of_any_size() -> None:
    for size in (1, 7, 4096):
        steps, lines = list[str](), list[str]()
        read(TaskLog(steps.append, lines.append), size)
        assert steps == ["[1/2] FROM node:22-alpine", "[2/2] RUN npm ci"]
        assert "#6 0.123 added 3 packages" in lines
        assert lines[-1] == "Run ID: ca1 was successful after 9s"


def test_bases_are_those_that_acr_found_and_the_dockerfile_does_not_pin() -> None:
    log = TaskLog(print, print)
    read(log, 100)
    found = {"docker.io/library/node:22-alpine": _DIGEST, "mcr.microsoft.com/dotnet/sdk:10.0": _DIGEST}
    assert log.bases("FROM node:22-alpine\n") == found
    assert log.bases(f"FROM node:22-alpine@{_DIGEST}\n") == {}


def test_the_archive_has_what_the_ignore_rules_leave_and_always_the_dockerfile(tmp_path: Path) -> None:
    context = tmp_path / "context"
    (context / "src").mkdir(parents=True)
    (context / "src/run.sh").write_text("echo")
    (context / "src/run.sh").chmod(0o755)
    (context / "src/link").symlink_to("run.sh")
    (context / "secret.pem").write_text("key")
    (context / "Dockerfile").write_text("FROM scratch\n")
    (context / ".dockerignore").write_text("*.pem\nDockerfile\n")
    write_archive(tmp_path / "a.tar.gz", context, "Dockerfile", "x_Dockerfile")
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        entries = {entry.name: entry for entry in archive}
    assert set(entries) == {".dockerignore", "src", "src/run.sh", "src/link", "x_Dockerfile"}
    assert entries["src/run.sh"].mode & 0o100
    assert {(one.uid, one.uname, one.mtime) for one in entries.values()} == {(0, "", 0)}
