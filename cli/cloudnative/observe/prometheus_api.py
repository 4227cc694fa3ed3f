"""Where metrics are asked for: Azure Monitor workspaces, or the emulator's Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudnative.absent import NOTHING
from cloudnative.emulator_link import running_endpoint
from cloudnative.report import of_type
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode

if TYPE_CHECKING:
    from cloudnative.look import View

AUDIENCE = "https://prometheus.monitor.azure.com"
WORKSPACE = "azure-native:monitor:AzureMonitorWorkspace"
Series = list[Mapping[str, Any]]


def endpoint_of(view: View, region: Mapping[str, Any]) -> str:
    """The query endpoint of a region's workspace; on the emulator there is one without a workspace too."""
    for resource in of_type(view.deployment, WORKSPACE):
        outputs = resource.get("outputs") or NOTHING
        address = (outputs.get("metrics") or NOTHING).get("prometheusQueryEndpoint")
        if outputs.get("location") == region["name"] and address:
            return str(address)
    if view.cloud == "emulator":
        return str(running_endpoint()["prometheus"])
    raise ConfigError(
        code="metrics.off",
        what=f"no metrics of {view.environment} in {region['name']}",
        why="the environment has no Azure Monitor workspace there",
        fix=f"echo '  cloudnative:managed_prometheus: true' >> stacks/Pulumi.{view.environment}.yaml"
        f" && cloudnative up {view.environment}",
    )


class PrometheusApi:
    """Prometheus' query API behind a token; safe to use from many threads."""

    def __init__(self, view: View) -> None:
        import ssl

        import httpx

        self._environment = view.environment
        endpoint = running_endpoint() if view.cloud == "emulator" else None
        trust = ssl.create_default_context(cafile=str(endpoint["ca"])) if endpoint else True
        token = view.arm().token(f"{AUDIENCE}/.default")
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(verify=trust, trust_env=endpoint is None, timeout=40, headers=headers)

    def query(self, endpoint: str, promql: str) -> Series:
        """What an instant query finds now."""
        import httpx

        try:
            answer = self._http.post(f"{endpoint}/api/v1/query", data={"query": promql})
        except httpx.HTTPError as error:
            raise CloudnativeError(
                code="metrics.unreachable",
                what=f"no answer from {endpoint}",
                why=str(error) or type(error).__name__,
                fix="cloudnative emulator status",
            ) from error
        if not answer.is_success:
            raise self._refusal(answer, promql)
        data = answer.json()["data"]
        return data["result"] if data["resultType"] in ("vector", "matrix") else [{"value": data["result"]}]

    def _refusal(self, answer: Any, promql: str) -> CloudnativeError:
        told: dict[str, Any] = answer.json() if answer.text.startswith("{") else {}
        why = str(told.get("error") or answer.text[:300])
        if answer.status_code in (400, 422):
            return ConfigError(
                code="metrics.query", what=promql, why=why, fix=f"cloudnative metrics {self._environment}"
            )
        return CloudnativeError(
            code="metrics.refused",
            what=f"metrics of {self._environment} were refused with {answer.status_code}",
            why=f"{why} (reading takes the role Monitoring Data Reader on the workspace)"
            if answer.status_code == 403
            else why,
            fix=f"cloudnative up {self._environment}" if answer.status_code == 403 else "cloudnative doctor",
            exit_code=ExitCode.SIGN_IN if answer.status_code in (401, 403) else ExitCode.FAILED,
        )
