"""The Pulumi plugin `cloudnative`, as Pulumi starts it from this folder: our resources and our components."""

import sys

from cloudnative_components.hosted import hosted
from cloudnative_provider import serve

if __name__ == "__main__":
    serve(hosted(), sys.argv[1:])
