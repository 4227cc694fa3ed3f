"""Which Azure subscription is meant where nobody passes one: as azure-native finds it, and the Azure CLI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VARIABLES = ("AZURE_SUBSCRIPTION_ID", "ARM_SUBSCRIPTION_ID")
SETTING = "azure-native:subscriptionId"


def subscription_of(environ: Mapping[str, str], settings: Mapping[str, Any] | None = None) -> str:
    """Of the environment's file, of a variable, else the default of `az`; empty where nobody says."""
    named = [str((settings or {}).get(SETTING) or ""), *(environ.get(name, "") for name in VARIABLES)]
    return next(filter(None, named), "") or _default_of_az(environ)


def _default_of_az(environ: Mapping[str, str]) -> str:
    """What `az account set` chose; read from its file, because starting `az` takes half a second."""
    folder = Path(environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")
    try:
        profile = json.loads((folder / "azureProfile.json").read_text("utf-8-sig"))
    except (OSError, ValueError):
        return ""
    known: list[dict[str, Any]] = profile.get("subscriptions") or []
    return next((str(one["id"]) for one in known if one.get("isDefault")), "")
