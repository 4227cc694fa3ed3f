"""The platform team's program: raw azure-native resources and components of `cloudnative`, side by side."""

import json

import foundation
import pulumi
import teams
from pulumi_azure_native import network, resources

from cloudnative_components import AksCluster, Bundle, ContainerRegistry, Release, object_hashes

config = pulumi.Config()
cloud, region = config.require("cloud"), config.require("region")
subjects: dict[str, str] = config.require_object("teams")

group = resources.ResourceGroup("group", resource_group_name="rg-platform", location=region)
network.VirtualNetwork(
    "offices",
    resource_group_name=group.name,
    virtual_network_name="vnet-offices",
    location=region,
    address_space={"address_prefixes": ["10.200.0.0/16"]},
)
registry = ContainerRegistry(
    "registry",
    {
        "resource_group_name": "rg-platform-registry",
        "registry_name": config.require("registry"),
        "location": region,
    },
)
cluster = AksCluster(
    "cluster",
    {
        "resource_group_name": group.name,
        "location": region,
        "cluster_name": "aks-platform",
        "registry_id": registry.registry_id,
    },
)

objects = foundation.objects(sorted(subjects))
bundle = Bundle(
    "foundation",
    {
        "cloud": cloud,
        "registry": registry.login_server,
        "application": "foundation",
        "objects": object_hashes(objects),
        "objects_file": pulumi.StringAsset(json.dumps(objects)),
        "images": {},
    },
)
release = Release(
    "foundation",
    {
        "cloud": cloud,
        "cluster_id": cluster.cluster_id,
        "application": "foundation",
        "objects": object_hashes(objects),
        "images": {},
        "bundle": {"ref": bundle.ref, "hash": bundle.hash, "number": bundle.number},
    },
    pulumi.ResourceOptions(depends_on=[cluster], deleted_with=cluster.cluster),
)

identities = {
    team: teams.identity(
        team,
        subject,
        issuer=config.require("issuer"),
        group=group,
        registry_id=registry.registry_id,
        cluster_ids={region: cluster.cluster_id},
    )
    for team, subject in subjects.items()
}

pulumi.export("registry", registry.login_server)
pulumi.export("clusters", {region: cluster.cluster_id})
pulumi.export("release", release.number)
pulumi.export("clients", {team: identity.client_id for team, identity in identities.items()})
