"""The emulator's ARM as its user sees it: Azure's own client, with the credentials of endpoint.json."""

import json
from pathlib import Path
from typing import Any

from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient


def endpoint(home: Path) -> dict[str, Any]:
    return json.loads((home / "emulator" / "endpoint.json").read_text())


def remove_role_assignments(home: Path, role: str) -> None:
    """Delete every assignment of the role with that name; AssertionError where there is none."""
    at = endpoint(home)
    scope = f"/subscriptions/{at['subscription']}"
    client = _authorization(at)
    definitions = {
        d.id.rsplit("/", 1)[-1] for d in client.role_definitions.list(scope, filter=f"roleName eq '{role}'")
    }
    assignments = [
        a
        for a in client.role_assignments.list_for_subscription()
        if a.role_definition_id.rsplit("/", 1)[-1] in definitions
    ]
    assert assignments, f"nobody has {role}"
    for assignment in assignments:
        client.role_assignments.delete_by_id(assignment.id)


def _authorization(at: dict[str, Any]) -> Any:
    credential = ClientSecretCredential(
        at["tenant"],
        at["client_id"],
        at["client_secret"],
        authority=at["arm"],
        disable_instance_discovery=True,
        connection_verify=at["ca"],
    )
    return AuthorizationManagementClient(
        credential,
        at["subscription"],
        base_url=at["arm"],
        credential_scopes=[at["arm"] + "/.default"],
        connection_verify=at["ca"],
    )
