"""What a GitHub repository may do in Azure: whom Entra trusts, and with which rights (CI-01 to CI-04)."""

from typing import Any

import jwt
import pytest
from tests.unit.components.harness import SUBSCRIPTION, Recorder, record, run

from cloudnative_components.azure import roles
from cloudnative_components.trust.github_subjects import PULL_REQUEST, Repository, branch, environment, tag
from cloudnative_components.trust.github_trust import GitHubTrust, only_roles

CREDENTIAL = "azure-native:managedidentity:FederatedIdentityCredential"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
ROLE = "azure-native:authorization:RoleAssignment"
SUBSCRIBED = f"/subscriptions/{SUBSCRIPTION}"


@pytest.mark.parametrize(
    ("trigger", "old", "immutable"),
    [
        (branch("main"), "repo:acme/shop:ref:refs/heads/main", "repo:acme@12/shop@34:ref:refs/heads/main"),
        (tag("v1"), "repo:acme/shop:ref:refs/tags/v1", "repo:acme@12/shop@34:ref:refs/tags/v1"),
        (environment("prod"), "repo:acme/shop:environment:prod", "repo:acme@12/shop@34:environment:prod"),
        (PULL_REQUEST, "repo:acme/shop:pull_request", "repo:acme@12/shop@34:pull_request"),
    ],
)
def test_subjects_have_githubs_two_forms(trigger: str, old: str, immutable: str):
    """CI-03: all eight strings."""
    assert Repository.of("acme/shop", 12, 34).subjects([trigger]) == [old, immutable]


def test_without_ids_only_the_old_form_is_known():
    assert Repository.of("acme/shop").subjects([PULL_REQUEST]) == ["repo:acme/shop:pull_request"]


def test_a_colon_in_a_value_is_escaped():
    assert environment("a:b") == "environment:a%3Ab"


def answers(args: Any) -> dict[str, Any]:
    if args.typ == IDENTITY:
        return {"principalId": f"principal-of-{args.name}", "clientId": f"client-of-{args.name}"}
    return {}


@pytest.fixture(scope="module")
def trust() -> Recorder:
    recorder = record(answers)
    recorder.client["token"] = jwt.encode({"oid": "o"}, "k" * 32)

    def program() -> None:
        made = GitHubTrust(
            "prod",
            {
                "cloud": "azure",
                "project": "shop",
                "environment": "prod",
                "repository": "acme/shop",
                "owner_id": 12,
                "repository_id": 34,
                "location": "koreacentral",
                "read_scopes": ["/subscriptions/of-staging"],
                "state_scope": "rg-shop-state",
            },
        )
        made.summary.apply(recorder.summaries.append)

    run(program)
    return recorder


def subjects(recorder: Recorder, identity: str) -> list[str]:
    return [each["subject"] for each in recorder.of(CREDENTIAL) if each["resourceName"] == f"prod-{identity}"]


def rights(recorder: Recorder, identity: str) -> dict[str, list[str]]:
    """Scope -> short role ids, of one identity."""
    found: dict[str, list[str]] = {}
    for each in recorder.of(ROLE):
        if each["principalId"] == f"principal-of-prod-{identity}":
            found.setdefault(each["scope"], []).append(each["roleDefinitionId"].rpartition("/")[2][:8])
    return {scope: sorted(granted) for scope, granted in found.items()}


def test_deployments_are_trusted_from_the_github_environment_alone(trust: Recorder):
    assert subjects(trust, "deploy") == [
        "repo:acme/shop:environment:prod",
        "repo:acme@12/shop@34:environment:prod",
    ]


def test_previews_are_trusted_from_pull_requests_and_the_main_branch(trust: Recorder):
    assert subjects(trust, "preview") == [
        "repo:acme/shop:pull_request",
        "repo:acme@12/shop@34:pull_request",
        "repo:acme/shop:ref:refs/heads/main",
        "repo:acme@12/shop@34:ref:refs/heads/main",
    ]


def test_every_credential_has_githubs_issuer_one_audience_and_a_name_of_its_own(trust: Recorder):
    made = trust.of(CREDENTIAL)

    assert {each["issuer"] for each in made} == {"https://token.actions.githubusercontent.com"}
    assert all(each["audiences"] == ["api://AzureADTokenExchange"] for each in made)
    names = [(each["resourceName"], each["federatedIdentityCredentialResourceName"]) for each in made]
    assert len(set(names)) == len(made) == 6


def test_credentials_of_an_identity_are_made_one_after_the_other(trust: Recorder):
    """CI-02: Azure refuses two at the same moment."""
    second = trust.requests["prod-preview-1"]

    assert any(urn.endswith("::prod-preview-0") for urn in second.dependencies)


def test_a_preview_changes_nothing(trust: Recorder):
    """CI-04: Reader, AcrPull, cluster user, RBAC reader; of the state it reads blobs and opens secrets."""
    assert rights(trust, "preview") == {
        SUBSCRIBED: ["4abbcc35", "7f6c6a51", "7f951dda", "acdd72a7"],
        f"{SUBSCRIBED}/resourceGroups/rg-shop-state": ["12338af0", "2a2b9908"],
    }


def test_a_deployment_contributes_reads_where_it_promotes_from_and_writes_state(trust: Recorder):
    assert rights(trust, "deploy") == {
        SUBSCRIBED: ["b24988ac", "f58310d9"],
        "/subscriptions/of-staging": ["7f951dda", "acdd72a7"],
        f"{SUBSCRIBED}/resourceGroups/rg-shop-state": ["12338af0", "ba92f5b4"],
    }


def test_a_deployment_assigns_only_roles_that_components_need(trust: Recorder):
    (assigns,) = [each for each in trust.of(ROLE) if each.get("condition")]

    assert assigns["roleDefinitionId"].endswith("/f58310d9-a9f6-439a-9e8d-f62e7b41a168")
    assert assigns["conditionVersion"] == "2.0"
    assert assigns["condition"] == only_roles(roles.ASSIGNED)
    assert "8e3af657-a8ff-443c-a75c-2fe8c4bcb635" not in assigns["condition"]  # Owner


def test_whatever_role_a_component_names_a_pipeline_may_assign():
    named = {value for name, value in vars(roles).items() if name.isupper() and isinstance(value, str)}

    assert named == set(roles.ASSIGNED)


def test_the_summary_has_what_githubs_variables_need(trust: Recorder):
    (summary,) = trust.summaries

    assert summary["deploy"] == {
        "client_id": "client-of-prod-deploy",
        "principal_id": "principal-of-prod-deploy",
    }
    assert summary["subscription"] == SUBSCRIPTION
