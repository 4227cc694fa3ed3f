"""azure-native gives a resource an alias for every API version of its type; ours have none of those.

No program of ours ever registered a type of one API version (`.../v20240101:...`): no state can hold one,
and two dozen aliases a resource took most of a program's time (0150). Aliases without a version stay: they
are how a type that moved to another module is found again.
"""

import re
from typing import Any

import pulumi

from ..wire import with_options

_DATED = re.compile(r"azure-native:[^:]+/v\d{8}\w*:")


def undated(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """The caller's options for a component, below which no alias has an API version."""
    return with_options(opts, transformations=[_without_dated])


def _without_dated(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    if not args.opts.aliases:
        return None
    opts = with_options(args.opts)
    opts.aliases = [alias for alias in args.opts.aliases if not _dated(alias)]
    return pulumi.ResourceTransformationResult(args.props, opts)


def _dated(alias: Any) -> bool:
    named = alias.type_ if isinstance(alias, pulumi.Alias) else alias
    return isinstance(named, str) and bool(_DATED.match(named))
