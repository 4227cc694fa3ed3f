"""Charts and kustomizations through the real helm and kustomize, the good ones and the bad ones."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from cloudnative_components.application import Application, load
from cloudnative_components.config import load_environment
from cloudnative_toolchain.errors import ConfigError, ExitCode
from cloudnative_toolchain.programs import ensure

# ruff: noqa: E501  # a table is read line by line
pytestmark = [
    pytest.mark.emulator,
    pytest.mark.timeout(1800),
]  # may be the first that needs helm on a machine

STACK = "config:\n  cloudnative:cloud: emulator\n  cloudnative:regions: [koreacentral]\n  cloudnative:application: ../app\n"
CONFIGMAP = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  port: {{ .Values.port | quote }}\n"
)
CHART = {
    "app/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    "app/values.yaml": "port: 8080\n",
    "app/templates/settings.yaml": CONFIGMAP,
}


@pytest.fixture(scope="module", autouse=True)
def programs() -> None:
    ensure(["helm", "kustomize"], print)


def application(folder: Path, files: Mapping[str, str], stack: str = "") -> Application:
    for name, text in {"stacks/Pulumi.dev.yaml": STACK + stack, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environment = load_environment(folder / "stacks/Pulumi.dev.yaml")
    return load(environment.application, environment=environment)


def settings(made: Application) -> Mapping[str, str]:
    return next(item["data"] for item in made.objects if item["kind"] == "ConfigMap")


def test_values_of_the_environment_override_those_of_files_and_of_the_chart(tmp_path: Path):
    template = (
        CONFIGMAP + "  host: {{ .Values.host }}\n  name: {{ .Release.Name }}.{{ .Release.Namespace }}\n"
    )
    files = {**CHART, "app/templates/settings.yaml": template, "a,b.yaml": "port: 1\nhost: of-file\n"}
    told = "{value_files: '../a,b.yaml', values: {port: 9090}, release_name: blue, namespace: sea}"

    made = application(tmp_path, files, f"  cloudnative:charts: {{shop: {told}}}\n")

    assert settings(made) == {"port": "9090", "host": "of-file", "name": "blue.sea"}
    assert (made.name, made.namespace) == ("blue", "sea")


def test_a_chart_sees_the_kubernetes_version_of_the_environment_not_of_a_cluster(tmp_path: Path):
    template = CONFIGMAP + "  version: {{ .Capabilities.KubeVersion }}\n"
    files = {**CHART, "app/templates/settings.yaml": template}

    made = application(tmp_path, files, "  cloudnative:kubernetes_version: 1.34.1\n")

    assert settings(made)["version"] == "v1.34.1"


def test_a_random_password_is_made_once_and_the_rest_is_the_same_each_time(tmp_path: Path):
    secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {password: {{ randAlphaNum 20 | b64enc }}, user: {{ b64enc "shop" }}}\n'
    files = {**CHART, "app/templates/secret.yaml": secret}

    made, again = application(tmp_path, files), application(tmp_path, files)

    assert [(one.name, one.key, one.length) for one in made.generated_secrets] == [("db", "password", 20)]
    assert made.secrets == {"shop/db": {"user": "shop"}}
    assert made.objects == again.objects
    assert [note.what for note in made.notes] == [
        "password of Secret db is made once and kept (Helm: at each rendering)"
    ]


def test_what_depends_on_the_time_is_found(tmp_path: Path):
    template = CONFIGMAP + '  time: {{ now | date "15:04:05" | quote }}\n'
    with pytest.raises(ConfigError, match=r"data.time of ConfigMap settings is another at each rendering"):
        application(tmp_path, {**CHART, "app/templates/settings.yaml": template})


def test_definitions_notes_and_lookups_are_told(tmp_path: Path):
    definition = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ships.sea.io}\n"
        "spec: {group: sea.io, names: {kind: Ship, plural: ships}, scope: Namespaced}\n"
    )
    files = {
        **CHART,
        "app/crds/ship.yaml": definition,
        "app/templates/NOTES.txt": "hello\n",
        "app/templates/settings.yaml": '{{/* lookup "v1" */}}\n'
        + CONFIGMAP
        + '{{- if lookup "v1" "Secret" "a" "b" }}{{ end }}\n',
    }

    made = application(tmp_path, files)

    assert [item["kind"] for item in made.objects] == ["Namespace", "CustomResourceDefinition", "ConfigMap"]
    assert {left.key: left.where.rpartition("/")[2] for left in made.not_carried} == {
        "NOTES.txt": "NOTES.txt",
        "lookup": "settings.yaml:7",
    }
    assert [note.what for note in made.notes] == [
        "CustomResourceDefinition ships.sea.io is updated and deleted with the release (Helm: neither)"
    ]


def test_neither_home_nor_path_nor_plugins_of_the_user_reach_helm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    seen = tmp_path / "seen"
    for name in ("git", "helm-plugin"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\necho {name} >> {seen}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    plugin = f"name: spy\nversion: 1.0.0\napiVersion: v1\ntype: cli/v1\nruntime: subprocess\ndownloaders: [{{command: {tmp_path}/bin/helm-plugin, protocols: [https]}}]\n"
    (tmp_path / "plugins/spy").mkdir(parents=True)
    (tmp_path / "plugins/spy/plugin.yaml").write_text(plugin)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HELM_PLUGINS", str(tmp_path / "plugins"))
    monkeypatch.setenv("HELM_NAMESPACE", "elsewhere")

    assert application(tmp_path, CHART).namespace == "shop"
    with pytest.raises(ConfigError, match="not in this repository"):
        application(
            tmp_path / "k", {"app/kustomization.yaml": "resources: ['https://github.com/x/y?ref=1']\n"}
        )
    assert not seen.exists()


def test_a_generator_of_kustomize_makes_a_secret_whose_value_travels_apart(tmp_path: Path):
    files = {
        "app/kustomization.yaml": "secretGenerator:\n  - {name: db, envs: [db.env], options: {disableNameSuffixHash: true}}\n",
        "app/db.env": "DB_PASSWORD=sesame\n",
    }

    made = application(tmp_path, files)

    assert made.secrets == {"app/db": {"DB_PASSWORD": "sesame"}}
    assert "data" not in made.objects[1]


BAD_CHARTS: dict[str, tuple[dict[str, str], str, str, str]] = {
    "not closed": ({"app/templates/a.yaml": "x: {{ .Values.a\n"}, "", "app/templates/a.yaml:2", "unclosed action"),
    "no function": ({"app/templates/a.yaml": "x: 1\ny: {{ nope }}\n"}, "", "app/templates/a.yaml:2", '"nope" not defined'),
    "required": ({"app/templates/a.yaml": 'x: {{ required "say a name" .Values.a }}\n'}, "", "app/templates/a.yaml:1:6", "say a name"),
    "nil": ({"app/templates/a.yaml": "x: {{ .Values.a.b }}\n"}, "", "app/templates/a.yaml:1:13", "nil pointer"),
    "in a helper": (
        {"app/templates/_h.tpl": '{{ define "f" }}{{ .Values.a.b }}{{ end }}', "app/templates/a.yaml": 'x: {{ include "f" . }}\n'},
        "", "app/templates/_h.tpl:1:26", "nil pointer",
    ),
    "no YAML": ({"app/templates/a.yaml": "kind: A\n metadata: {}\n"}, "", "app/templates/a.yaml", "line 2"),
    "key twice": ({"app/templates/a.yaml": "kind: A\nkind: B\n"}, "", "app/templates/a.yaml", "twice"),
    "dependency": (
        {"app/Chart.yaml": CHART["app/Chart.yaml"] + "dependencies:\n  - {name: db, version: 1.0.0, repository: file://../db}\n"},
        "", "app/Chart.yaml:5:12", "nothing is fetched",
    ),
    "schema": (
        {"app/values.schema.json": '{"properties": {"port": {"type": "string"}}}'}, "", "app/values.yaml:1:1", "want string"
    ),
    "schema elsewhere": (
        {"app/values.schema.json": '{"properties": {"port": {"$ref": "https://example.org/a.json"}}}'}, "", "app/Chart.yaml:1:1", "127.0.0.1:9"
    ),
    "kubernetes": ({"app/Chart.yaml": CHART["app/Chart.yaml"] + "kubeVersion: '>=1.99'\n"}, "", "app/Chart.yaml:4:1", ">=1.99"),
    "library": ({"app/Chart.yaml": CHART["app/Chart.yaml"] + "type: library\n"}, "", "app/Chart.yaml:4:1", "library"),
    "values": ({"v.yaml": "a:\n\tb: 1\n"}, "{shop: {value_files: ../v.yaml}}", "v.yaml:2", "token"),
    "no values": ({}, "{shop: {value_files: ../v.yaml}}", "stacks/Pulumi.dev.yaml", "no such file"),
    "unknown chart": ({}, "{shp: {values: {a: 1}}}", "stacks/Pulumi.dev.yaml", "did you mean 'shop'"),
    "unknown key": ({}, "{shop: {value: {a: 1}}}", "stacks/Pulumi.dev.yaml:5:31", "did you mean 'values'"),
    "a number that is text": ({}, "{shop: {values: {tag: 1.30}}}", "stacks/Pulumi.dev.yaml:5:40", "quote it"),
}  # fmt: skip


def one_error(folder: Path, files: Mapping[str, str], stack: str = "") -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        application(folder, files, stack)
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("name", BAD_CHARTS)
def test_bad_chart(tmp_path: Path, name: str):
    files, charts, place, words = BAD_CHARTS[name]
    error = one_error(tmp_path, {**CHART, **files}, f"  cloudnative:charts: {charts}\n" if charts else "")
    assert str(error.location).removeprefix(f"{tmp_path}/") == place
    assert words in error.why


OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
BAD_KUSTOMIZATIONS: dict[str, tuple[dict[str, str], str, str]] = {
    "no file": ({"app/kustomization.yaml": "resources:\n  - a.yaml\n"}, "2:5", "no such file"),
    "outside": ({"app/kustomization.yaml": "resources:\n  - ../a.yaml\n", "a.yaml": OBJECT}, "2:5", "not in or below"),
    "unknown field": ({"app/kustomization.yaml": "resource: [a]\n"}, "1:1", 'unknown field "resource"'),
    "elsewhere": ({"app/kustomization.yaml": "resources:\n  - https://example.org/a.yaml\n"}, "2:5", "without network"),
    "a chart": ({"app/kustomization.yaml": "helmCharts:\n  - name: x\n"}, "1:1", "a helm of the user's"),
    "nothing": ({"app/kustomization.yaml": "resources: []\n"}, "", "no resource"),
    "an exec function": (
        {
            "app/kustomization.yaml": "transformers: [t.yaml]\nresources: [a.yaml]\n", "app/a.yaml": OBJECT,
            "app/t.yaml": "apiVersion: x/v1\nkind: T\nmetadata:\n  name: t\n  annotations:\n    config.kubernetes.io/function: 'exec: {path: ./x.sh}'\n",
        },
        "", "plugins disabled",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_KUSTOMIZATIONS)
def test_bad_kustomization(tmp_path: Path, name: str):
    files, place, words = BAD_KUSTOMIZATIONS[name]
    error = one_error(tmp_path, files)
    assert str(error.location) == f"{tmp_path}/app/kustomization.yaml" + (f":{place}" if place else "")
    assert words in error.why
