"""Our resources in Pulumi's package schema, for YAML programs and generated SDKs."""

from __future__ import annotations

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": "integer"}
_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
_ANY: dict[str, Any] = {"$ref": "pulumi.json#/Any"}
_ASSET: dict[str, Any] = {"$ref": "pulumi.json#/Asset"}


def resources() -> dict[str, Any]:
    """The `resources` part of the schema, by type token."""
    return {
        "cloudnative:index:Image": _resource(
            "A container image, built when an input file changed and pushed; known by digest.",
            required={
                "cloud": _TEXT,
                "registry": _TEXT,
                "repository": _TEXT,
                "context": _TEXT,
            },
            optional={
                "dockerfile": _TEXT,
                "target": _TEXT,
                "buildArgs": _TEXTS,
                "platform": _TEXT,
                "builder": _TEXT,
                "registryId": _TEXT,
            },
            outputs={
                "inputsHash": _TEXT,
                "digest": _TEXT,
                "ref": _TEXT,
                "bases": _TEXTS,
                "movedBases": _TEXTS,
            },
        ),
        "cloudnative:index:UpstreamImage": _resource(
            "Somebody else's image by digest: found once, again for another reference or on a refresh.",
            required={"cloud": _TEXT, "reference": _TEXT},
            optional={},
            outputs={"digest": _TEXT, "ref": _TEXT},
        ),
        "cloudnative:index:Bundle": _resource(
            "What a release deploys: objects, image digests, provenance; an OCI artifact with a number.",
            required={
                "cloud": _TEXT,
                "registry": _TEXT,
                "application": _TEXT,
                "objects": _TEXTS,
                "objectsFile": _ASSET,
                "images": _TEXTS,
            },
            optional={"provenance": _TEXTS},
            outputs={"number": _NUMBER, "digest": _TEXT, "ref": _TEXT, "hash": _TEXT},
        ),
        "cloudnative:index:Release": _resource(
            "One deployment of a bundle to a cluster: applied, pruned, waited for.",
            required={
                "cloud": _TEXT,
                "clusterId": _TEXT,
                "application": _TEXT,
                "objects": _TEXTS,
                "images": _TEXTS,
                "bundle": _ANY,
            },
            optional={"secretData": {**_ANY, "secret": True}, "timeoutSeconds": _NUMBER},
            outputs={
                "number": _NUMBER,
                "endpoints": {"type": "array", "items": _TEXTS},
            },
        ),
        "cloudnative:index:GeneratedSecret": _resource(
            "A random value that stays the same until its length or keepers change.",
            required={},
            optional={"length": _NUMBER, "keepers": _TEXTS},
            outputs={"value": {**_TEXT, "secret": True}},
        ),
    }


def _resource(
    description: str, *, required: dict[str, Any], optional: dict[str, Any], outputs: dict[str, Any]
) -> dict[str, Any]:
    inputs = {**required, **optional}
    return {
        "description": description,
        "inputProperties": inputs,
        "requiredInputs": sorted(required),
        "properties": {**inputs, **outputs},
        "required": sorted([*required, *outputs]),
    }
