"""How each of the ten steps is judged from the evidence; nobody is asked here."""

from __future__ import annotations

from cloudnative.absent import NOTHING
from cloudnative.observe.trail import facts
from cloudnative.observe.trail.evidence import Evidence, RegionNow, ledger_of
from cloudnative.observe.trail.finding import OFF, Finding, judged

_ENFORCE = "pod-security.kubernetes.io/enforce"
_MANAGED_BY = "app.kubernetes.io/managed-by"
# what a Service with one of these ports nearly always is
_BROKERS = {
    4222: "NATS", 9092: "Kafka", 5672: "AMQP", 6379: "Redis", 1883: "MQTT", 6650: "Pulsar",
}  # fmt: skip
_SCRAPE = "prometheus.io/scrape"


def containers(e: Evidence) -> Finding:
    """1. Every workload runs the images that were built and released, by digest."""
    if not e.images:
        return Finding(OFF, "no image was released", f"cloudnative up {e.environment}")
    digests = set(e.images.values())
    problems = [_silent(r) for r in e.regions if r.problem]
    for region in e.regions:
        problems += _stuck(region)
        for workload, live in region.live.items():
            other = [i for i in facts.images(live) if "@" in i and i.rpartition("@")[2] not in digests]
            if other and workload.name in e.images:
                problems.append(f"{region.name}: {workload.name} runs {other[0]}, which was not released")
    good = f"{len(e.images)} images run by the digests that were released"
    return _judged(e, problems, good, [f"{name}@{d[:19]}" for name, d in sorted(e.images.items())])


def pipeline(e: Evidence) -> Finding:
    """2. Workflows that deploy this environment."""
    found = e.pipeline
    if not (found.known or found.workflows or found.problem):
        return Finding(
            OFF, "no workflow of this repository deploys the environment", "cloudnative pipeline init"
        )
    problems = [found.problem] if found.problem else []
    deploy = "deploys" if len(found.workflows) == 1 else "deploy"
    if found.known and not found.workflows:
        problems.append("settings.json names the environment, but no workflow deploys it")
    return judged(
        problems,
        good=f"{', '.join(found.workflows)} {deploy} {e.environment}",
        uses=["GitHub Actions", *found.workflows],
        show="cloudnative pipeline check",
        mend="cloudnative pipeline init",
    )


def orchestration(e: Evidence) -> Finding:
    """3. Clusters answer, and every workload has the pods it wants."""
    if not e.regions:
        return Finding(OFF, "no cluster", f"cloudnative up {e.environment}")
    problems = [_silent(r) for r in e.regions if r.problem]
    good = 0
    for region in e.regions:
        for workload in [] if region.problem else region.wanted:
            live = region.live.get(workload)
            ready, wanted = facts.ready_of(live) if live else (0, 0)
            if live is None or ready < wanted:
                said = f"{ready} of {wanted} pods are ready" if live else "is not there"
                problems.append(f"{region.name}: {workload.name} {said}")
            good += live is not None and ready >= wanted
    versions = {facts.version(node) for region in e.regions for node in region.nodes}
    uses = [*map(facts.kubernetes, sorted(versions)), *(r.cluster for r in e.regions)]
    return _judged(e, problems, f"{good} workloads ready in {len(e.regions)} regions", uses)


def observability(e: Evidence) -> Finding:
    """4. Prometheus scrapes every pod that asks for it."""
    asking = {r.name: [p for p in r.pods if _asks(p)] for r in e.regions}
    if not any(asking.values()) and not any(r.problem for r in e.regions):
        fix = f"cloudnative up {e.environment}  # with `metrics: {{}}` in x-cloudnative of services"
        return Finding(OFF, "no service says where its metrics are", fix)
    if off := [r.metrics_off for r in e.regions if r.metrics_off]:
        return Finding(OFF, "the environment has no Azure Monitor workspace", off[0])
    problems: list[str] = []
    for region in e.regions:
        if region.problem or region.metrics_problem:
            problems.append(f"{region.name}: {region.problem or region.metrics_problem}")
            continue
        scraped = region.scraped or {}
        down = [name for p in asking[region.name] if not scraped.get(name := facts.name_of(p))]
        problems += [f"{region.name}: {name} is not scraped" for name in down]
    total = sum(map(len, asking.values()))
    return judged(
        problems,
        good=f"Prometheus scrapes {total} of {total} pods that ask for it",
        uses=["Prometheus" if e.cloud == "emulator" else "Azure Monitor managed Prometheus", "logs"],
        show=f"cloudnative metrics {e.environment}",
        mend=f"cloudnative metrics {e.environment} --query up",
    )


def discovery(e: Evidence) -> Finding:
    """5. Every Service leads to pods that are ready."""
    found = [(r, s) for r in e.regions for s in r.services if (s.get("spec") or NOTHING).get("selector")]
    if not found and not any(r.problem for r in e.regions):
        return Finding(OFF, "no Service", f"cloudnative up {e.environment}")
    problems = [_silent(r) for r in e.regions if r.problem]
    problems += [
        f"{r.name}: nothing ready behind Service {facts.name_of(s)}"
        for r, s in found
        if not facts.endpoints(s, r.slices)
    ]
    return _judged(e, problems, f"{len(found)} Services have ready endpoints", ["CoreDNS", "kube-proxy"])


def security(e: Evidence) -> Finding:
    """6. Namespaces enforce a Pod Security level."""
    found = [(r, n) for r in e.regions for n in r.namespaces]
    levels = sorted({level for _, n in found if (level := facts.labels(n).get(_ENFORCE))} - {"privileged"})
    ours = [n for _, n in found if facts.labels(n).get(_MANAGED_BY) == "cloudnative"]
    if not (levels or ours or any(r.problem for r in e.regions)):
        return Finding(OFF, "no namespace enforces Pod Security", f"cloudnative up {e.environment}")
    problems = [_silent(r) for r in e.regions if r.problem]
    problems += [
        f"{r.name}: namespace {facts.name_of(n)} enforces no Pod Security"
        for r, n in found
        if facts.labels(n).get(_ENFORCE, "privileged") == "privileged"
    ]
    uses = [f"Pod Security {level}" for level in levels]
    return _judged(e, problems, f"{len(found)} namespaces enforce {', '.join(levels)}", uses)


def storage(e: Evidence) -> Finding:
    """7. Stateful services run on volumes that are bound."""
    found = [(r, w) for r in e.regions for w in r.wanted if w.kind == "apps/v1/StatefulSet"]
    claims = [(r, c) for r in e.regions for c in r.claims]
    if not found and not claims:
        fix = f"cloudnative up {e.environment}  # with a named volume at a service that keeps data"
        return Finding(OFF, "no service keeps data on a volume", fix)
    problems = [_silent(r) for r, _ in found if r.problem]
    problems += [
        f"{r.name}: claim {facts.name_of(c)} is {phase}"
        for r, c in claims
        if (phase := (c.get("status") or NOTHING).get("phase")) != "Bound"
    ]
    for region, workload in found:
        live = region.live.get(workload)
        ready, wanted = facts.ready_of(live) if live else (0, 1)
        if not region.problem and ready < wanted:
            problems.append(f"{region.name}: {workload.name} {ready} of {wanted} pods are ready")
        if not region.problem and not any(facts.belongs(c, workload) for c in region.claims):
            problems.append(f"{region.name}: {workload.name} has no claim")
    uses = sorted({w.name for _, w in found})
    return _judged(e, problems, f"{len(found)} stateful services, {len(claims)} claims Bound", uses)


def messaging(e: Evidence) -> Finding:
    """8. The broker answers behind its Service."""
    found = [
        (r, s, _BROKERS[p]) for r in e.regions for s in r.services for p in facts.ports(s) if p in _BROKERS
    ]
    if not found:
        silent = [_silent(r) for r in e.regions if r.problem]
        if silent:
            return _judged(e, silent, "", [])
        ports = ", ".join(f"{name} {port}" for port, name in _BROKERS.items())
        fix = f"cloudnative up {e.environment}  # with a broker among the services"
        return Finding(OFF, f"no Service with the port of a broker ({ports})", fix)
    problems = [_silent(r) for r in e.regions if r.problem]
    problems += [
        f"{r.name}: nothing ready behind {facts.name_of(s)} ({kind})"
        for r, s, kind in found
        if not facts.endpoints(s, r.slices)
    ]
    uses = sorted({f"{kind} ({facts.name_of(s)})" for _, s, kind in found})
    return _judged(e, problems, f"{len(found)} brokers have ready endpoints", uses)


def registry(e: Evidence) -> Finding:
    """9. The registry is there, nodes are Ready and pull from it."""
    if e.registry is None and not e.registry_problem and not e.regions:
        return Finding(OFF, "no registry", f"cloudnative up {e.environment}")
    problems = [e.registry_problem] if e.registry_problem else []
    if e.registry is None and not e.registry_problem:
        problems.append("ARM does not know the registry any more")
    for region in e.regions:
        if region.problem:
            problems.append(_silent(region))
        problems += [
            f"{region.name}: node {facts.name_of(n)} is not Ready"
            for n in region.nodes
            if not facts.node_ready(n)
        ]
        problems += _stuck(region)
    runtimes = sorted({facts.runtime(node) for region in e.regions for node in region.nodes})
    uses = [f"ACR {e.registry['name']}" if e.registry else "ACR", *runtimes]
    nodes = sum(len(region.nodes) for region in e.regions)
    return _judged(e, problems, f"registry there, {nodes} nodes Ready, nothing waits for an image", uses)


def distribution(e: Evidence) -> Finding:
    """10. Every region says that it runs the very bundle that was released."""
    if not any(r.bundles or r.problem for r in e.regions):
        return Finding(OFF, "no bundle was released", f"cloudnative up {e.environment}")
    problems = [_silent(r) for r in e.regions if r.problem]
    for region in e.regions:
        for application, wanted in region.bundles.items():
            found = next((o for o in region.ledgers if facts.name_of(o) == f"release-{application}"), None)
            now = ledger_of(found) if found else NOTHING
            if now.get("state") != "succeeded" or now.get("bundle") != wanted:
                said = f"{now.get('state', 'nothing')} {_digest(str(now.get('bundle', '')))}".strip()
                problems.append(f"{region.name}: {application}: {said} runs, {_digest(wanted)} was released")
    return judged(
        problems,
        good="every region runs the bundle that was released, by its digest; nothing is signed",
        uses=["bundles in the registry, by digest", "ledger in each cluster"],
        show=f"cloudnative history {e.environment}",
        mend=f"cloudnative up {e.environment}",
    )


def _digest(ref: str) -> str:
    return ref.rpartition("@")[2][:19]


def _judged(e: Evidence, problems: list[str], good: str, uses: list[str]) -> Finding:
    show, mend = f"cloudnative status {e.environment}", f"cloudnative up {e.environment}"
    return judged(problems, good=good, uses=uses, show=show, mend=mend)


def _stuck(region: RegionNow) -> list[str]:
    stuck = ((p, facts.waiting_reasons(p) & facts.PULL_FAILURES) for p in region.pods)
    return [f"{region.name}: {facts.name_of(p)} waits: {', '.join(sorted(why))}" for p, why in stuck if why]


def _silent(region: RegionNow) -> str:
    return f"{region.name}: {region.problem}"


def _asks(pod: facts.Object) -> bool:
    annotations = pod["metadata"].get("annotations") or NOTHING
    running = (pod.get("status") or NOTHING).get("phase") == "Running"
    wants = annotations.get(_SCRAPE) == "true" and not pod["metadata"].get("deletionTimestamp")
    return running and wants
