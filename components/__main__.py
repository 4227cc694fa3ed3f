"""The Pulumi plugin `cloudnative`, as Pulumi starts it from this folder: our resources and our components."""

import sys

from cloudnative_components import AksCluster, ContainerRegistry, Environment, Region
from cloudnative_provider import serve

if __name__ == "__main__":
    serve([AksCluster, ContainerRegistry, Environment, Region], sys.argv[1:])
