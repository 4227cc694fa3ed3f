from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
NAMED_OTHERWISE = {
    "jwt": "pyjwt",
    "pulumi_azure_native": "pulumi-azure-native",
    "ruamel": "ruamel.yaml",
    "yaml": "pyyaml",
}
# Imported by us, in the version of the package that brings them.
BROUGHT = {
    "grpc": "pulumi",
    "google": "pulumi",
    "yarl": "aiohttp",
    "azure-core": "azure-identity",
    "pydantic_core": "pydantic",
}
# Their models were read once, into the referee's tables; nothing of them is installed.
ONLY_TABLES = {
    "azure-mgmt-containerregistrytasks",
    "azure-mgmt-containerservicesafeguards",
    "azure-mgmt-loganalytics",
    "azure-mgmt-monitor",
    "azure-mgmt-network",
    "azure-mgmt-privatedns",
    "azure-mgmt-prometheusrulegroups",
}
# A node's first process runs these three files from its own folder, without our packages.
SCRIPTS = {file.stem for file in (ROOT / "emulator/cloudnative_emulator/clusters/node_init").glob("*.py")}
IMPORT = re.compile(
    r"^ *(?:from (\w[\w.]*) import |import (\w[\w.]*)(?: as \w+)?$)|[\"'](azure\.mgmt\.\w+)", re.MULTILINE
)


def declared() -> set[str]:
    return {re.split(r"[\[<>=]", text)[0].lower() for text in PROJECT["project"]["dependencies"]}


def modules() -> set[str]:
    """Every module that our packages import, at the top or inside a function, or load by name."""
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    return {name for file in files for found in IMPORT.findall(file.read_text()) for name in found if name}


def distribution(module: str) -> str:
    first, *rest = module.split(".")
    length = 2 if rest and rest[0] in ("mgmt", "storage") else 1
    name = "-".join(["azure", *rest[:length]]) if first == "azure" else first
    return BROUGHT.get(name) or NAMED_OTHERWISE.get(name, name)


def test_every_declared_dependency_is_imported_and_every_import_is_declared() -> None:
    ours = {Path(package).name for package in PACKAGES} | sys.stdlib_module_names | SCRIPTS

    used = {distribution(module) for module in modules() if module.split(".")[0] not in ours}

    assert used - ONLY_TABLES == declared()
