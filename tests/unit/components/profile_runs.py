"""Whole environments by profile, on Azure as far as the program knows, and what ARM would be sent."""

import tempfile
from collections.abc import Iterator
from functools import cache
from typing import Any

import jwt
import pytest
from tests.unit.components.harness import SUBSCRIPTION, Recorder, record, run

from cloudnative_components.application.model import Application
from cloudnative_components.environment import Environment
from cloudnative_emulator.azure_native.resource_types import RESOURCE_TYPES
from cloudnative_emulator.azure_native.shapes import to_wire

REGIONS = ["koreacentral", "japaneast", "westeurope"]
OFFICE = "203.0.113.0/24"
ARGS: dict[str, dict[str, Any]] = {
    "dev": {"regions": REGIONS[:1]},
    "prod": {"regions": REGIONS},
}
_NOTHING_TO_RELEASE = Application("shop", "shop")


@cache
def profile(name: str, **changes: Any) -> Recorder:
    """What an environment of that profile registers; `changes` are settings of its file."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as home:
        patch.setenv("CLOUDNATIVE_HOME", home)
        patch.setattr("cloudnative_components.release.stored_bundle.load", _nothing)
        recorder = record(_azure)
        recorder.client["token"] = jwt.encode({"oid": "o"}, "k" * 32)
        args: Any = {
            "name": name, "profile": name, "cloud": "azure", "application": ["/src/c.yaml"],
            "authorized_ip_ranges": [OFFICE], **ARGS[name], **changes,
        }  # fmt: skip
        run(lambda: Environment(name, args))
    return recorder


def _nothing(*_: Any, **__: Any) -> Application:
    return _NOTHING_TO_RELEASE


def arm_bodies(recorder: Recorder) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Type, api-version, id and body of every request that the program leads to."""
    for made in recorder.made:
        if not made.typ.startswith("azure-native:"):
            continue
        known = RESOURCE_TYPES[made.typ]
        arm_id = known.arm_id(made.inputs, SUBSCRIPTION)
        yield arm_type(arm_id), known.api_version, arm_id, to_wire(known.body(made.inputs), known.shape)


def arm_template(recorder: Recorder) -> dict[str, Any]:
    """The same as an ARM template, as tools read it that judge those."""
    resources = [
        {"type": kind, "apiVersion": version, "name": "/".join(_names(arm_id)), **body}
        for kind, version, arm_id, body in arm_bodies(recorder)
    ]
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    return {"$schema": schema, "contentVersion": "1.0.0.0", "resources": resources}


def _names(arm_id: str) -> list[str]:
    return arm_id.rpartition("/providers/")[2].split("/")[2::2] or [arm_id.rsplit("/", 1)[-1]]


def arm_type(arm_id: str) -> str:
    """`Namespace/type/subtype` of an id."""
    if "/providers/" not in arm_id:
        return "Microsoft.Resources/resourceGroups"
    namespace, *rest = arm_id.rpartition("/providers/")[2].split("/")
    return "/".join([namespace, *rest[::2]])


def _azure(args: Any) -> dict[str, Any]:
    """Ids as Azure makes them, so that scopes and paths that are made of them are real ones."""
    known: dict[str, Any] = {
        "principalId": f"principal-of-{args.name}", "clientId": f"client-of-{args.name}",
        "loginServer": "cr.azurecr.io", "number": 1, "ref": "r", "hash": "h", "digest": "sha256:1",
        "endpoints": [],
    }  # fmt: skip
    return known
