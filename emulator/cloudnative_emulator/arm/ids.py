"""Reads ARM ids, which compare case-insensitively, and gives them their canonical spelling."""

from __future__ import annotations

from dataclasses import dataclass

KNOWN_TYPES = (
    "Microsoft.AlertsManagement/prometheusRuleGroups",
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/roleDefinitions",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.ContainerRegistry/registries/replications",
    "Microsoft.ContainerRegistry/registries/webhooks",
    "Microsoft.ContainerService/deploymentSafeguards",
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.ContainerService/managedClusters/agentPools",
    "Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
    "Microsoft.Insights/dataCollectionEndpoints",
    "Microsoft.Insights/dataCollectionRuleAssociations",
    "Microsoft.Insights/dataCollectionRules",
    "Microsoft.Insights/diagnosticSettings",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
    "Microsoft.Monitor/accounts",
    "Microsoft.Network/natGateways",
    "Microsoft.Network/publicIPAddresses",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.Network/virtualNetworks/subnets",
    "Microsoft.OperationalInsights/workspaces",
)
_KEYWORDS = (
    "resourceGroups",
    "subscriptions",
    "providers",
    *(part for name in KNOWN_TYPES for part in name.split("/")),
)
_SPELLING = {part.lower(): part for part in _KEYWORDS}


@dataclass(frozen=True)
class Target:
    """What a path names: `scope` plus `types`/`names` pairs under one provider namespace.

    `trailing` counts a type without a name: a collection, or an action when the method is POST.
    """

    scope: str
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def trailing(self) -> bool:
        """Whether the last type has no name."""
        return len(self.types) > len(self.names)

    @property
    def type(self) -> str:
        """`Namespace/type/subtype`."""
        return "/".join((self.namespace, *self.types))

    @property
    def name(self) -> str:
        """The last name, or the empty string."""
        return self.names[-1] if self.names else ""

    @property
    def id(self) -> str:
        """The canonical id of the resource (or of the collection)."""
        if not self.namespace:
            return self.scope
        pairs = [part for pair in zip(self.types, self.names, strict=False) for part in pair]
        extra = [self.types[-1]] if self.trailing else []
        return "/".join([self.scope, "providers", self.namespace, *pairs, *extra])

    @property
    def owner(self) -> Target:
        """The resource that a collection or an action belongs to, or a child's parent."""
        names = self.names if self.trailing else self.names[:-1]
        if not names:
            return parse(self.scope)
        return Target(self.scope, self.namespace, self.types[: len(names)], names)

    @property
    def subscription(self) -> str:
        """The subscription's id, or the empty string."""
        return _after(self.scope, "subscriptions")

    @property
    def group(self) -> str:
        """The resource group's name, or the empty string."""
        return _after(self.scope, "resourceGroups")


def parse(path: str) -> Target:
    """Read an id or a request path."""
    parts = [part for part in path.split("/") if part]
    lowered = [part.lower() for part in parts]
    if "providers" not in lowered:
        return Target(_scope(parts), "", (), ())
    cut = len(lowered) - 1 - lowered[::-1].index("providers")
    inner = parts[cut + 1 :]
    if not inner:  # the list of providers
        return Target(_scope(parts), "", (), ())
    rest = inner[1:]
    types, names = tuple(spell(part) for part in rest[::2]), tuple(rest[1::2])
    return Target(_scope(parts[:cut]), spell(inner[0]), types, names)


def spell(part: str) -> str:
    """The canonical case of a namespace, a type or a keyword; unknown ones as they came."""
    return _SPELLING.get(part.lower(), part)


def key(resource_id: str) -> str:
    """What ids are compared by."""
    return "/" + resource_id.strip("/").lower()


def ancestors(scope: str) -> list[str]:
    """Keys of `scope` and of every scope it inherits from, nearest first, down to the root."""
    parts = key(scope).strip("/").split("/") if scope.strip("/") else []
    found: list[str] = []
    while parts:
        found.append("/" + "/".join(parts))
        pair = (
            1 if len(parts) % 2 else 2
        )  # an odd one is a collection, such as /subscriptions/S/resourceGroups
        parts = parts[:-4] if parts[-4:-3] == ["providers"] else parts[:-pair]
    return [*found, "/"]


def _scope(parts: list[str]) -> str:
    spelled = [spell(part) if place % 2 == 0 else part for place, part in enumerate(parts)]
    nested = [place for place, part in enumerate(spelled) if part.lower() == "providers"]
    for place in nested[:1]:  # after a namespace, types stand at the other parity
        spelled[place:] = [
            spell(part) if offset % 2 == 0 or offset == 1 else part
            for offset, part in enumerate(parts[place:])
        ]
    return "/" + "/".join(spelled)


def _after(scope: str, word: str) -> str:
    parts = scope.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    place = lowered.index(word.lower()) + 1 if word.lower() in lowered else len(parts)
    return parts[place] if place < len(parts) else ""
