"""Nothing of a compose file is dropped silently."""

import json
from pathlib import Path

import pytest

from cloudnative_components.application import settings

from .project import application

SPEC = json.loads((Path(__file__).parent / "compose_spec_keys.json").read_text())


@pytest.mark.parametrize(
    ("scope", "carried", "listed"),
    [
        ("service", settings.CARRIED, settings.NOT_CARRIED),
        ("build", settings.BUILD_CARRIED, settings.BUILD_NOT_CARRIED),
        ("deploy", settings.DEPLOY_CARRIED, settings.DEPLOY_NOT_CARRIED),
    ],
)
def test_every_key_of_the_specification_is_carried_or_listed(
    scope: str, carried: frozenset[str], listed: dict[str, str]
):
    assert carried | listed.keys() == set(SPEC[scope])
    assert not carried & listed.keys()


@pytest.mark.parametrize("key", sorted(settings.NOT_CARRIED))
def test_a_key_that_is_not_carried_is_named_with_a_reason(key: str):
    (entry,) = application({"web": {"image": "web", key: "something"}}).not_carried
    assert (entry.key, entry.where) == (f"services.web.{key}", "compose.yaml:1:1")
    assert entry.why == settings.NOT_CARRIED[key]


def test_a_key_of_tomorrow_is_named_too():
    (entry,) = application({"web": {"image": "web", "teleport": True}}).not_carried
    assert entry.why == "this version of cloudnative does not know it"


@pytest.mark.parametrize(
    ("service", "key"),
    [
        ({"volumes": [{"type": "bind", "source": "/src", "target": "/src"}]}, "volumes[0]"),
        ({"security_opt": ["seccomp=unconfined"]}, "security_opt[0]"),
        ({"cap_add": ["SYS_ADMIN"]}, "cap_add[0]"),
        ({"networks": {"back": None, "default": None}}, "networks.back"),
        ({"networks": {"default": {"aliases": ["www"]}}}, "networks.default"),
        ({"restart": "no"}, "restart"),
        ({"restart": "on-failure:3"}, "restart"),
        ({"depends_on": {"web": {"condition": "service_started"}}}, "depends_on"),
        ({"ports": [{"target": 80, "published": "80", "host_ip": "127.0.0.1"}]}, "ports[0].host_ip"),
        ({"labels": {"not valid!": "x"}}, "labels.not valid!"),
        ({"deploy": {"resources": {"limits": {"pids": 5}}}}, "deploy.resources.limits.pids"),
        ({"group_add": ["wheel"]}, "group_add[0]"),
    ],
)
def test_parts_that_are_not_carried(service: dict[str, object], key: str):
    entries = application({"web": {"image": "web", **service}}).not_carried
    assert [entry.key for entry in entries] == [f"services.web.{key}"]


@pytest.mark.parametrize(
    "service",
    [
        {"restart": "unless-stopped"},
        {"security_opt": ["no-new-privileges:true"]},
        {"cap_drop": ["ALL"]},
        {"networks": {"default": None}},
        {"privileged": False},
        {"labels": {"example.org/a": "b"}},
    ],
)
def test_what_is_carried_is_not_named(service: dict[str, object]):
    assert application({"web": {"image": "web", **service}}).not_carried == []
