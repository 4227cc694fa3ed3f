"""Which resource type behaves how."""

from __future__ import annotations

from cloudnative_emulator.arm.kinds.clusters import AgentPool, ManagedCluster
from cloudnative_emulator.arm.kinds.identities import FederatedCredential, Identity
from cloudnative_emulator.arm.kinds.kind import Kind
from cloudnative_emulator.arm.kinds.registries import Registry, Replication
from cloudnative_emulator.arm.kinds.role_assignments import RoleAssignment

_KINDS: dict[str, Kind] = {
    "microsoft.authorization/roleassignments": RoleAssignment(),
    "microsoft.containerregistry/registries": Registry(),
    "microsoft.containerregistry/registries/replications": Replication(),
    "microsoft.containerservice/managedclusters": ManagedCluster(),
    "microsoft.containerservice/managedclusters/agentpools": AgentPool(),
    "microsoft.managedidentity/userassignedidentities": Identity(),
    "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials": FederatedCredential(),
}
_ECHO = Kind()


def kind_of(resource_type: str) -> Kind:
    """The type's behaviour; types without one are stored and echoed."""
    return _KINDS.get(resource_type.lower(), _ECHO)
