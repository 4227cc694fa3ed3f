"""`cloudnative init`."""

from __future__ import annotations

from typing import Any

from cloudnative import present
from cloudnative.options import Cloud, Output, OutputOption


def init(cloud: Cloud = "emulator", output: OutputOption = Output.TEXT) -> None:
    """Make a project of a folder with a compose file. Lists what it writes, overwrites nothing."""
    import sys
    from pathlib import Path

    from cloudnative.scaffold import plan, write

    folder = Path.cwd()
    files = plan(folder, cloud)
    for name in files:
        sys.stderr.write(f"writes {name}\n")
    write(folder, files)
    present.result({"result": "succeeded", "files": list(files), "next": _next(cloud)}, output, text)


def _next(cloud: str) -> list[str]:
    if cloud == "emulator":
        return ["cloudnative up dev"]
    return [
        "az login",
        "az group create --name rg-pulumi-state --location koreacentral",
        "az storage account create --name STATE_ACCOUNT --resource-group rg-pulumi-state --sku Standard_ZRS"
        " --allow-blob-public-access false --min-tls-version TLS1_2",
        "az storage container create --name pulumi --account-name STATE_ACCOUNT --auth-mode login",
        "az keyvault create --name STATE_VAULT --resource-group rg-pulumi-state"
        " --enable-rbac-authorization true",
        "az keyvault key create --vault-name STATE_VAULT --name pulumi --kty RSA",
        "add to Pulumi.yaml:  backend: {url: 'azblob://pulumi?storage_account=STATE_ACCOUNT'}",
        "add to stacks/Pulumi.dev.yaml:"
        "  secretsprovider: azurekeyvault://STATE_VAULT.vault.azure.net/keys/pulumi",
        "cloudnative up dev",
    ]


def text(data: dict[str, Any]) -> str:
    """What to do next."""
    return "next:\n" + "".join(f"  {step}\n" for step in data["next"])
