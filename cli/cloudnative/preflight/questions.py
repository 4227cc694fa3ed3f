"""The questions that preflight asks ARM, all of them at once, and what came back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudnative.absent import NOTHING

if TYPE_CHECKING:
    import httpx

    from cloudnative.arm import Arm
    from cloudnative.preflight.needs import Needs

AT_ONCE = 16
ATTEMPTS = 3
LONGEST_PAUSE = 2.0
BUSY = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Answer:
    """ARM's answer to one question; `why` says in its words what it refused."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict[str, Any])
    why: str = ""

    @property
    def known(self) -> bool:
        """Whether it answers the question at all."""
        return 200 <= self.status < 300

    @property
    def values(self) -> list[Mapping[str, Any]]:
        """The list that it is, [] where it is none."""
        return list(self.body.get("value") or self.body.get("values") or ())


@dataclass(frozen=True)
class Question:
    """One call."""

    path: str
    api_version: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    payload: Mapping[str, Any] | None = None


Key = tuple[str, str]
SUBSCRIPTION: Key = ("subscription", "")
REGISTRY_NAME: Key = ("registry name", "")
REGISTRY: Key = ("registry", "")


def provider(namespace: str) -> Key:
    """Whether a resource provider is registered, and where it offers what."""
    return ("provider", namespace)


def feature(name: str) -> Key:
    """Whether a feature of the subscription is on."""
    return ("feature", name)


def permissions(scope: str) -> Key:
    """What the caller may do at a scope."""
    return ("permissions at", scope)


def versions(region: str) -> Key:
    """Kubernetes versions of a region."""
    return ("Kubernetes versions of", region)


def sizes(region: str) -> Key:
    """VM sizes of a region, with their zones and restrictions."""
    return ("VM sizes of", region)


def usages(region: str) -> Key:
    """vCPUs of a region: limits and use."""
    return ("vCPU quota of", region)


def questions_of(needs: Needs) -> dict[Key, Question]:
    """What has to be known for these needs: little where little is to be made."""
    scope = f"/subscriptions/{needs.subscription}"
    asked = {SUBSCRIPTION: Question(scope, "2022-12-01")} if needs.subscription is not None else {}
    for right in needs.rights:
        asked[permissions(right.scope)] = permissions_at(right.scope)
    for namespace in needs.providers:
        asked[provider(namespace)] = Question(f"{scope}/providers/{namespace}", "2021-04-01")
    for name in needs.features:
        namespace, _, last = name.partition("/")
        path = f"{scope}/providers/Microsoft.Features/providers/{namespace}/features/{last}"
        asked[feature(name)] = Question(path, "2021-07-01")
    for region in {need.region for need in needs.clusters}:
        asked |= _of_region(scope, region)
    if needs.registry:
        name = {"name": needs.registry, "type": "Microsoft.ContainerRegistry/registries"}
        path = f"{scope}/providers/Microsoft.ContainerRegistry/checkNameAvailability"
        asked[REGISTRY_NAME] = Question(path, "2023-07-01", payload=name)
        asked[REGISTRY] = Question(needs.registry_id, "2023-07-01")
    return asked


def permissions_at(scope: str) -> Question:
    """What the caller may do at a scope."""
    return Question(f"{scope}/providers/Microsoft.Authorization/permissions", "2022-04-01")


def _of_region(scope: str, region: str) -> dict[Key, Question]:
    aks, compute = f"{scope}/providers/Microsoft.ContainerService", f"{scope}/providers/Microsoft.Compute"
    return {
        versions(region): Question(f"{aks}/locations/{region}/kubernetesVersions", "2025-09-01"),
        sizes(region): Question(f"{compute}/skus", "2021-07-01", {"$filter": f"location eq '{region}'"}),
        usages(region): Question(f"{compute}/locations/{region}/usages", "2024-07-01"),
    }


def ask(arm: Arm, questions: Mapping[Key, Question]) -> dict[Key, Answer]:
    """Every answer; a question that finds no answer has one that is not `known`."""
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="preflight") as threads:
        running = {key: threads.submit(_answer, arm, question) for key, question in questions.items()}
        return {key: future.result() for key, future in running.items()}


def _answer(arm: Arm, question: Question) -> Answer:
    """One answer with all its pages."""
    first = _page(lambda: arm.ask(question.path, question.api_version, question.query, question.payload))
    following, values = str(first.body.get("nextLink") or ""), first.values
    while first.known and following:
        page = _page(lambda link=following: arm.ask(link, "", {}, None))
        if not page.known:
            return page
        values += page.values
        following = str(page.body.get("nextLink") or "")
    return Answer(first.status, {**first.body, "value": values}, first.why) if values else first


def _page(call: Callable[[], httpx.Response]) -> Answer:
    import httpx

    answer = Answer(0)
    for attempt in range(ATTEMPTS):
        try:
            response = call()
        except httpx.HTTPError as error:
            return Answer(0, why=f"no answer: {error or type(error).__name__}")
        answer = _read(response)
        if response.status_code not in BUSY:
            return answer
        if attempt + 1 < ATTEMPTS:
            time.sleep(_pause(response))
    return answer


def _read(response: httpx.Response) -> Answer:
    body = _object(response)
    error = _inner(body, "error")
    why = ": ".join(str(error[key]) for key in ("code", "message") if error.get(key))
    refused = "" if response.is_success else why or f"status {response.status_code}"
    return Answer(response.status_code, body, refused)


def _object(response: httpx.Response) -> dict[str, Any]:
    """The document of an answer, {} where it is none."""
    try:
        body: Any = response.json() if response.content else {}
    except ValueError:
        return {}
    return {**body} if isinstance(body, dict) else {}


def _inner(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value: Any = body.get(key)
    return {**value} if isinstance(value, dict) else NOTHING


def _pause(response: httpx.Response) -> float:
    try:
        wanted = float(response.headers.get("Retry-After", "0.3"))
    except ValueError:
        return LONGEST_PAUSE
    return min(max(wanted, 0.1), LONGEST_PAUSE)
