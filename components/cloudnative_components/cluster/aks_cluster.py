"""One AKS cluster with the identities and roles it needs; control ids are those of the Azure baseline."""

from typing import Any

import pulumi
from pulumi_azure_native import authorization, containerservice, managedidentity

from ..azure.dated_aliases import undated
from ..azure.roles import (
    ACR_PULL,
    AKS_RBAC_CLUSTER_ADMIN,
    MANAGED_IDENTITY_OPERATOR,
    MONITORING_DATA_READER,
    NETWORK_CONTRIBUTOR,
    grant,
)
from .cluster_body import cluster_body
from .cluster_defaults import cluster_defaults
from .cluster_settings import AksClusterArgs, ClusterSettings
from .maintenance import make_windows
from .node_pools import APPLICATION_POOL, application_pool

__all__ = ["AksCluster", "AksClusterArgs", "ClusterSettings"]
_CHANGED_BY_UPGRADES = ["kubernetesVersion", "currentKubernetesVersion"]


class AksCluster(pulumi.ComponentResource):
    """A cluster without shared passwords: Entra sign-in, Azure roles, managed identities."""

    cluster_id: pulumi.Output[str]
    """ARM id of the cluster."""
    cluster_name: pulumi.Output[str]
    """Name of the cluster."""
    oidc_issuer_url: pulumi.Output[str]
    """Issuer that workload identities are federated with."""
    kubelet_principal_id: pulumi.Output[str]
    """Principal of the nodes' identity."""

    def __init__(self, name: str, args: AksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cloudnative:index:AksCluster", name, {}, undated(opts))
        self._defaults = cluster_defaults(args, self)
        control_plane = self._identity(f"{name}-identity", self._defaults.cluster_identity, args)
        kubelet = self._identity(f"{name}-kubelet", self._defaults.kubelet_identity, args)
        before = self._roles_before(name, args, control_plane, kubelet)
        self.cluster = containerservice.ManagedCluster(
            name,
            **cluster_body(args, self._defaults, control_plane, kubelet),
            # Roles first, and last to go: nodes pull, and deletion needs the identity (GOT-04, GOT-11).
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=before,
                ignore_changes=_changed_by_others(args, "agentPoolProfiles[*].", _CHANGED_BY_UPGRADES),
                protect=args.get("protect") or None,
            ),
        )
        self._complete(name, args)
        self.admin_role = self._grant(
            f"{name}-deployer-admin",
            role=AKS_RBAC_CLUSTER_ADMIN,
            scope=self.cluster.id,
            principal=self._defaults.deployer,
            principal_type=self._defaults.deployer_type,
        )
        self.cluster_id, self.cluster_name = self.cluster.id, self.cluster.name
        self.oidc_issuer_url = self.cluster.oidc_issuer_profile.apply(_issuer)
        self.kubelet_principal_id = kubelet.principal_id
        self.register_outputs(
            {
                "cluster_id": self.cluster_id,
                "cluster_name": self.cluster_name,
                "oidc_issuer_url": self.oidc_issuer_url,
                "kubelet_principal_id": self.kubelet_principal_id,
            }
        )

    def _identity(
        self, name: str, azure_name: str, args: AksClusterArgs
    ) -> managedidentity.UserAssignedIdentity:
        return managedidentity.UserAssignedIdentity(
            name,
            resource_group_name=args["resource_group_name"],
            resource_name_=azure_name,
            location=args["location"],
            tags=args.get("tags", {}),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _roles_before(
        self,
        name: str,
        args: AksClusterArgs,
        control_plane: managedidentity.UserAssignedIdentity,
        kubelet: managedidentity.UserAssignedIdentity,
    ) -> list[authorization.RoleAssignment]:
        """The roles that must stand before the first node starts (AKS-03)."""
        assign = self._grant(
            f"{name}-assign-kubelet",
            role=MANAGED_IDENTITY_OPERATOR,
            scope=kubelet.id,
            principal=control_plane.principal_id,
        )
        roles = [assign]
        if (subnet := args.get("vnet_subnet_id")) is not None:
            join = self._grant(
                f"{name}-join-network",
                role=NETWORK_CONTRIBUTOR,
                scope=subnet,
                principal=control_plane.principal_id,
            )
            roles.append(join)
        if (registry := args.get("registry_id")) is not None:
            pull = self._grant(f"{name}-pull", role=ACR_PULL, scope=registry, principal=kubelet.principal_id)
            roles.append(pull)
        return roles

    def _complete(self, name: str, args: AksClusterArgs) -> None:
        """Pool, windows and safeguards, one after the other: a cluster takes one write at a time (GOT-09)."""
        group, last = args["resource_group_name"], list[pulumi.Resource]()
        if pool := application_pool(args):
            opts = pulumi.ResourceOptions(
                parent=self,
                deleted_with=self.cluster,
                ignore_changes=_changed_by_others(args, "", []),
            )
            placed = {"resource_group_name": group, "resource_name_": self.cluster.name, "opts": opts}
            made = containerservice.AgentPool(
                f"{name}-{APPLICATION_POOL}", agent_pool_name=APPLICATION_POOL, **placed, **pool
            )
            last = [made]
        if start := args.get("maintenance_window"):
            last = make_windows(name, start, self.cluster, group=group, parent=self, after=last)[-1:]
        if level := args.get("deployment_safeguards"):
            containerservice.DeploymentSafeguard(
                f"{name}-safeguards",
                resource_uri=self.cluster.id,
                level=level,
                opts=pulumi.ResourceOptions(parent=self, deleted_with=self.cluster, depends_on=last),
            )

    def let_deployer_read(self, name: str, workspace: pulumi.Input[str]) -> None:
        """Whoever deploys may ask a workspace for metrics; an owner may not, without this."""
        self._grant(
            name,
            role=MONITORING_DATA_READER,
            scope=workspace,
            principal=self._defaults.deployer,
            principal_type=self._defaults.deployer_type,
        )

    def _grant(
        self,
        name: str,
        *,
        role: str,
        scope: pulumi.Input[str],
        principal: pulumi.Input[str],
        principal_type: str = "ServicePrincipal",
    ) -> authorization.RoleAssignment:
        return grant(
            name,
            role=role,
            scope=scope,
            principal=principal,
            subscription=self._defaults.subscription,
            principal_type=principal_type,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _changed_by_others(args: AksClusterArgs, pool: str, more: list[str]) -> list[str]:
    """What upgrades (GOT-06) and the autoscaler (GOT-07) write, and no run of ours takes back."""
    scaled = [f"{pool}count"] if args.get("max_node_count") else []
    return [*more, f"{pool}orchestratorVersion", *scaled]


def _issuer(profile: Any) -> str:
    return (profile.issuer_url or "") if profile else ""
