"""The least rights with which an application is released to clusters and a registry of somebody else's."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from ..azure.azure_account import signed_in
from ..azure.dated_aliases import undated
from ..azure.roles import ACR_PUSH, AKS_CLUSTER_USER, AKS_RBAC_WRITER, grant

_LEDGERS = "cloudnative-system"


class ApplicationAccessArgs(TypedDict):
    """Who releases what where."""

    principal_id: pulumi.Input[str]
    """Object id of the identity that the application's stack runs as."""
    principal_type: NotRequired[str]
    """`ServicePrincipal` (managed identities too), `User` or `Group`; ServicePrincipal when left out."""
    namespace: str
    """Namespace of the application, which must be there: the identity may not make one."""
    registry_id: pulumi.Input[str]
    """ARM id of the registry."""
    cluster_ids: Mapping[str, pulumi.Input[str]]
    """ARM id of the cluster by region."""
    subscription_id: NotRequired[str]
    """Subscription of the roles; the provider's when left out."""


class ApplicationAccess(pulumi.ComponentResource):
    """Push to the registry, find the clusters, write in one namespace and to the ledgers; nothing in ARM.

    An identity with these rights alone runs `Application` with `namespace_exists`.
    """

    namespace: pulumi.Output[str]
    """Where it may write, once it may."""

    def __init__(
        self, name: str, args: ApplicationAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("cloudnative:index:ApplicationAccess", name, {}, undated(opts))
        given = args.get("subscription_id")
        self._subscription = given or signed_in(pulumi.InvokeOptions(parent=self)).subscription
        self._args = args
        roles = [self._grant(f"{name}-push", ACR_PUSH, args["registry_id"])]
        for region, cluster in args["cluster_ids"].items():
            roles.append(self._grant(f"{name}-{region}-find", AKS_CLUSTER_USER, cluster))
            for namespace in (args["namespace"], _LEDGERS):
                scope = pulumi.Output.concat(cluster, "/namespaces/", namespace)
                roles.append(self._grant(f"{name}-{region}-{namespace}", AKS_RBAC_WRITER, scope))
        self.namespace = pulumi.Output.all(*roles).apply(lambda _: args["namespace"])
        self.register_outputs({"namespace": self.namespace})

    def _grant(self, name: str, role: str, scope: pulumi.Input[str]) -> pulumi.Output[str]:
        """The id of one role assignment."""
        return grant(
            name,
            role=role,
            scope=scope,
            principal=self._args["principal_id"],
            principal_type=self._args.get("principal_type", "ServicePrincipal"),
            subscription=self._subscription,
            opts=pulumi.ResourceOptions(parent=self),
        ).id
