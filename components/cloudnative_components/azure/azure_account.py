"""The azure-native provider of an environment, and the proof that it is the one we mean."""

import os
from dataclasses import dataclass

import jwt
import pulumi
import pulumi_azure_native as azure_native
from pulumi_azure_native import authorization

from cloudnative_toolchain.errors import CloudnativeError, ConfigError
from cloudnative_toolchain.federation import federated_identity

from .emulator_endpoint import emulator_endpoint, running_emulator

_REDIRECTS = ("ARM_METADATA_HOSTNAME", "ARM_METADATA_HOST")


@dataclass(frozen=True)
class SignedIn:
    """Who acts, and where."""

    tenant: str
    subscription: str
    principal: str
    principal_type: str


@dataclass(frozen=True)
class AzureAccount(SignedIn):
    """The same, and the provider through which resources are made."""

    provider: azure_native.Provider


def connect(name: str, cloud: str, parent: pulumi.Resource) -> AzureAccount:
    """An explicit provider for the cloud; stops the program where another cloud would answer."""
    if cloud == "emulator":
        return _emulator(name, parent)
    if cloud == "azure":
        return _azure(name, parent)
    raise ConfigError(
        code="cloud.unknown",
        what=f"unknown cloud {cloud!r}",
        why="allowed are azure and emulator",
        fix="pulumi config set cloudnative:cloud emulator",
    )


def _emulator(name: str, parent: pulumi.Resource) -> AzureAccount:
    expected = emulator_endpoint()
    identity = federated_identity(expected.tenant)
    provider = azure_native.Provider(
        name,
        tenant_id=expected.tenant,
        subscription_id=expected.subscription,
        # No secret is an input: the provider finds the home's itself, or a pipeline's token in the file.
        client_id=identity.client_id if identity else expected.client,
        use_oidc=True if identity else None,
        oidc_token_file_path=identity.token_file if identity else None,
        metadata_host=expected.metadata_host,
        disable_instance_discovery=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    account = _account(provider)
    if (account.tenant, account.subscription) != (expected.tenant, expected.subscription):
        raise _another_cloud(account, "the emulator's", expected.subscription)
    return account


def _azure(name: str, parent: pulumi.Resource) -> AzureAccount:
    if found := next((variable for variable in _REDIRECTS if os.environ.get(variable)), None):
        raise CloudnativeError(
            code="cloud.redirected",
            what=f"{found} is set",
            why="it would send an environment with `cloud: azure` somewhere else",
            fix=f"unset {found}",
        )
    account = _account(azure_native.Provider(name, opts=pulumi.ResourceOptions(parent=parent)))
    emulator = running_emulator()
    if emulator and account.subscription == emulator.subscription:
        raise _another_cloud(account, "an Azure", "of yours")
    return account


def _account(provider: azure_native.Provider) -> AzureAccount:
    return AzureAccount(**vars(signed_in(pulumi.InvokeOptions(provider=provider))), provider=provider)


def signed_in(through: pulumi.InvokeOptions) -> SignedIn:
    """Who the azure-native provider of these options acts for."""
    answer = authorization.get_client_config(opts=through)
    token = authorization.get_client_token(opts=through).token
    return SignedIn(answer.tenant_id, answer.subscription_id, answer.object_id, principal_type(token))


def principal_type(token: str) -> str:
    """`User` or `ServicePrincipal`, by the token: only one that acts for a person has scopes (`scp`)."""
    # Not verified: it is our own token, and Azure decides what it is worth.
    claims = jwt.decode(token, options={"verify_signature": False})
    return "User" if "scp" in claims else "ServicePrincipal"


def _another_cloud(account: AzureAccount, whose: str, which: str) -> CloudnativeError:
    return CloudnativeError(
        code="cloud.mismatch",
        what=f"the azure-native provider that answers belongs to subscription {account.subscription!r}",
        why=f"expected is {whose} subscription {which}; nothing was changed",
        fix="cloudnative doctor",
    )
