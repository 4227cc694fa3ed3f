"""The tenant, the subscription and the one deployer of a home, with the secrets that belong to them."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from cloudnative_emulator.identity.private_files import write_private

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Account:
    """What `endpoint.json` says about signing in, and the secrets only the daemon knows."""

    tenant: str
    subscription: str
    client_id: str
    object_id: str
    client_secret: str
    authorizer_token: str
    kubelet_key: str

    @classmethod
    def load(cls, home: Path) -> Self:
        """The home's account, made on first use and kept in emulator/account.json (0600)."""
        path = home / "emulator" / "account.json"
        if path.exists():
            return cls(**json.loads(path.read_text()))
        identities = [str(uuid.uuid4()) for _ in range(4)]
        account = cls(*identities, *(secrets.token_urlsafe(32) for _ in range(3)))
        write_private(path, json.dumps(asdict(account), indent=1).encode())
        return account

    def kubelet_password(self, client_id: str) -> str:
        """What a node shows to a registry to prove that it is the managed identity `client_id`."""
        return hmac.new(self.kubelet_key.encode(), client_id.lower().encode(), hashlib.sha256).hexdigest()


def same_secret(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
