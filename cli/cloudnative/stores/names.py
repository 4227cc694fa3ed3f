"""Names for the storage account and the vault of a project's state: unique in all of Azure."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

CONTAINER = "pulumi"
KEY = "pulumi"
BLOB_URL = "azblob://" + CONTAINER + "?storage_account={account}"
KEY_URL = "azurekeyvault://{vault}.vault.azure.net/keys/" + KEY


@dataclass(frozen=True)
class StateNames:
    """Azure's rules: account 3-24 of a-z, 0-9; vault 3-24, a letter first, no two dashes in a row."""

    group: str
    account: str
    vault: str


def state_names(project: str, unique: str = "") -> StateNames:
    """Names from the project's; `unique` tells those of two subscriptions apart (default: random)."""
    unique = unique or secrets.token_hex(4)
    plain = re.sub(r"[^a-z0-9]", "", project.lower())[:14]
    dashed = re.sub(r"[^a-z0-9]+", "-", project.lower()).strip("-")[:12].strip("-")
    return StateNames(f"rg-{dashed}-state", f"st{plain}{unique}", f"kv-{dashed}-{unique}")
