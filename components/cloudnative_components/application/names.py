"""Names that Kubernetes accepts."""

import hashlib
import json
import re

from .model import Json

# 50 leaves room for the suffixes that Kubernetes and we add to a name within its 63 characters.
SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]{0,48}[a-z0-9])?")


def object_name(name: str) -> str:
    """A compose name (`db_password`) as an object's name (`db-password`)."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].strip("-") or "x"


def content_hash(content: Json) -> str:
    """Ten hexadecimal digits that change when the content does."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:10]
