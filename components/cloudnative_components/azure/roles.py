"""Azure's built-in roles, in one place, because copies on the internet carry typing errors."""

import pulumi
from pulumi_azure_native import authorization

from .naming import role_assignment_name

ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
ACR_PUSH = "8311e382-0749-4cb8-b61a-304f252e45ec"
AKS_CLUSTER_USER = "4abbcc35-e782-43d8-92c5-2d3f1bd2253f"
AKS_RBAC_CLUSTER_ADMIN = "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b"
AKS_RBAC_WRITER = "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb"
MANAGED_IDENTITY_OPERATOR = "f1a07417-d97a-45cb-824c-7a7467783830"
MONITORING_DATA_READER = "b0d8363b-8ddd-447d-831f-62ca05bff136"
NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
# What our components assign, hence the most that a pipeline's identity may: a role above belongs here too.
ASSIGNED = (
    ACR_PULL,
    ACR_PUSH,
    AKS_CLUSTER_USER,
    AKS_RBAC_CLUSTER_ADMIN,
    AKS_RBAC_WRITER,
    MANAGED_IDENTITY_OPERATOR,
    MONITORING_DATA_READER,
    NETWORK_CONTRIBUTOR,
)


def grant(
    name: str,
    *,
    role: str,
    scope: pulumi.Input[str],
    principal: pulumi.Input[str],
    subscription: str,
    opts: pulumi.ResourceOptions,
    principal_type: str = "ServicePrincipal",
    condition: str | None = None,
) -> authorization.RoleAssignment:
    """One role assignment, named after its scope, principal and role, so that a second run finds the first.

    The type of the principal is always said: it spares Azure the directory look-up that fails for an identity
    made a second ago (GOT-04), and azure-native would fill in `User`.
    """
    definition = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return authorization.RoleAssignment(
        name,
        scope=scope,
        principal_id=principal,
        principal_type=principal_type,
        role_definition_id=definition,
        condition=condition,
        condition_version="2.0" if condition else None,
        role_assignment_name=pulumi.Output.all(scope, principal).apply(
            lambda known: role_assignment_name(known[0], known[1], role)
        ),
        opts=opts,
    )
