"""Findings about who is signed in: the subscription, its resource providers, the rights at a scope."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cloudnative.absent import NONE, NOTHING
from cloudnative.preflight import questions
from cloudnative.preflight.needs import AUTHORIZATION, Needs, Right
from cloudnative.preflight.questions import Answer, Key
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

USABLE = {"Enabled", "Warned", "PastDue"}  # Azure takes writes in these states
GRANTS = f"{AUTHORIZATION}/roleAssignments/write"
DISABLED_PAGE = "https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-disabled"


def subscription(needs: Needs, answers: Mapping[Key, Answer]) -> Iterator[CloudnativeError]:
    """Is it there for whoever is signed in, and does it take writes?"""
    if needs.subscription is None:
        return
    answer = answers[questions.SUBSCRIPTION]
    if answer.status == 401:
        yield signed_out(answer.why)
    elif answer.status in (400, 403, 404):
        yield CloudnativeError(
            code="preflight.subscription",
            what=f"subscription {needs.subscription or '(none is named)'} is not there for you",
            why=f"{answer.why}; it is in another tenant, or nobody gave you a role in it",
            fix="az account list --output table",
            exit_code=ExitCode.RESOURCE,
        )
    elif answer.known and (state := str(answer.body.get("state"))) not in USABLE:
        yield CloudnativeError(
            code="preflight.subscription",
            what=f"subscription {answer.body.get('displayName')} ({needs.subscription}) takes no changes",
            why=f"its state is {state}",
            fix="az account list --query \"[?state=='Enabled']\" --output table",
            docs=DISABLED_PAGE,
            exit_code=ExitCode.RESOURCE,
        )


def signed_out(why: str) -> CloudnativeError:
    """Nobody is signed in, or no longer."""
    return CloudnativeError(
        code="azure.sign-in",
        what="not signed in to Azure",
        why=why,
        fix="az login",
        exit_code=ExitCode.SIGN_IN,
    )


def providers(needs: Needs, answers: Mapping[Key, Answer]) -> Iterator[CloudnativeError]:
    """Are the resource providers registered with the subscription?"""
    states = {name: _state(answers[questions.provider(name)]) for name in needs.providers}
    missing = {name: state for name, state in states.items() if state not in ("", "Registered")}
    if not missing:
        return
    yield CloudnativeError(
        code="preflight.providers",
        what=f"the subscription is not registered with {', '.join(missing)}",
        why="Azure makes nothing of theirs until it is: "
        + ", ".join(f"{name} is {state}" for name, state in missing.items()),
        fix=" && ".join(f"az provider register --namespace {name} --wait" for name in missing),
        exit_code=ExitCode.RESOURCE,
    )


def _state(answer: Answer) -> str:
    return str(answer.body.get("registrationState", "")) if answer.known else ""


def features(needs: Needs, answers: Mapping[Key, Answer]) -> Iterator[CloudnativeError]:
    """Are the features on that settings ask for?"""
    for name in needs.features:
        answer = answers[questions.feature(name)]
        state = str((answer.body.get("properties") or NOTHING).get("state"))
        namespace, _, last = name.partition("/")
        if answer.known and state != "Registered":
            yield CloudnativeError(
                code="preflight.feature",
                what=f"the subscription does not have the feature {name}",
                why=f"`host_encryption` needs it, and it is {state}",
                fix=f"az feature register --namespace {namespace} --name {last} "
                f"&& az provider register --namespace {namespace}",
                exit_code=ExitCode.RESOURCE,
            )


def regions(needs: Needs, answers: Mapping[Key, Answer]) -> Iterator[CloudnativeError]:
    """Does AKS offer clusters in these regions to this subscription?"""
    namespace = "Microsoft.ContainerService"
    if not needs.clusters or namespace not in needs.providers:
        return
    offers = answers[questions.provider(namespace)].body
    offered = {
        str(place).replace(" ", "").lower()
        for kind in offers.get("resourceTypes") or NONE
        if str(kind.get("resourceType", "")).lower() == "managedclusters"
        for place in kind.get("locations") or NONE
    }
    refused = [need.region for need in needs.clusters if offered and need.region not in offered]
    for region in refused:
        yield CloudnativeError(
            code="preflight.region",
            what=f"AKS is not offered in {region}",
            why="Azure does not name it among the locations of managed clusters for this subscription",
            fix=f"az provider show --namespace {namespace} --output tsv "
            "--query \"resourceTypes[?resourceType=='managedClusters'].locations[]\"",
            exit_code=ExitCode.RESOURCE,
        )


def missing_actions(right: Right, answers: Mapping[Key, Answer]) -> list[str]:
    """Those of its actions that the caller may not do at the scope; [] also where Azure does not say."""
    answer = answers[questions.permissions(right.scope)]
    return [one for one in right.actions if not allows(answer.values, one)] if answer.known else []


def allows(granted: Iterable[Mapping[str, Any]], action: str) -> bool:
    """Whether one of the roles grants the action: each takes away only from itself (`notActions`)."""
    return any(
        _among(role.get("actions"), action) and not _among(role.get("notActions"), action) for role in granted
    )


def _among(patterns: Iterable[str] | None, action: str) -> bool:
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), action, re.IGNORECASE)
        for pattern in patterns or ()
    )


def rights(
    missing: Mapping[str, Iterable[str]], principal: str, principal_type: str
) -> Iterator[CloudnativeError]:
    """One finding for what a Contributor may do, one for giving roles, which only an owner may."""
    for scope, actions in missing.items():
        if plain := [action for action in actions if action != GRANTS]:
            yield CloudnativeError(
                code="preflight.rights",
                what=f"you may not do all that this run does in {scope}",
                why=f"missing: {', '.join(plain)}",
                fix=_grant(_role_for(plain), scope, principal, principal_type),
                exit_code=ExitCode.RESOURCE,
            )
        if GRANTS in actions:
            yield CloudnativeError(
                code="preflight.role-assignments",
                what=f"you may not give roles in {scope}",
                why=f"missing: {GRANTS}; nodes get the right to pull images, you the right to release. "
                "An owner runs the fix",
                fix=_grant("Role Based Access Control Administrator", scope, principal, principal_type),
                exit_code=ExitCode.RESOURCE,
            )


def _role_for(actions: Iterable[str]) -> str:
    """The least of Azure's own roles that has them."""
    known = {
        "Microsoft.ContainerRegistry/registries/push/write": "AcrPush",
        "Microsoft.ContainerRegistry/registries/pull/read": "AcrPull",
        "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action": (
            "Azure Kubernetes Service Cluster User Role"
        ),
    }
    roles = {known.get(action, "Contributor") for action in actions}
    return roles.pop() if len(roles) == 1 else "Contributor"


def _grant(role: str, scope: str, principal: str, principal_type: str) -> str:
    return (
        f"az role assignment create --assignee-object-id {principal} "
        f'--assignee-principal-type {principal_type} --role "{role}" --scope {scope}'
    )
