"""What a cluster gets where its arguments leave it out: names after its own, and who is signed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from ..azure.azure_account import signed_in
from ..azure.naming import CLUSTER, DNS_PREFIX, IDENTITY, NODE_GROUP


@dataclass(frozen=True)
class ClusterDefaults:
    """Names and identities of one cluster, all of them known."""

    dns_prefix: str
    node_group: str
    cluster_identity: str
    kubelet_identity: str
    subscription: str
    tenant: str
    deployer: str
    deployer_type: str


_ACCOUNT = ("subscription_id", "tenant_id", "deployer_principal_id")


def cluster_defaults(args: Mapping[str, Any], component: pulumi.Resource) -> ClusterDefaults:
    """What the arguments say, else names made of the cluster's and the account of the provider."""
    given = {name: value for name, value in args.items() if value is not None}
    if not all(name in given for name in _ACCOUNT):
        account = signed_in(pulumi.InvokeOptions(parent=component))
        if "deployer_principal_id" not in given:
            given["deployer_principal_type"] = account.principal_type
        known = (account.subscription, account.tenant, account.principal)
        given = {**dict(zip(_ACCOUNT, known, strict=True)), **given}
    name = CLUSTER.check(given["cluster_name"], "cluster_name")
    short = name.replace("_", "-")[:54].rstrip("-")
    return ClusterDefaults(
        dns_prefix=given.get("dns_prefix") or DNS_PREFIX.check(short, "dns_prefix"),
        node_group=given.get("node_resource_group") or NODE_GROUP.check(f"{name[:57]}-nodes", "cluster_name"),
        cluster_identity=given.get("cluster_identity_name") or IDENTITY.check(f"id-{name}", "cluster_name"),
        kubelet_identity=given.get("kubelet_identity_name")
        or IDENTITY.check(f"id-{name}-kubelet", "cluster_name"),
        subscription=given["subscription_id"],
        tenant=given["tenant_id"],
        deployer=given["deployer_principal_id"],
        deployer_type=given.get("deployer_principal_type", "ServicePrincipal"),
    )
