"""From pydantic's words to ours: one error with its place, what is allowed, and a line to write."""

from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from cloudnative_toolchain.errors import ConfigError, Location

from .hardening import EXAMPLES_OF_HARDENING
from .model import EnvironmentConfig
from .nodes import Entry, Scalar, locate
from .suggest import did_you_mean

EXAMPLES = {
    "cloud": "emulator",
    "profile": "dev",
    "regions": "[koreacentral]",
    "allow_restricted_regions": "true",
    "waves": "[[koreacentral], [japaneast, westeurope]]",
    "gate": "{service: web, path: /readyz, bake_seconds: 60}",
    "on_failure": "rollback",
    "registry_region": "koreacentral",
    "placement": "{db: koreacentral}",
    "application": "../compose.yaml",
    "builds": "{web: ../web}",
    "charts": "{web: {value_files: [../charts/web/values-dev.yaml], values: {replicas: 2}}}",
    "compose_profiles": "[debug]",
    "replicas": "{web: 2}",
    "kubernetes_version": "1.36",
    "node_count": "2",
    "vm_size": "Standard_D4s_v5",
    "cluster_tier": "Standard",
    "registry_sku": "Premium",
    "builder": "buildkit",
    "platform": "linux/amd64",
    "release_timeout_seconds": "600",
    "registry_name": "crshopdev1",
    "cluster_name": "aks-shop-dev",
    "resource_group_name": "rg-shop-dev",
    "tags": "{team: shipping}",
    **EXAMPLES_OF_HARDENING,
    "deployer": "11111111-2222-3333-4444-555555555555",
    "registry": "crteam0001.azurecr.io",
    "registry_id": "/subscriptions/S/resourceGroups/rg-team/providers/Microsoft.ContainerRegistry/registries/"
    "crteam0001",
    "cluster_ids": "{koreacentral: /subscriptions/S/resourceGroups/rg-team/providers/"
    "Microsoft.ContainerService/managedClusters/aks-team}",
    "namespace_exists": "true",
}
_BOUNDS = ("greater_than_equal", "less_than_equal")


def explain(error: ValidationError, own: dict[str, Entry], config: Location) -> ConfigError:
    """The first fault of the file, in the order of the file's own lines; missing fields come last."""
    faults = [_fault(detail, own, config) for detail in error.errors(include_url=False)]
    return min(faults, key=lambda fault: (fault.code == "config.missing", _line(fault)))


def _line(fault: ConfigError) -> int:
    return fault.location.line if fault.location else 0


def _fault(detail: ErrorDetails, own: dict[str, Entry], config: Location) -> ConfigError:
    field, *below = detail["loc"] or (detail.get("ctx", {}).get("field", "registry_sku"),)
    field, below = str(field), [*below, *detail.get("ctx", {}).get("path", ())]
    entry = own.get(field)
    place = config
    if entry is not None:
        place = locate(entry.value, [part for part in below if part != "[key]"]) if below else _place(entry)
    written = f"cloudnative:{field}" + "".join(
        f"[{p}]" if isinstance(p, int) else f".{p}" for p in below if p != "[key]"
    )
    missing = detail["type"] == "missing"
    return ConfigError(
        code="config.missing" if missing else "config.value",
        what=f"{written} is missing" if missing else f"{written} is not valid",
        why=_why(detail, EnvironmentConfig.model_fields.get(field)),
        fix=f"write `cloudnative:{field}: {EXAMPLES[field]}` under `config:` in {place.file}",
        location=place,
        docs=f"docs/config.md#{field}",
    )


def _place(entry: Entry) -> Location:
    # An empty value has no place of its own.
    return entry.value.location if isinstance(entry.value, Scalar) and entry.value.text else entry.key


def _why(detail: ErrorDetails, field: FieldInfo | None) -> str:
    found = detail["input"]
    about = f" {field.description}" if field and field.description else ""
    words = _unknown_key(detail, field) or _words(detail, found)
    return f"{words}.{about}" if detail["type"] in ("missing", "wrong_type") else words


def _unknown_key(detail: ErrorDetails, field: FieldInfo | None) -> str:
    """Of a field that has keys of its own: the one that was meant, and all that there are."""
    annotation = field.annotation if field else None
    model = get_args(annotation)[-1] if get_origin(annotation) is dict else annotation
    if detail["type"] != "extra_forbidden" or not isinstance(model, type) or not issubclass(model, BaseModel):
        return ""
    key, allowed = str(detail["loc"][-1]), tuple(model.model_fields)
    return f"unknown key {key!r}{did_you_mean(key, allowed) or '.'} Allowed: {', '.join(allowed)}"


def _words(detail: ErrorDetails, found: Any) -> str:
    context = detail.get("ctx", {})
    written = found.text if isinstance(found, Scalar) else found
    kind = detail["type"]
    if kind == "literal_error":
        allowed = _literals(str(context["expected"]))
        return f"{written!r} is not one of {', '.join(allowed)}{did_you_mean(str(written), allowed)}"
    if kind == "string_pattern_mismatch":
        return f"{written!r} does not match {context['pattern']}"
    if kind in ("string_type", "dict_type", "list_type", "path_type"):
        expected = {
            "string_type": "text",
            "dict_type": "a mapping (key: value)",
            "list_type": "a list",
            "path_type": "a path",
        }
        return f"must be {expected[kind]}, not {_describe(found)}"
    if kind == "missing":
        return "there is no default"
    text = detail["msg"]
    given = f", not {written}" if kind in _BOUNDS else ""
    return f"{text[0].lower()}{text[1:]}{given}"


def _literals(expected: str) -> list[str]:
    return [part.strip("' ") for part in expected.replace(" or ", ", ").split(",")]


def _describe(found: Any) -> str:
    if isinstance(found, Scalar):
        return found.describe()
    if isinstance(found, dict):
        return "a mapping (key: value)"
    return "a list" if isinstance(found, list) else repr(found)
