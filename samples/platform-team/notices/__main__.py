"""The notices team's program: manifests in place of a compose file, everything else as in ../shop."""

from pathlib import Path

import pulumi

from cloudnative_components import Application

SOURCE = Path(__file__).resolve().parents[2] / "notices"

config = pulumi.Config()
clusters: dict[str, str] = config.require_object("clusters")
notices = Application(
    "notices",
    {
        "cloud": config.require("cloud"),
        "regions": list(clusters),
        "application": [str(SOURCE / "k8s")],
        "builds": {"page": str(SOURCE / "page")},
        "registry": config.require("registry"),
        "cluster_ids": clusters,
        "namespace_exists": config.get_bool("namespaceExists", True),
    },
)
pulumi.export("environment", notices.summary)
