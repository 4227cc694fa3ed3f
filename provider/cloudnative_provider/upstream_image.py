"""`UpstreamImage`: somebody else's image, by the digest that its name stood for when it was first asked."""

from __future__ import annotations

from typing import ClassVar

from cloudnative_toolchain.errors import CloudnativeError

from .access import Cloud, cloud
from .resource import Call, Change, Failure, Properties, Resource
from .upstream import Reference, parse, resolve
from .wire import UNKNOWN, Unknown


class UpstreamImage(Resource):
    """State keeps the digest, so that nothing moves by itself: another reference or a refresh asks again."""

    token = "cloudnative:index:UpstreamImage"  # noqa: S105 - a type's token
    required: ClassVar = {"cloud": str, "reference": str}

    async def check(self, call: Call) -> tuple[Properties, list[Failure]]:
        """The reference is an image's name."""
        reference = call.inputs["reference"]
        if isinstance(reference, Unknown) or parse(reference):
            return call.news, []
        return call.news, [Failure("reference", f"{reference!r} is not the name of an image")]

    async def diff(self, call: Call) -> Change:
        """Another reference or another cloud."""
        changed = [name for name in ("cloud", "reference") if call.inputs.get(name) != call.old.get(name)]
        return Change(dict.fromkeys(changed, "update"))

    async def create(self, call: Call) -> tuple[str, Properties]:
        """The digest that the registry names; a reference with a digest is what it says."""
        inputs = call.inputs
        reference = None if isinstance(inputs["reference"], Unknown) else parse(inputs["reference"])
        if reference is None or (call.preview and not reference.digest):
            return "", {**call.news, "digest": UNKNOWN, "ref": UNKNOWN}
        digest = await resolve(reference, mirror=_mirror(inputs["cloud"]))
        return str(reference), _outputs(call.news, reference, digest)

    async def read(self, call: Call) -> tuple[str, Properties, Properties]:
        """What the name stands for now; when the registry does not say, what is known stays."""
        reference = parse(call.state["reference"])
        assert reference is not None  # noqa: S101  Check accepted it
        try:
            digest = await resolve(reference, mirror=_mirror(call.state["cloud"]))
        except CloudnativeError as error:
            call.progress(f"keeps {call.state['digest'][:19]}: {error}")
            return call.id, call.olds, call.outputs
        return call.id, call.olds, _outputs(call.outputs, reference, digest)


def _outputs(kept: Properties, reference: Reference, digest: str) -> Properties:
    return {**kept, "digest": digest, "ref": reference.at(digest)}


def _mirror(cloud_name: str) -> str:
    where: Cloud = cloud(cloud_name)
    return where.docker_mirror
