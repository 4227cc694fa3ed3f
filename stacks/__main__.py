"""The program of every environment: read its config, build it, export what it is; nothing else."""

from pathlib import Path

import pulumi

from cloudnative_components import Environment, environment_args
from cloudnative_components.config import load_environment

stack = pulumi.get_stack()
config = load_environment(Path(__file__).with_name(f"Pulumi.{stack}.yaml"))
environment = Environment(stack, environment_args(config))
pulumi.export("environment", environment.summary)
