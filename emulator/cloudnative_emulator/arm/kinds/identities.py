"""User-assigned managed identities and the tokens they trust."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.kinds.kind import Call, Kind

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.store import Body

IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
_CREDENTIAL_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-_]{2,119}")
_MOST_CREDENTIALS = 20


class Identity(Kind):
    """Its principal and client ids are drawn at creation and kept by every later PUT."""

    states = False

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Add tenantId, principalId and clientId."""
        known: dict[str, Any] = (old or {}).get("properties") or fresh_identity(call.cloud)
        return {**body, "properties": {**body.get("properties", {}), **known}}


class FederatedCredential(Kind):
    """Issuer, subject and audience whose tokens may speak for the parent identity (CI-02)."""

    states = False
    tracked = False

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Refuse what Azure refuses: a second audience, the same subject again, a twenty-first credential."""
        wanted = body.get("properties", {})
        if not _CREDENTIAL_NAME.fullmatch(call.target.name):
            text = f"Federated identity credential name '{call.target.name}' is not valid."
            raise ArmError(400, "BadRequest", text)
        if len(wanted.get("audiences", [])) != 1:
            raise ArmError(400, "BadRequest", "Exactly one audience must be specified.")
        others = [
            other
            for other in call.cloud.store.under(call.target.owner.id, call.target.type)
            if other["name"].lower() != call.target.name.lower()
        ]
        if any(_same_subject(other["properties"], wanted) for other in others):
            text = "Issuer and subject combination already exists for this Managed Identity."
            raise ArmError(409, "Conflict", text)
        if old is None and len(others) >= _MOST_CREDENTIALS:
            text = f"Too many Federated Identity Credentials: at most {_MOST_CREDENTIALS} are allowed."
            raise ArmError(400, "BadRequest", text)
        return body


def _same_subject(one: Body, other: Body) -> bool:
    return all(one.get(name) == other.get(name) for name in ("issuer", "subject"))


def fresh_identity(cloud: Cloud) -> dict[str, str]:
    """A new principal of the tenant."""
    return {
        "tenantId": cloud.account.tenant,
        "principalId": str(uuid.uuid4()),
        "clientId": str(uuid.uuid4()),
    }


def by_client_id(cloud: Cloud, client_id: str) -> Body | None:
    """The identity with that client id."""
    return _find(cloud, "clientId", client_id)


def by_principal_id(cloud: Cloud, principal_id: str) -> Body | None:
    """The identity with that principal (object) id."""
    return _find(cloud, "principalId", principal_id)


def resolve(cloud: Cloud, identity: Body | None, old: Body | None) -> Body | None:
    """A resource's `identity` with the ids that Azure fills in and keeps; 400 for one that is not there."""
    if not identity or str(identity.get("type", "None")) == "None":
        return identity
    answer = dict(identity)
    if "SystemAssigned" in answer["type"]:
        known: Body = (old or {}).get("identity") or {}
        drawn = known if "principalId" in known else fresh_identity(cloud)  # drawn once, like Azure
        answer |= {name: drawn[name] for name in ("principalId", "tenantId")}
    assigned: dict[str, Any] = answer.get("userAssignedIdentities") or {}
    if assigned:
        answer["userAssignedIdentities"] = {id_: _ids_of(cloud, id_) for id_ in assigned}
    return answer


def _ids_of(cloud: Cloud, identity_id: str) -> dict[str, str]:
    found = cloud.store.get(identity_id)
    if not found:
        text = f"The identity '{identity_id}' could not be found."
        raise ArmError(400, "FailedIdentityOperation", text)
    return {name: found["properties"][name] for name in ("principalId", "clientId")}


def _find(cloud: Cloud, name: str, value: str) -> Body | None:
    for body in cloud.store.of_type(IDENTITIES):
        if body["properties"][name].lower() == value.lower():
            return body
    return None
