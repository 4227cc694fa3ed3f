"""A Helm chart, rendered by helm itself, as the objects of a release.

What is left out, and what happens otherwise than with `helm install`, is named (docs/application.md).
"""

import json
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cloudnative_toolchain.catalog import tools
from cloudnative_toolchain.errors import ConfigError, Location
from cloudnative_toolchain.programs import program

from ..config import EnvironmentConfig
from ..config.charts import Chart as ChartSettings
from ..config.suggest import did_you_mean
from .changing import RandomValue, Settled, settle
from .charts import Chart, Template, read_chart, templates
from .helm_errors import explain
from .hooks import sort_hooks
from .kinds import group_kind
from .manifest_files import Manifest, rendered
from .manifests import keeps_data
from .model import Application, GeneratedSecretRef, NotCarried, Note, mapping
from .outside import Said, quiet_environment, run
from .places import DOCS

_SOURCE = re.compile(r"^---\n# Source: (.+)\n", re.MULTILINE)
_POLICY = "helm.sh/resource-policy"


@dataclass(frozen=True)
class Found:
    """What a chart makes, and what is said about it."""

    manifests: list[Manifest]
    random: list[RandomValue]
    not_carried: list[NotCarried]
    notes: list[Note]


@dataclass(frozen=True)
class Order:
    """What helm is asked for."""

    chart: Path
    release: str
    namespace: str
    kubernetes: str
    settings: ChartSettings


@dataclass(frozen=True)
class Helm:
    """The program, which sees neither the user's helm configuration nor a cluster."""

    path: Path

    def template(self, order: Order) -> Said:
        """The chart with its hooks and definitions, as an install would have it."""
        with tempfile.TemporaryDirectory(prefix="cloudnative-") as folder:
            values = Path(folder, "values.json")
            values.touch(mode=0o600)
            values.write_text(json.dumps(order.settings.values))
            command = [self.path, *_arguments(order, values)]
            return run(command, quiet_environment(Path(folder)), about=order.chart)


def render(
    chart: Chart, settings: ChartSettings, *, release: str, namespace: str, environment: EnvironmentConfig
) -> Found:
    """The objects of a chart under the environment's settings for it."""
    _require_files(chart, settings, environment)
    version = environment.kubernetes_version or tools()["kubernetes"].version
    order = Order(chart.path, release, namespace, version, settings)
    helm, written = Helm(program("helm")), list(templates(chart.path))
    first, warnings = _objects(helm, order, chart)
    changes = Settled()
    if any(template.changing() for template in written):
        if any(template.clock() for template in written):
            time.sleep(1 - time.time() % 1)  # so that a time to the second is another one
        changes = settle(first, _objects(helm, order, chart)[0], chart.name)
    hooks = sort_hooks(first)
    return Found(
        hooks.manifests,
        changes.values,
        [*changes.not_carried, *hooks.not_carried, *_left_out(chart, written, warnings)],
        [*hooks.notes, *_notes(hooks.manifests, changes)],
    )


def settled(application: Application, found: Found) -> Application:
    """The application with the values that are made once and with what is said about its chart."""
    protected = any(keeps_data(manifest.item) for manifest in found.manifests)
    generated = [
        GeneratedSecretRef(metadata["name"], metadata["namespace"], value.key, value.length, protected)
        for value in found.random
        for metadata in (value.secret.item["metadata"],)
    ]
    return replace(application, generated_secrets=generated, not_carried=found.not_carried, notes=found.notes)


def settings_of(chart: Chart, environment: EnvironmentConfig) -> ChartSettings:
    """What the environment says about a chart."""
    return environment.charts.get(chart.name) or ChartSettings()


def require_known(environment: EnvironmentConfig, paths: Sequence[Path]) -> None:
    """ConfigError where `cloudnative:charts` names no chart of the application, or two have one name."""
    charts = [read_chart(path) for path in paths]
    names = [chart.name for chart in charts]
    for chart in charts:
        if names.count(chart.name) > 1:
            raise _error(
                f"two charts are called {chart.name}", "one name has one release", chart.place("name")
            )
    for name in environment.charts:
        if name not in names:
            hint = did_you_mean(name, names) or "."
            why = f"no chart of the application has that name{hint} Charts: {', '.join(names) or 'none'}"
            place = Location(f"stacks/Pulumi.{environment.name}.yaml")
            raise _error(f"cloudnative:charts names {name!r}", why, place)


def _arguments(order: Order, values: Path) -> Iterator[str]:
    yield from ("template", order.release, str(order.chart), "--include-crds")
    yield from ("--namespace", order.namespace, "--kube-version", order.kubernetes)
    for file in (*order.settings.value_files, values):
        yield from ("--values", _quoted(str(file)))
    for version in order.settings.api_versions:
        yield from ("--api-versions", version)


def _quoted(path: str) -> str:
    """A path in a list that helm reads as comma-separated values."""
    return '"' + path.replace('"', '""') + '"' if set(path) & {",", '"'} else path


def _objects(helm: Helm, order: Order, chart: Chart) -> tuple[list[Manifest], list[str]]:
    said = helm.template(order)
    if said.code:
        raise explain(said.err, chart, order.settings.value_files)
    found = [
        manifest
        for source, text in _sources(said.out)
        for manifest in rendered(text, "helm", chart.file(source))
    ]
    if not found:
        raise _error(f"the chart {chart.name} makes nothing", "no template gives an object", chart.place())
    return found, [line for line in said.err.splitlines() if "warn" in line.lower()]


def _sources(text: str) -> Iterator[tuple[str, str]]:
    """Each part of what helm printed with the template that it comes from."""
    parts = _SOURCE.split(text)
    yield from zip(parts[1::2], parts[2::2], strict=True)


def _left_out(chart: Chart, written: Sequence[Template], warnings: Sequence[str]) -> Iterator[NotCarried]:
    notes = chart.file("chart/templates/NOTES.txt")
    if Path(notes.file).name == "NOTES.txt" and Path(notes.file).is_file():
        yield NotCarried(str(notes), "NOTES.txt", "Helm prints it after an install; `status` shows what runs")
    for where in (place for template in written for place in template.lookups()):
        yield NotCarried(where, "lookup", "a chart is rendered without a cluster: it finds nothing")
    for warning in warnings:
        yield NotCarried(str(chart.place()), f"a value, as helm says of {chart.name}", warning)


def _notes(manifests: Sequence[Manifest], changes: Settled) -> Iterator[Note]:
    for value in changes.values:
        name = value.secret.item["metadata"]["name"]
        text = f"{value.key} of Secret {name} is made once and kept (Helm: at each rendering)"
        yield Note(str(value.secret.place()), text)
    for manifest in manifests:
        kind, name = group_kind(manifest.item)[1], manifest.item["metadata"]["name"]
        if kind == "CustomResourceDefinition":
            text = f"CustomResourceDefinition {name} is updated and deleted with the release (Helm: neither)"
            yield Note(str(manifest.place()), text)
        elif mapping(manifest.item["metadata"].get("annotations")).get(_POLICY) == "keep":
            yield Note(str(manifest.place()), f"{kind} {name} is deleted with the release (Helm: kept)")


def _require_files(chart: Chart, settings: ChartSettings, environment: EnvironmentConfig) -> None:
    for file in settings.value_files:
        if not file.is_file():
            what = f"cloudnative:charts.{chart.name}.value_files names {file}"
            place = Location(f"stacks/Pulumi.{environment.name}.yaml")
            raise _error(what, "there is no such file", place, fix=f"ls {file.parent}")


def _error(what: str, why: str, place: Location, *, fix: str = "") -> ConfigError:
    fix = fix or f"${{EDITOR:-vi}} {place.file}"
    return ConfigError(code="helm.chart", what=what, why=why, fix=fix, location=place, docs=DOCS)
