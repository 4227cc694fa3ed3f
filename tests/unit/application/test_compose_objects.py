"""Compose services as Kubernetes objects: one setting, one test."""

import json
from typing import Any

import pytest

from cloudnative_components.application import GeneratedSecretRef, PublicPort
from cloudnative_toolchain.errors import ConfigError

from .project import application, container, one, pod

IMAGE = {"image": "web:1"}
PORTS = {**IMAGE, "ports": [{"target": 80, "published": "8080", "protocol": "tcp"}]}
DATA = {**IMAGE, "volumes": [{"type": "volume", "source": "data", "target": "/data"}]}


def test_entrypoint_is_command_and_command_are_arguments():
    found = container({**IMAGE, "entrypoint": ["/bin/web"], "command": ["--port", "80"]})
    assert (found["command"], found["args"]) == (["/bin/web"], ["--port", "80"])


def test_words_are_not_expanded_by_kubernetes():
    found = container({**IMAGE, "command": ["$(HOME)"], "environment": {"A": "$(B)"}})
    assert (found["args"], found["env"]) == (["$$(HOME)"], [{"name": "A", "value": "$$(B)"}])


def test_a_variable_without_a_value_is_not_set_and_listed():
    found = application({"web": {**IMAGE, "environment": {"A": None}}})
    assert [entry.key for entry in found.not_carried] == ["services.web.environment.A"]


def test_images_are_placeholders():
    found = application({"web": IMAGE})
    assert container(IMAGE)["image"] == "cloudnative-image:web"
    assert found.images == {"web": "web:1"}


def test_health_checks_are_three_probes():
    check = {
        "test": ["CMD-SHELL", "ok"],
        "interval": "5s",
        "timeout": "2s",
        "retries": 3,
        "start_period": "1m",
    }
    found = container({**IMAGE, "healthcheck": check})
    command = {"exec": {"command": ["/bin/sh", "-c", "ok"]}, "timeoutSeconds": 2}
    assert found["readinessProbe"] == {**command, "failureThreshold": 3, "periodSeconds": 5}
    assert found["startupProbe"] == {**command, "failureThreshold": 38, "periodSeconds": 2}
    assert found["livenessProbe"] == {**command, "failureThreshold": 24, "periodSeconds": 5}


@pytest.mark.parametrize("check", [{"disable": True, "test": ["CMD", "x"]}, {"test": ["NONE"]}, {}])
def test_no_health_check_no_probe(check: dict[str, Any]):
    assert not [key for key in container({**IMAGE, "healthcheck": check}) if key.endswith("Probe")]


def test_http_probes_take_the_place_of_commands():
    extension = {
        "port": 8080,
        "probes": {"readiness": {"path": "/ready"}, "liveness": {"path": "/live", "port": 81}},
    }
    found = container({**IMAGE, "x-cloudnative": extension})
    assert found["readinessProbe"]["httpGet"] == {"path": "/ready", "port": 8080}
    assert (
        found["livenessProbe"]["httpGet"] == found["startupProbe"]["httpGet"] == {"path": "/live", "port": 81}
    )


def test_resources():
    limits, reservations = {"cpus": 0.5, "memory": "67108864"}, {"cpus": "0.02", "memory": "1000"}
    found = container({**IMAGE, "deploy": {"resources": {"limits": limits, "reservations": reservations}}})
    expected = {"limits": {"cpu": "500m", "memory": "64Mi"}, "requests": {"cpu": "20m", "memory": "1000"}}
    assert found["resources"] == expected


def test_pods_pass_restricted_by_default():
    assert pod(IMAGE)["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container({**IMAGE, "read_only": True})["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }


def test_users_are_numbers():
    context = pod({**IMAGE, "user": "1000:1001"})["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"]) == (1000, 1001)


def test_a_stop_waits_for_the_drain_and_the_grace_period():
    spec = pod({**PORTS, "stop_grace_period": "30s"})
    assert spec["terminationGracePeriodSeconds"] == 35
    assert spec["containers"][0]["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}


def test_deployments_start_a_new_pod_before_an_old_one_stops():
    spec = one("Deployment", {"web": {**IMAGE, "deploy": {"replicas": 2}}})["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert spec["replicas"] == 2


@pytest.mark.parametrize(
    ("settings", "seconds"), [({}, 2), ({"healthcheck": {"test": ["CMD", "true"]}}, None)]
)
def test_a_container_that_nobody_asks_is_up_after_it_has_run(settings: dict[str, Any], seconds: int | None):
    spec = one("Deployment", {"web": {**IMAGE, **settings}})["spec"]
    assert spec.get("minReadySeconds") == seconds


def test_data_makes_a_stateful_set_with_a_claim_per_replica():
    volumes = {"data": {"x-cloudnative": {"size": "2Gi", "storage_class": "fast"}}}
    spec = one("StatefulSet", {"db": {**DATA, "deploy": {"replicas": 2}}}, volumes=volumes)["spec"]
    (claim,) = spec["volumeClaimTemplates"]
    assert (spec["replicas"], spec["serviceName"], claim["metadata"]["name"]) == (2, "db", "data")
    assert claim["spec"]["resources"]["requests"] == {"storage": "2Gi"}
    assert claim["spec"]["storageClassName"] == "fast"


def test_a_volume_of_two_services_is_one_claim():
    services = {"a": DATA, "b": DATA}
    claim = one("PersistentVolumeClaim", services, cloud="azure", volumes={"data": None})
    assert (claim["spec"]["accessModes"], claim["spec"]["storageClassName"]) == (
        ["ReadWriteMany"],
        "azurefile-csi",
    )


def test_published_ports_get_an_address_on_the_emulator():
    services = {item["metadata"]["name"]: item["spec"] for item in application({"web": PORTS}).objects[2:4]}
    assert (services["web"]["type"], services["web"]["ports"][0]["port"]) == ("ClusterIP", 80)
    outside = services["web-public"]["ports"][0]
    assert (services["web-public"]["type"], outside["port"], outside["targetPort"]) == (
        "LoadBalancer",
        8080,
        80,
    )


def test_equal_numbers_inside_and_outside_need_one_service():
    service = {**IMAGE, "ports": [{"target": 80, "published": "80"}]}
    found = one("Service", {"web": service})
    assert (found["metadata"]["name"], found["spec"]["type"]) == ("web", "LoadBalancer")


def test_a_port_that_is_not_published_stays_inside():
    service = {**IMAGE, "ports": [{"target": 80, "published": "80"}], "expose": ["9090"]}
    services = [item for item in application({"web": service}).objects if item["kind"] == "Service"]
    assert [[port["port"] for port in item["spec"]["ports"]] for item in services] == [[80, 9090], [80]]


@pytest.mark.parametrize(("extension", "count"), [({}, 0), ({"public": True}, 1), ({"public": False}, 0)])
def test_on_azure_only_what_says_public_is_public(extension: dict[str, bool], count: int):
    found = application({"web": {**PORTS, "x-cloudnative": extension}}, cloud="azure")
    assert found.public == [PublicPort("web", 8080)] * count
    assert bool(found.not_carried) is (extension == {})


def test_a_service_without_ports_is_reachable_on_any():
    assert one("Service", {"web": IMAGE})["spec"]["clusterIP"] == "None"


def test_generated_secrets_are_mounted_and_have_no_value():
    secrets = {"db_pw": {"environment": "NOPE", "x-cloudnative": {"generate": {"length": 40}}}}
    service = {**IMAGE, "secrets": [{"source": "db_pw", "target": "/run/secrets/db_pw"}]}
    found = application({"web": service}, secrets=secrets)
    (secret,) = [item for item in found.objects if item["kind"] == "Secret"]
    assert found.generated_secrets == [GeneratedSecretRef("db-pw", "shop", "db_pw", 40)]
    assert found.secrets == {}
    assert not {"data", "stringData"} & secret.keys()
    mounts = container(service, secrets=secrets)["volumeMounts"]
    assert mounts == [{"name": "secrets", "mountPath": "/run/secrets", "readOnly": True}]


def test_a_generated_secret_is_protected_where_a_service_with_a_volume_uses_it():
    generated: dict[str, Any] = {"external": True, "x-cloudnative": {"generate": {}}}
    secrets = {"pw": generated, "token": generated}
    found = application(
        {
            "db": {**DATA, "secrets": [{"source": "pw"}]},
            "web": {**IMAGE, "secrets": [{"source": "pw"}, {"source": "token"}]},
        },
        secrets=secrets,
        volumes={"data": {}},
    )
    assert {ref.name: ref.protected for ref in found.generated_secrets} == {"pw": True, "token": False}


def test_values_of_secrets_travel_apart_and_are_not_printed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WEB_PASSWORD", "hunter2")
    service = {**IMAGE, "secrets": [{"source": "pw", "target": "pw"}]}
    found = application({"web": service}, secrets={"pw": {"environment": "WEB_PASSWORD"}})
    assert found.secrets == {"shop/pw": {"pw": "hunter2"}}
    assert "hunter2" not in repr(found) + json.dumps(found.objects)


def test_a_changed_config_has_another_name():
    service = {**IMAGE, "configs": [{"source": "c", "target": "/c"}]}
    names = [
        one("ConfigMap", {"web": service}, configs={"c": {"content": text}})["metadata"]["name"]
        for text in "ab"
    ]
    assert names[0] != names[1]


def test_memory_file_systems():
    spec = pod({**IMAGE, "tmpfs": ["/tmp"], "shm_size": "67108864"})  # a mount, not a file of ours
    media = [volume["emptyDir"] for volume in spec["volumes"]]
    assert media == [{"medium": "Memory"}, {"medium": "Memory", "sizeLimit": "64Mi"}]


def test_root_only_where_asked_for():
    namespace = one("Namespace", {"web": {**IMAGE, "user": "root", "x-cloudnative": {"run_as_root": True}}})
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"


def test_the_same_files_give_the_same_objects():
    services = {"b": PORTS, "a": DATA}
    reverse = dict(reversed(list(services.items())))
    first, second = (application(each, volumes={"data": None}).objects for each in (services, reverse))
    assert json.dumps(first) == json.dumps(second)


def test_a_placed_service_is_in_its_region_only():
    service = {**DATA, "x-cloudnative": {"placement": "westeurope"}}
    regions = ["koreacentral", "westeurope"]
    found = application({"db": service, "web": IMAGE}, regions=regions, volumes={"data": None})
    kinds = [{item["kind"] for item in found.objects_in(region)} for region in regions]
    assert ["StatefulSet" in each for each in kinds] == [False, True]


def test_data_in_several_regions_needs_a_word():
    with pytest.raises(ConfigError, match="2 regions"):
        application({"db": DATA}, regions=["koreacentral", "westeurope"], volumes={"data": None})
