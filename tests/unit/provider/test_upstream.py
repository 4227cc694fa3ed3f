"""Somebody else's image: its full name, and the digest that a registry on this machine says it has."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cloudnative_provider import upstream_image
from cloudnative_provider.resource import Call
from cloudnative_provider.upstream import Reference, parse, resolve
from cloudnative_provider.upstream_image import UpstreamImage
from cloudnative_toolchain.errors import CloudnativeError

_DIGEST = f"sha256:{'a' * 64}"
_TOKEN = {"Authorization": "Bearer anonymous"}


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("postgres", "docker.io/library/postgres:latest"),
        ("postgres:16", "docker.io/library/postgres:16"),
        ("grafana/grafana:11.1", "docker.io/grafana/grafana:11.1"),
        ("localhost/app", "localhost/app:latest"),
        ("127.0.0.1:5000/app:1", "127.0.0.1:5000/app:1"),
        ("mcr.microsoft.com/azurelinux/base:3.0", "mcr.microsoft.com/azurelinux/base:3.0"),
    ],
)
def test_a_name_means_what_docker_means_by_it(name: str, full: str) -> None:
    assert str(parse(name)) == full


@pytest.mark.parametrize("name", ["", "Post gres", "postgres:", "postgres@sha256:1", "a b"])
def test_what_is_no_name_is_told(name: str) -> None:
    assert parse(name) is None


class Hub:
    """A registry that knows `library/postgres:16`, only by an anonymous token where `signed`."""

    def __init__(self, *, signed: bool = False, digest: str = _DIGEST, says_digest: bool = True) -> None:
        self.signed, self.digest, self.says_digest = signed, digest, says_digest
        self.asked: list[str] = []

    async def use(self, work: Callable[[str], Awaitable[Any]]) -> Any:
        """What `work`, given host:port, answers."""
        application = web.Application()
        application.router.add_get("/token", self._token)
        application.router.add_get("/v2/{name:.+}/manifests/{tag}", self._manifest)
        async with TestServer(application, host="127.0.0.1") as server:
            self.address = server.make_url("").authority
            return await work(self.address)

    async def _token(self, request: web.Request) -> web.Response:
        assert request.query["scope"] == "repository:library/postgres:pull"
        return web.json_response({"token": "anonymous"})

    async def _manifest(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.match_info['name']}:{request.match_info['tag']}")
        if self.signed and request.headers.get("Authorization") != _TOKEN["Authorization"]:
            challenge = f'Bearer realm="http://{self.address}/token",service="hub"'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        if self.asked[-1].partition(" ")[2] != "library/postgres:16":
            return web.Response(status=404)
        headers = {"Docker-Content-Digest": self.digest} if self.says_digest else {}
        return web.Response(body=b"{}", headers=headers)


async def _resolved(hub: Hub, tag: str = "16") -> str:
    return await hub.use(lambda host: resolve(Reference(host, "library/postgres", tag)))


async def test_a_registry_that_asks_for_a_token_gives_an_anonymous_one() -> None:
    assert await _resolved(Hub(signed=True)) == _DIGEST


async def test_a_registry_that_does_not_say_the_digest_is_asked_for_the_manifest() -> None:
    assert await _resolved(Hub(says_digest=False)) == f"sha256:{hashlib.sha256(b'{}').hexdigest()}"


async def test_the_mirror_is_asked_first_for_images_of_docker_hub() -> None:
    hub, name = Hub(), Reference("docker.io", "library/postgres", "16")
    assert await hub.use(lambda host: resolve(name, mirror=host)) == _DIGEST
    assert hub.asked == ["HEAD library/postgres:16"]


async def test_a_digest_in_the_name_is_believed_without_asking() -> None:
    hub = Hub()
    await hub.use(lambda host: resolve(Reference(host, "library/postgres", "16", _DIGEST)))
    assert hub.asked == []


async def test_an_image_that_is_not_there_is_an_error_that_names_it() -> None:
    with pytest.raises(CloudnativeError, match=r"library/postgres:99.*does not exist"):
        await _resolved(Hub(), "99")


async def test_a_registry_that_does_not_answer_is_an_error_with_a_command_that_shows_it() -> None:
    with pytest.raises(CloudnativeError, match="does not answer") as caught:
        await resolve(Reference("127.0.0.1:1", "a", "b"))
    assert caught.value.fix == "curl -sSI http://127.0.0.1:1/v2/"


def _call(reference: str, digest: str = "") -> Call:
    inputs = {"cloud": "azure", "reference": reference}
    outputs = {**inputs, "digest": digest, "ref": f"r@{digest}"}
    return Call("urn:pulumi:dev::p::t::n", "i", {}, inputs, outputs, preview=False, timeout=1, emit=print)


async def test_a_refresh_finds_where_the_name_points_now() -> None:
    async def work(host: str) -> Any:
        return await UpstreamImage().read(_call(f"{host}/library/postgres:16"))

    _, _, outputs = await Hub().use(work)
    assert outputs["digest"] == _DIGEST


async def test_a_refresh_that_nobody_answers_keeps_what_is_known() -> None:
    _, _, outputs = await UpstreamImage().read(_call("127.0.0.1:1/a:b", _DIGEST))
    assert outputs["digest"] == _DIGEST


async def test_the_emulators_mirror_is_the_one_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def emulated(name: str) -> Any:
        return upstream_image.Cloud(name=name, arm="https://127.0.0.1:2", docker_mirror=hub.address)

    hub, news = Hub(), {"cloud": "emulator", "reference": "postgres:16"}
    monkeypatch.setattr(upstream_image, "cloud", emulated)
    call = Call("urn:pulumi:dev::p::t::n", "", news, {}, {}, preview=False, timeout=1, emit=print)
    _, outputs = await hub.use(lambda _: UpstreamImage().create(call))
    assert outputs["ref"] == f"docker.io/library/postgres@{_DIGEST}"
