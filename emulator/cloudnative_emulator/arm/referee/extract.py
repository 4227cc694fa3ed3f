"""Makes the tables in `known/` anew; run this module after a change of `sources.py`.

Every package is fetched by pip with its hash and read in a process of its own, where it stands first on the
path: the installed generation of the same package is neither seen nor touched.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudnative_emulator.arm.referee.models import table
from cloudnative_emulator.arm.referee.sources import SOURCES, Source
from cloudnative_emulator.arm.referee.tables import READ_ONLY, Key, Known, Shape, Table

_FOLDER = Path(__file__).parent / "known"


@dataclass
class Writer:
    """Gives every model of one namespace an id; the same keys under the same name are written once."""

    models: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def add(self, described: Table, version: str) -> str:
        """The id of a table, `NAME@the first api-version in which it looked like this`."""
        keys = {
            name + "!" * key.required: self._key(key, version) for name, key in sorted(described.keys.items())
        }
        for known, content in self.models.items():
            if known.partition("@")[0] == described.name and content == keys:
                return known
        taken = f"{described.name}@{version}"
        while taken in self.models:
            taken += "'"
        self.models[taken] = keys
        return taken

    def _key(self, key: Key, version: str) -> Any:
        return READ_ONLY if key.read_only else self._shape(key.shape, version)

    def _shape(self, shape: Shape, version: str) -> Any:
        if shape.of:
            return self.add(shape.of, version)
        if shape.items:
            return {shape.kind: self._shape(shape.items, version)}
        return {"enum": list(shape.values)} if shape.values else shape.kind


def read(source: Source) -> dict[str, dict[str, Table]]:
    """Type -> api-version -> table, of the package as this process imports it."""
    found: dict[str, dict[str, Table]] = {}
    for version, module in source.modules.items():
        package = importlib.import_module(module)
        for resource_type, model in source.models.items():
            found.setdefault(resource_type.lower(), {})[version] = table(getattr(package, model))
    return found


def document(found: dict[str, dict[str, Table]]) -> dict[str, Any]:
    """What `tables.Known` reads."""
    writer = Writer()
    types = {
        resource_type: {version: writer.add(described, version) for version, described in versions.items()}
        for resource_type, versions in found.items()
    }
    return {"types": types, "models": writer.models}


def _read_apart(source: Source, folder: Path) -> dict[str, dict[str, Table]]:
    pinned = folder / "requirements.txt"
    pinned.write_text(source.requirement + "\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--require-hashes", "--dest", str(folder), "-r", str(pinned)], check=True)
    for wheel in folder.glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(folder)
    path = os.pathsep.join([str(folder), *sys.path])
    argv = [sys.executable, "-m", __spec__.name, *_named(source)]
    done = subprocess.run(argv, env={**os.environ, "PYTHONPATH": path}, check=True, stdout=subprocess.PIPE)
    part = json.loads(done.stdout)
    known = Known(part)
    return {
        name: {version: known.table(name, version) for version in versions}
        for name, versions in part["types"].items()
    }


def _merged() -> dict[str, dict[str, dict[str, Table]]]:
    """Namespace -> type -> api-version -> table, of all sources, the oldest first."""
    found: dict[str, dict[str, dict[str, Table]]] = {}
    for source in SOURCES:
        sys.stderr.write(f"{source.distribution} {source.version}\n")
        with tempfile.TemporaryDirectory() as folder:
            for name, versions in _read_apart(source, Path(folder)).items():
                found.setdefault(name.partition("/")[0], {}).setdefault(name, {}).update(versions)
    return found


def _text(content: dict[str, Any]) -> str:
    """JSON with a line for each model, so that a change shows as what it is."""
    lines = (f"  {json.dumps(name)}: {json.dumps(keys)}" for name, keys in content["models"].items())
    models = ",\n".join(lines)
    return f'{{"types": {json.dumps(content["types"], indent=1)},\n"models": {{\n{models}\n}}}}\n'


def _named(source: Source) -> list[str]:
    return [source.distribution, source.version, *source.modules]


def main(arguments: list[str]) -> None:
    """Make all files; with what names a source (the inner process) print its tables."""
    for source in SOURCES:
        if arguments == _named(source):
            sys.stdout.write(json.dumps(document(read(source))))
    if not arguments:
        for namespace, found in _merged().items():
            (_FOLDER / f"{namespace}.json").write_text(_text(document(found)))


if __name__ == "__main__":
    main(sys.argv[1:])
