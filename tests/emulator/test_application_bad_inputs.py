"""Bad input is boring: one error with its place, a reason and a fix, exit 2, nothing touched."""

from itertools import pairwise
from pathlib import Path

import pytest

from cloudnative_components.application import load
from cloudnative_components.config import load_environment
from cloudnative_toolchain.errors import ConfigError, ExitCode

# ruff: noqa: E501  # a table is read line by line
pytestmark = pytest.mark.emulator  # compose files are read by compose-go, a program of the toolchain

STACK = """\
config:
  cloudnative:cloud: emulator
  cloudnative:regions: [koreacentral]
  cloudnative:application: ../app
"""


def project(folder: Path, files: dict[str, str]) -> Path:
    """A project with good files, over which the bad ones are written."""
    good = {"stacks/Pulumi.dev.yaml": STACK, "app/web/Dockerfile": "FROM scratch\n"}
    for name, text in (good | files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    (folder / ".git").mkdir()
    return folder / "stacks/Pulumi.dev.yaml"


def one_error(stack: Path) -> ConfigError:
    environment = load_environment(stack)
    with pytest.raises(ConfigError) as caught:
        load(environment.application, environment=environment)
    return caught.value


def service(text: str) -> str:
    """A compose file with one service `web`; its settings start in line 3."""
    return "services:\n  web:\n" + "".join(f"    {line}\n" for line in text.splitlines())


TWO_REGIONS = STACK.replace("[koreacentral]", "[koreacentral, westeurope]")
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [%s]}}}\n"

# name: (file, its text, code, place in that file, words of the message)
BAD_COMPOSE: dict[str, tuple[str, str, str, str]] = {
    "no service": ("services: {}\n", "application.empty", "1:1", "no service"),
    "a list": ("- web\n", "application.compose", "1:1", "it is a list"),
    "services are a list": ("services: [web]\n", "application.compose", "1:1", "must be a mapping"),
    "duplicate key": (service("image: a\nimage: b"), "yaml.duplicate", "4:5", "twice"),
    "tab": ("services:\n\tweb: {}\n", "yaml.tab", "2:1", "tab"),
    "NUL byte": (service("image: a\0b"), "yaml.character", "3:13", "U+0000"),
    "not UTF-8": (service("image: \udcff"), "yaml.encoding", "3:12", "UTF-8"),
    "brackets": ("services: " + "[" * 300, "yaml.depth", "1:76", "levels deep"),
    "foreign tag": (service("image: !!python/name:os.system x"), "yaml.tag", "3:12", "not allowed"),
    "unknown key": (service("image: a\nenviroment: {A: b}"), "application.compose", "4:5", "did you mean 'environment'"),
    "neither image nor build": (service("restart: always"), "application.compose", "2:3", "neither an image nor"),
    "unknown dependency": (service("image: a\ndepends_on: [db]"), "application.compose", "2:3", 'service "db"'),
    "unknown secret": (service("image: a\nsecrets: [pw]"), "application.compose", "2:3", "undefined secret pw"),
    "no such env_file": (service("image: a\nenv_file: [nope.env]"), "application.compose", "4:16", "nope.env not found"),
    "variable without value": (service("image: a:${NOPE_TAG?set it}"), "application.compose", "3:5", "set it"),
    "wrong type": (service("image: a\ndeploy: {replicas: many}"), "application.compose", "4:14", "replicas"),
    "name of a service": ("services:\n  we_b: {image: a}\n", "application.service-name", "2:3", "host name"),
    "name of the application": ("name: Shop!\n" + service("image: a"), "application.name", "1:1", "Shop!"),
    "no Dockerfile": (service("build: ."), "application.dockerfile", "3:5", "no file"),
    "no build folder": (service("build: ./nope"), "application.build-context", "3:5", "no folder"),
    "build outside": (service("build: ../.."), "application.build-context", "3:5", "outside"),
    "build of a URL": (service("build: https://example.org/a.git"), "application.build-context", "3:5", "not a folder"),
    "user by name": (service("image: a\nuser: node"), "application.user", "4:5", "numbers"),
    "root": (service("image: a\nuser: '0'"), "application.root", "4:5", "run_as_root"),
    "unknown extension": (service("image: a\nx-cloudnative: {pubic: true}"), "application.extension", "4:21", "'public'"),
    "extension type": (service("image: a\nx-cloudnative: {port: http}"), "application.extension", "4:21", "integer"),
    "public without port": (service("image: a\nx-cloudnative: {public: true}"), "application.public-port", "4:21", "port"),
    "placement": (service("image: a\nx-cloudnative: {placement: mars}"), "application.placement", "4:21", "mars"),
    "port clash": (
        "services:\n  a: {image: a, ports: ['80:80']}\n  b: {image: b, ports: ['80:90']}\n",
        "application.port-clash", "3:25", "published for port 80 of a",
    ),
    "one-shot": (
        service("image: a\ndeploy: {mode: global-job}"), "application.one-shot", "4:14", "replicated-job",
    ),
    "secret without value": (
        service("image: a\nsecrets: [pw]") + "secrets: {pw: {environment: NOPE_PASSWORD}}\n",
        "application.secret-missing", "5:16", "NOPE_PASSWORD is not set",
    ),
    "secret without file": (
        service("image: a\nsecrets: [pw]") + "secrets: {pw: {file: nope}}\n", "application.file", "5:16", "no such file"
    ),
    "secret from nowhere": (
        service("image: a\nsecrets: [pw]") + "secrets: {pw: {external: true}}\n",
        "application.external", "5:16", "where its value",
    ),
    "length of a secret": (
        service("image: a\nsecrets: [pw]")
        + "secrets: {pw: {external: true, x-cloudnative: {generate: {length: 3}}}}\n",
        "application.extension", "5:59", "16",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_COMPOSE)
def test_bad_compose_file(tmp_path: Path, name: str):
    text, code, place, words = BAD_COMPOSE[name]
    error = one_error(project(tmp_path, {"app/compose.yaml": text}))
    assert (error.code, str(error.location)) == (code, f"{tmp_path}/app/compose.yaml:{place}")
    assert words in str(error) + error.fix
    assert error.exit_code is ExitCode.USAGE
    assert error.fix


BAD_MANIFESTS: dict[str, tuple[str, str, str, str]] = {
    "nothing": ("# empty\n", "manifest.none", "", "nothing to deploy"),
    "a list": ("- a\n", "manifest.type", "1:1", "no object"),
    "no kind": ("apiVersion: v1\nmetadata: {name: a}\n", "manifest.kind", "1:1", "no kind"),
    "strange version": ("apiVersion: apps\nkind: A\nmetadata: {name: a}\n", "manifest.kind", "1:1", "'apps'"),
    "no name": ("apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n", "manifest.name", "3:1", "no name"),
    "bad name": ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A_b}\n", "manifest.name", "3:12", "'A_b'"),
    "no image": (DEPLOYMENT % "{name: a}", "manifest.image", "4:39", "needs an image"),
    "twice": ((DEPLOYMENT % "") * 1 + "---\n" + DEPLOYMENT % "", "manifest.twice", "8:12", "there already"),
    "not base64": (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: '***'}\n", "manifest.secret", "4:8", "base64"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_MANIFESTS)
def test_bad_manifest(tmp_path: Path, name: str):
    text, code, place, words = BAD_MANIFESTS[name]
    error = one_error(project(tmp_path, {"app/a.yaml": text}))
    expected = f"{tmp_path}/app/a.yaml:{place}" if place else f"{tmp_path}/app"
    assert (error.code, str(error.location), error.exit_code) == (code, expected, ExitCode.USAGE)
    assert words in str(error)
    assert error.fix


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        ({"stacks/Pulumi.dev.yaml": STACK.replace("../app", "../nope")}, "application.missing", "no nope"),
        ({"app/kustomization.yaml": "resources: []\n"}, "application.ambiguous", "kustomization.yaml"),
        (
            {"stacks/Pulumi.dev.yaml": STACK + "  cloudnative:replicas: {wbe: 2}\n"},
            "application.replicas",
            "'web'",
        ),
        ({"stacks/Pulumi.dev.yaml": TWO_REGIONS}, "application.placement", "2 regions"),
        (
            {"app/web/Dockerfile": "", "app/compose.yaml": service("build: ../../../")},
            "application.build-context",
            "",
        ),
    ],
)
def test_bad_together(tmp_path: Path, files: dict[str, str], code: str, words: str):
    compose = service("image: a\nvolumes: ['data:/data']") + "volumes: {data: }\n"
    outside = tmp_path / "Dockerfile"
    outside.touch()
    error = one_error(project(tmp_path / "in" / "repository", {"app/compose.yaml": compose} | files))
    assert (error.code, error.exit_code) == (code, ExitCode.USAGE)
    assert words in str(error)
    assert error.location
    assert error.fix


def test_an_alias_bomb_ends_before_it_grows(tmp_path: Path):
    names = "abcdefghij"
    layers = [f"x-{names[0]}: &{names[0]} [x, x, x, x, x, x, x, x, x]"]
    layers += [f"x-{name}: &{name} [{', '.join([f'*{below}'] * 9)}]" for below, name in pairwise(names)]
    error = one_error(project(tmp_path, {"app/compose.yaml": "\n".join(layers) + "\n" + service("image: a")}))
    assert (error.code, error.location and error.location.line) == ("yaml.values", 6)
