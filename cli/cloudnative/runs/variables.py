"""The environment variables of worker and engine, and those of the user that would send them elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudnative.runs.home import StackHome
from cloudnative_toolchain.errors import ConfigError
from cloudnative_toolchain.federation import federated_identity

CREDENTIALS = ("ARM_", "AZURE_")
REDIRECTING = (
    "PULUMI_BACKEND_URL",
    "PULUMI_HOME",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_DEBUG_PROVIDERS",
    "PULUMI_DEBUG_LANGUAGES",
    "PULUMI_STACK",
    "PULUMI_CONFIG",
    "PULUMI_SKIP_CHECKPOINTS",
    "PULUMI_DIY_BACKEND_GZIP",
    "PULUMI_DIY_BACKEND_ZSTD",
    "PULUMI_DIY_BACKEND_LEGACY_LAYOUT",
    "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS",
)


def refuse_redirection(environment: Mapping[str, str], ours: Mapping[str, str]) -> None:
    """ConfigError when an inherited PULUMI_* variable would send our state or our providers elsewhere.

    A variable that says what we say anyway (`eval "$(cloudnative emulator env)"`) is fine.
    """
    found = sorted(name for name in REDIRECTING if environment.get(name) not in (None, "", ours.get(name)))
    if found:
        raise ConfigError(
            code="environment.redirected",
            what=f"{', '.join(found)} {'is' if len(found) == 1 else 'are'} set",
            why="the engine's state, secrets or providers would go elsewhere than `cloudnative` expects",
            fix=f"unset {' '.join(found)}",
        )


def engine_environment(
    inherited: Mapping[str, str],
    home: StackHome,
    endpoint: Mapping[str, Any] | None,
    backend: Mapping[str, str],
) -> dict[str, str]:
    """The variables of worker and engine; on the emulator nothing inherited can name an Azure account.

    `backend` are those that say where the state lies and who encrypts it.
    """
    emulator = endpoint is not None
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("PULUMI_") and not (emulator and name.startswith(CREDENTIALS))
    }
    ours = {
        **backend,
        "PULUMI_HOME": str(home.pulumi / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_AUTOMATION_API": "true",
        "PULUMI_DEBUG_COMMANDS": "true",
        "PULUMI_DIY_BACKEND_NO_LEGACY_WARNING": "true",
        "NO_COLOR": "1",
        "GRPC_VERBOSITY": "ERROR",  # its notes about fork() would be shown as the program's output
    }
    if endpoint is not None:
        ours |= {
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        ours |= signed_in_variables(endpoint, inherited)
    return {**kept, **ours}


def signed_in_variables(endpoint: Mapping[str, Any], inherited: Mapping[str, str]) -> dict[str, str]:
    """Those of the emulator; in a pipeline's job for its own identity, not for the one who owns the home."""
    known = emulator_variables(endpoint)
    identity = federated_identity(str(endpoint["tenant"]), inherited)
    if identity is None:
        return known
    kept = {name: value for name, value in known.items() if not name.endswith("_CLIENT_SECRET")}
    who = dict.fromkeys(("ARM_CLIENT_ID", "AZURE_CLIENT_ID"), identity.client_id)
    token = dict.fromkeys(("ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"), identity.token_file)
    return {**kept, **who, **token, "ARM_USE_OIDC": "true"}


def emulator_variables(endpoint: Mapping[str, Any]) -> dict[str, str]:
    """Credentials and addresses of the emulator for the engine, the providers and Azure's SDKs."""
    host = str(endpoint["arm"]).removeprefix("https://")
    return {
        "PULUMI_DEBUG_PROVIDERS": f"azure-native:{str(endpoint['azure_native']).rsplit(':', 1)[-1]}",
        "ARM_TENANT_ID": endpoint["tenant"],
        "ARM_SUBSCRIPTION_ID": endpoint["subscription"],
        "ARM_CLIENT_ID": endpoint["client_id"],
        "ARM_CLIENT_SECRET": endpoint["client_secret"],
        "ARM_METADATA_HOSTNAME": host,
        "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
        "AZURE_TENANT_ID": endpoint["tenant"],
        "AZURE_SUBSCRIPTION_ID": endpoint["subscription"],
        "AZURE_CLIENT_ID": endpoint["client_id"],
        "AZURE_CLIENT_SECRET": endpoint["client_secret"],
        "AZURE_AUTHORITY_HOST": endpoint["arm"],
    }
