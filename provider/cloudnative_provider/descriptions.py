"""What the docstrings under a component's arguments say, inherited ones too, which the SDK does not read."""

from __future__ import annotations

import ast
import inspect
import sys
from itertools import pairwise
from typing import Any, get_args

import pulumi


def describe_resource(schema: dict[str, Any], resource: type[pulumi.Resource]) -> None:
    """The same for a resource of ours: inputs by its arguments, outputs by its own attributes."""
    describe(schema["inputProperties"], resource)
    describe(schema["properties"], resource)
    outputs = {_camel_case(name): text for name, text in descriptions(resource).items()}
    for name in outputs.keys() & schema["properties"].keys():
        _fill(schema["properties"][name], outputs[name])


def describe(properties: dict[str, dict[str, Any]], component: type[pulumi.Resource]) -> None:
    """Fill in the descriptions that the schema of a component's inputs lacks."""
    args = inspect.signature(component.__init__).parameters["args"].annotation
    args = next((one for one in get_args(args) if one is not type(None)), args)  # of `Args | None`
    texts = {_camel_case(name): text for name, text in descriptions(args).items()}
    for name, described in properties.items():
        if name in texts:
            _fill(described, texts[name])


def descriptions(typed: type) -> dict[str, str]:
    """Text by field of a TypedDict and of those it extends, which it does not know at run time."""
    (tree,) = ast.parse(inspect.getsource(typed)).body
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 - for the type checker: a class's source is one
    names = [base.id for base in tree.bases if isinstance(base, ast.Name)]
    extended = [getattr(sys.modules[typed.__module__], name) for name in names]
    found: dict[str, str] = {}
    for one in extended:
        found |= descriptions(one) if isinstance(one, type) else {}
    for line, after in pairwise(tree.body):
        text = _text(after)
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and text:
            found[line.target.id] = text
    return found


def _text(node: ast.stmt) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return inspect.cleandoc(text)
        case _:
            return ""


def _fill(described: dict[str, Any], text: str) -> None:
    described["description"] = text  # the SDK's own copy keeps the indentation of the source
    for inner in ("items", "additionalProperties"):
        if inner in described:
            _fill(described[inner], text)


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
