"""A compose health check as Kubernetes probes.

Readiness follows the health check as it stands. Startup asks every second or two until the first success, so
that a release does not wait for a long interval. Liveness restarts, which
compose never does, hence it is patient.
"""

import math

from .durations import seconds
from .extensions import HttpProbe
from .model import Json
from .ports import main_port
from .service import Service

_PATIENCE = 120  # seconds of failing before a restart


def probes(service: Service) -> Json:
    """`readinessProbe`, `livenessProbe` and `startupProbe`, where there is something to ask."""
    check = service.get("healthcheck", {})
    own = service.extension.probes
    readiness = _handler(service, own.readiness, check)
    if not readiness and not own.liveness:
        return {}
    liveness = _handler(service, own.liveness, check) or readiness
    startup = _handler(service, own.startup or own.liveness or own.readiness, check)
    interval, timeout, retries = _timing(check)
    period = min(interval, seconds(check.get("start_interval", "2s")) or 1)
    budget = seconds(check.get("start_period", "0s")) + interval * retries
    found = {
        "livenessProbe": {
            **liveness,
            "failureThreshold": max(2 * retries, math.ceil(_PATIENCE / interval)),
            "periodSeconds": interval,
            "timeoutSeconds": timeout,
        },
        "startupProbe": {
            **startup,
            "failureThreshold": max(1, math.ceil(budget / period)),
            "periodSeconds": period,
            "timeoutSeconds": timeout,
        },
    }
    if readiness:
        found["readinessProbe"] = {
            **readiness,
            "failureThreshold": retries,
            "periodSeconds": interval,
            "timeoutSeconds": timeout,
        }
    return found


def _timing(check: Json) -> tuple[int, int, int]:
    # Compose's defaults are 30 s, 30 s and 3; ours are shorter where the file says nothing.
    interval = max(1, seconds(check.get("interval") or "10s"))
    timeout = max(1, seconds(check.get("timeout") or "5s"))
    return interval, timeout, max(1, int(check.get("retries") or 3))


def _handler(service: Service, http: HttpProbe | None, check: Json) -> Json:
    if http:
        return {"httpGet": {"path": http.path, "port": http.port or _port(service)}}
    test: list[str] = check.get("test") or []
    if check.get("disable") or not test or test[0] == "NONE":
        return {}
    command = ["/bin/sh", "-c", *test[1:]] if test[0] == "CMD-SHELL" else test[1:]
    return {"exec": {"command": command}}


def _port(service: Service) -> int:
    port = main_port(service)
    if port is None:
        why = "the probe names no port, and the service has neither `ports` nor `expose`"
        fix = "write `x-cloudnative: {port: 8080}`"
        raise service.error("application.probe-port", "x-cloudnative", "probes", why=why, fix=fix)
    return port
