"""The shop team's program. `registry` and `cluster_ids` of its settings are what the platform team hands out."""

from pathlib import Path

import pulumi

from cloudnative_components import Application, application_args
from cloudnative_components.config import load_environment

stack = pulumi.get_stack()
config = load_environment(Path(__file__).with_name(f"Pulumi.{stack}.yaml"))
shop = Application("shop", application_args(config))
pulumi.export("environment", shop.summary)
