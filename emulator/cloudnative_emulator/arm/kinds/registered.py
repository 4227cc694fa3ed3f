"""Which resource type behaves how."""

from __future__ import annotations

from cloudnative_emulator.arm.kinds.cluster_hardening import MaintenanceConfiguration
from cloudnative_emulator.arm.kinds.clusters import AgentPool, ManagedCluster
from cloudnative_emulator.arm.kinds.identities import FederatedCredential, Identity
from cloudnative_emulator.arm.kinds.kind import Kind
from cloudnative_emulator.arm.kinds.monitoring import (
    CollectionEndpoint,
    CollectionRule,
    DiagnosticSetting,
    LogWorkspace,
    MetricsWorkspace,
    RuleAssociation,
    RuleGroup,
    Safeguards,
)
from cloudnative_emulator.arm.kinds.networks import NatGateway, PublicAddress, Subnet, VirtualNetwork
from cloudnative_emulator.arm.kinds.private_links import (
    DnsZone,
    PrivateEndpoint,
    ZoneGroup,
    ZoneLink,
)
from cloudnative_emulator.arm.kinds.registries import Registry, Replication
from cloudnative_emulator.arm.kinds.role_assignments import RoleAssignment

_KINDS: dict[str, Kind] = {
    "microsoft.alertsmanagement/prometheusrulegroups": RuleGroup(),
    "microsoft.authorization/roleassignments": RoleAssignment(),
    "microsoft.containerregistry/registries": Registry(),
    "microsoft.containerregistry/registries/replications": Replication(),
    "microsoft.containerservice/deploymentsafeguards": Safeguards(),
    "microsoft.containerservice/managedclusters": ManagedCluster(),
    "microsoft.containerservice/managedclusters/agentpools": AgentPool(),
    "microsoft.containerservice/managedclusters/maintenanceconfigurations": MaintenanceConfiguration(),
    "microsoft.insights/datacollectionendpoints": CollectionEndpoint(),
    "microsoft.insights/datacollectionruleassociations": RuleAssociation(),
    "microsoft.insights/datacollectionrules": CollectionRule(),
    "microsoft.insights/diagnosticsettings": DiagnosticSetting(),
    "microsoft.managedidentity/userassignedidentities": Identity(),
    "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials": FederatedCredential(),
    "microsoft.monitor/accounts": MetricsWorkspace(),
    "microsoft.network/natgateways": NatGateway(),
    "microsoft.network/privatednszones": DnsZone(),
    "microsoft.network/privatednszones/virtualnetworklinks": ZoneLink(),
    "microsoft.network/privateendpoints": PrivateEndpoint(),
    "microsoft.network/privateendpoints/privatednszonegroups": ZoneGroup(),
    "microsoft.network/publicipaddresses": PublicAddress(),
    "microsoft.network/virtualnetworks": VirtualNetwork(),
    "microsoft.network/virtualnetworks/subnets": Subnet(),
    "microsoft.operationalinsights/workspaces": LogWorkspace(),
}
_ECHO = Kind()


def kind_of(resource_type: str) -> Kind:
    """The type's behaviour; types without one are stored and echoed."""
    return _KINDS.get(resource_type.lower(), _ECHO)
