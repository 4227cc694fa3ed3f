"""The shop team's program. `registry` and `clusters` are what the platform team hands out."""

from pathlib import Path

import pulumi

from cloudnative_components import Application

config = pulumi.Config()
clusters: dict[str, str] = config.require_object("clusters")
shop = Application(
    "shop",
    {
        "cloud": config.require("cloud"),
        "regions": list(clusters),
        "application": [str(Path(__file__).with_name("compose.yaml"))],
        "registry": config.require("registry"),
        "cluster_ids": clusters,
        "namespace_exists": True,  # the platform team's: making one takes rights over the whole cluster
    },
)
pulumi.export("environment", shop.summary)
