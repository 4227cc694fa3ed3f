"""The identity that a team's pipeline runs as, trusted without a password, with the least rights."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import managedidentity, resources

from cloudnative_components import ApplicationAccess


def identity(
    team: str,
    subject: str,
    *,
    issuer: str,
    group: resources.ResourceGroup,
    registry_id: pulumi.Input[str],
    cluster_ids: Mapping[str, pulumi.Input[str]],
) -> managedidentity.UserAssignedIdentity:
    """An identity for jobs with this subject; it may release to the namespace of its team's name."""
    made = managedidentity.UserAssignedIdentity(
        team, resource_group_name=group.name, resource_name_=f"id-{team}", location=group.location
    )
    managedidentity.FederatedIdentityCredential(
        team,
        resource_group_name=group.name,
        resource_name_=made.name,
        federated_identity_credential_resource_name="pipeline",
        issuer=issuer,
        subject=subject,
        audiences=["api://AzureADTokenExchange"],
    )
    ApplicationAccess(
        team,
        {
            "principal_id": made.principal_id,
            "namespace": team,
            "registry_id": registry_id,
            "cluster_ids": cluster_ids,
        },
    )
    return made
