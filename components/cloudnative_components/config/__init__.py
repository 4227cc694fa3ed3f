"""The config of an environment, and the strict YAML reader that every input goes through."""

from .build_tree import Limits
from .environment import load_environment
from .model import EnvironmentConfig
from .nodes import Entry, MappingNode, Node, Scalar, SequenceNode, child, leaves, locate, walk
from .scalars import Dialect, value_of
from .schema import json_schema
from .strict_yaml import load_documents, load_yaml, parse

__all__ = [
    "Dialect",
    "Entry",
    "EnvironmentConfig",
    "Limits",
    "MappingNode",
    "Node",
    "Scalar",
    "SequenceNode",
    "child",
    "json_schema",
    "leaves",
    "load_documents",
    "load_environment",
    "load_yaml",
    "locate",
    "parse",
    "value_of",
    "walk",
]
