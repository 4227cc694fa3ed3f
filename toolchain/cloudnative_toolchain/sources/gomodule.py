"""Built from its Go module, by a Go that is on PATH or had for this purpose."""

from __future__ import annotations

import json
import os
from pathlib import Path

from cloudnative_toolchain.catalog import HERE, Source, tools
from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.job import Found, Job, UnavailableError

MODULES = HERE / "go"


def fetch(job: Job, source: Source) -> Found:
    """The tool's programs, compiled; what the user's Go settings would change about the result is fixed."""
    go, out = _go(job), job.folder / "bin"
    out.mkdir(parents=True)
    flags = ["-v", "-trimpath", "-ldflags", source.ldflags.format(version=source.version)]
    flags += ["-tags", source.tags] if source.tags else []
    env = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": "-buildvcs=false",
    }
    if source.module:
        argv = [go, "build", "-mod=readonly", *flags, "-o", f"{out}/", *source.packages]
        cwd = MODULES / source.module
    else:
        argv = [go, "install", *flags, *(f"{package}@v{source.version}" for package in source.packages)]
        env["GOBIN"], cwd = str(out), job.folder
    job.run(
        argv, env=env, cwd=cwd, doing=f"building {source.version} from its Go module", counting="steps done"
    )
    for name, built in source.rename.items():
        (out / built).rename(out / name)
    return Found(
        version=source.version,
        programs={name: f"bin/{name}" for name in job.tool.programs},
        data=_data(job, source, go, env),
    )


def _go(job: Job) -> Path:
    """A Go that fits, had only now that something has to be built."""
    try:
        return job.having(tools()["go"])
    except CloudnativeError as problem:
        raise UnavailableError(f"it would have to be built, and {problem}") from problem


def _data(job: Job, source: Source, go: Path, env: dict[str, str]) -> dict[str, str]:
    """Data files, each joined from YAML files of the module."""
    if not source.data:
        return {}
    said = job.run(
        [go, "mod", "download", "-json", f"{source.install}@v{source.version}"],
        env=env,
        cwd=job.folder,
        doing="reading its module",
    )
    module = Path(json.loads(said)["Dir"])
    (job.folder / "data").mkdir()
    for name, patterns in source.data.items():
        files = [file for pattern in patterns for file in sorted(module.glob(pattern))]
        documents = [file.read_text() for file in files if file.name != "kustomization.yaml"]
        (job.folder / "data" / name).write_text("\n---\n".join(documents))
    return {name: f"data/{name}" for name in source.data}
