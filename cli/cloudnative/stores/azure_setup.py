"""How the place for an environment's state is made in Azure: commands to paste, once per project."""

from __future__ import annotations

from cloudnative.stores.names import CONTAINER, KEY, StateNames

ME = "$(az ad signed-in-user show --query id --output tsv)"


def steps(names: StateNames, location: str = "koreacentral") -> list[str]:
    """A storage account without keys or public access, a vault's key, the right of this user to use both."""
    group, account, vault = names.group, names.account, names.vault
    return [
        "az login",
        f"az group create --name {group} --location {location}",
        f"az storage account create --name {account} --resource-group {group} --location {location}"
        " --sku Standard_ZRS --min-tls-version TLS1_2"
        " --allow-blob-public-access false --allow-shared-key-access false",
        f"az storage account blob-service-properties update --account-name {account}"
        f" --resource-group {group} --enable-versioning true"
        " --enable-delete-retention true --delete-retention-days 30",
        f"az storage container-rm create --name {CONTAINER} --storage-account {account}"
        f" --resource-group {group}",
        f"az keyvault create --name {vault} --resource-group {group} --location {location}"
        " --enable-rbac-authorization true --enable-purge-protection true",
        blob_role(account),
        _grant("Key Vault Crypto Officer", f"keyvault show --name {vault}"),
        f"az keyvault key create --vault-name {vault} --name {KEY} --kty RSA --size 3072",
        _pin(vault),
        "cloudnative up dev",
    ]


def blob_role(account: str) -> str:
    """The command that lets this user read and write a storage account's blobs."""
    return _grant("Storage Blob Data Contributor", f"storage account show --name {account}")


def _grant(role: str, shown: str) -> str:
    """Who owns a subscription may not read its data: that takes a role of its own."""
    scope = f'"$(az {shown} --query id --output tsv)"'
    return (
        f'az role assignment create --role "{role}" --assignee-principal-type User'
        f' --assignee-object-id "{ME}" --scope {scope}'
    )


def _pin(vault: str) -> str:
    """Write the key's version into its URL: what one version encrypted, a rotated key does not open."""
    kid = f"az keyvault key show --vault-name {vault} --name {KEY} --query key.kid --output tsv"
    return f'sed -i "s|keys/{KEY}.*|keys/{KEY}/$({kid} | cut -d/ -f6)|" stacks/Pulumi.dev.yaml'
