"""Our resources in Pulumi's package schema, for YAML programs and generated SDKs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": "integer"}
_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
_LIST_OF_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXTS}
_ANY: dict[str, Any] = {"$ref": "pulumi.json#/Any"}
_ASSET: dict[str, Any] = {"$ref": "pulumi.json#/Asset"}
_SECRET: dict[str, Any] = {"secret": True}
Properties = Mapping[str, Mapping[str, Any]]


def _described(kind: dict[str, Any], text: str) -> dict[str, Any]:
    """Of what only other languages see: all else is described by the Python classes' docstrings."""
    return {**kind, "description": text}


@dataclass(frozen=True)
class _Resource:
    """The properties of one resource type."""

    description: str
    required: Properties = field(default_factory=dict[str, dict[str, Any]])
    optional: Properties = field(default_factory=dict[str, dict[str, Any]])
    outputs: Properties = field(default_factory=dict[str, dict[str, Any]])

    def schema(self) -> dict[str, Any]:
        """In Pulumi's words; inputs are outputs too."""
        inputs = {**self.required, **self.optional}
        return {
            "description": self.description,
            "inputProperties": inputs,
            "requiredInputs": sorted(self.required),
            "properties": {**inputs, **self.outputs},
            "required": sorted([*self.required, *self.outputs]),
        }


_IMAGE = _Resource(
    "A container image, built when an input file changed and pushed; known by digest.",
    required={"cloud": _TEXT, "registry": _TEXT, "repository": _TEXT, "context": _TEXT},
    optional={
        "dockerfile": _TEXT,
        "target": _TEXT,
        "buildArgs": _TEXTS,
        "platform": _TEXT,
        "builder": _TEXT,
        "registryId": _TEXT,
    },
    outputs={
        "inputsHash": _described(
            _TEXT, "What the image is made of, as one hash: another one builds it again."
        ),
        "digest": _TEXT,
        "ref": _TEXT,
        "bases": _TEXTS,
        "movedBases": _described(_TEXTS, "Those that a refresh found to stand for another digest."),
    },
)

_UPSTREAM_IMAGE = _Resource(
    "Somebody else's image by digest: found once, again for another reference or on a refresh.",
    required={"cloud": _TEXT, "reference": _TEXT},
    outputs={"digest": _TEXT, "ref": _TEXT},
)

_BUNDLE = _Resource(
    "What a release deploys: objects, image digests, provenance; an OCI artifact with a number.",
    required={
        "cloud": _TEXT,
        "registry": _TEXT,
        "application": _TEXT,
        "objects": _TEXTS,
        "objectsFile": _ASSET,
        "images": _TEXTS,
    },
    optional={"provenance": _TEXTS, "secrets": _ANY, "placement": _TEXTS},
    outputs={"number": _NUMBER, "digest": _TEXT, "ref": _TEXT, "hash": _TEXT, "source": _TEXT},
)

_RELEASE = _Resource(
    "One deployment of a bundle to a cluster: applied, pruned, waited for.",
    required={
        "cloud": _TEXT,
        "clusterId": _TEXT,
        "application": _TEXT,
        "objects": _TEXTS,
        "images": _TEXTS,
        "bundle": _ANY,
    },
    optional={
        "secretData": {**_ANY, **_SECRET},
        "keptSecrets": _ANY,
        "replicas": {"type": "object", "additionalProperties": _NUMBER},
        "hold": _ANY,
        "timeoutSeconds": _NUMBER,
        "onFailure": _TEXT,
    },
    outputs={"number": _NUMBER, "endpoints": _LIST_OF_TEXTS, "rolledOut": _TEXT},
)

_HEALTH_GATE = _Resource(
    "Between two waves: passed when the regions of the wave before are well for long enough.",
    required={
        "cloud": _TEXT,
        "application": _TEXT,
        "wave": _NUMBER,
        "clusters": _TEXTS,
        "releases": _TEXTS,
    },
    optional={"service": _TEXT, "path": _TEXT, "bakeSeconds": _NUMBER, "timeoutSeconds": _NUMBER},
)

_GENERATED_SECRET = _Resource(
    "A random value that stays the same until its length or keepers change.",
    optional={"length": _NUMBER, "keepers": _TEXTS},
    outputs={"value": {**_TEXT, **_SECRET}},
)


def resources() -> dict[str, Any]:
    """The `resources` part of the schema, by type token."""
    types = {
        "Image": _IMAGE,
        "UpstreamImage": _UPSTREAM_IMAGE,
        "Bundle": _BUNDLE,
        "Release": _RELEASE,
        "HealthGate": _HEALTH_GATE,
        "GeneratedSecret": _GENERATED_SECRET,
    }
    # Copied: many properties are one dictionary here, and each is described by itself.
    return {f"cloudnative:index:{name}": _copied(resource.schema()) for name, resource in types.items()}


def _copied(schema: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(schema))
