"""Who a run speaks for where a token of another issuer stands for a password: the pipeline's identity.

The command keeps the token in a file (0600) and names it in the environment; everything it starts reads both.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CLIENT, TENANT, FILE = "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class FederatedIdentity:
    """An identity, and the file with the token that it is exchanged for."""

    client_id: str
    token_file: str

    def assertion(self) -> str:
        """The token as it is now: it lives for minutes and is replaced while a run goes on."""
        return Path(self.token_file).read_text("utf-8")

    def form(self, scope: str) -> dict[str, str]:
        """What the token endpoint is sent."""
        return {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
            "scope": scope,
        }


def federated_identity(tenant: str, environment: Mapping[str, str] = os.environ) -> FederatedIdentity | None:
    """The identity of this run in `tenant`; None where it signs in another way or belongs elsewhere."""
    client, file = environment.get(CLIENT, ""), environment.get(FILE, "")
    if not client or not file or environment.get(TENANT, "").lower() != tenant.lower():
        return None
    return FederatedIdentity(client, file)
