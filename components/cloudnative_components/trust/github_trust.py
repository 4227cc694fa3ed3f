"""What a GitHub repository may do in Azure, without a secret: two identities an environment (CI-01)."""

from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_azure_native import authorization, managedidentity, resources

from ..azure import roles
from ..azure.azure_account import AzureAccount, connect
from ..azure.dated_aliases import undated
from ..azure.naming import GROUP, IDENTITY
from .github_subjects import PULL_REQUEST, Repository, branch, environment

ISSUER = "https://token.actions.githubusercontent.com"
AUDIENCE = "api://AzureADTokenExchange"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ROLE_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
AKS_RBAC_READER = "7f6c6a51-bcf8-42ba-9220-52d62157d7db"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
KEY_USER = "12338af0-0e69-4776-bea7-57ae8d297424"

READS = (READER, roles.ACR_PULL)
PREVIEWS = (*READS, roles.AKS_CLUSTER_USER, AKS_RBAC_READER)


class GitHubTrustArgs(TypedDict):
    """A repository, and the environment that its workflows deploy."""

    cloud: str
    """`azure` or `emulator`."""
    project: str
    """Project of the environment, part of every name."""
    environment: str
    """The environment."""
    github_environment: NotRequired[str]
    """Its name on GitHub, whose protection rules say who may deploy; the same when left out."""
    repository: str
    """`owner/name`, in the case that GitHub shows."""
    owner_id: NotRequired[int]
    """Id of the owner on GitHub; with `repository_id` the new form of subjects is trusted too."""
    repository_id: NotRequired[int]
    """Id of the repository on GitHub."""
    branch: NotRequired[str]
    """Branch whose scheduled jobs look for drift; `main` when left out."""
    location: str
    """Region of the identities. They may do their work in all."""
    read_scopes: NotRequired[list[str]]
    """ARM ids that deployments read besides their own subscription: where `promote` takes images from."""
    state_scope: NotRequired[str]
    """Group with the storage account and the vault of the state, by name or ARM id; none on the emulator."""
    tags: NotRequired[dict[str, str]]
    """Tags of group and identities."""


class GitHubTrust(pulumi.ComponentResource):
    """One identity that deploys, for jobs in the GitHub environment; one that only reads, for previews."""

    summary: pulumi.Output[dict[str, Any]]
    """Tenant, subscription, and of each identity its client id, principal id and subjects."""

    def __init__(self, name: str, args: GitHubTrustArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cloudnative:index:GitHubTrust", name, {}, undated(opts))
        self._name, self._args = name, args
        self._account = connect(f"{name}-azure", args["cloud"], self)
        stem = f"{args['project']}-{args['environment']}"
        group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=GROUP.check(f"rg-{stem}-pipeline", "resource_group_name"),
            location=args["location"],
            tags=args.get("tags", {}),
            opts=self._own(),
        )
        of_branch = branch(args.get("branch", "main"))
        on_github = args.get("github_environment", args["environment"])
        deploy = self._identity(group, "deploy", [environment(on_github)])
        preview = self._identity(group, "preview", [PULL_REQUEST, of_branch])
        self._may_deploy(deploy)
        self._may_look(preview)
        self.summary = self._summary(self._account, deploy=deploy, preview=preview)
        self.register_outputs({"summary": self.summary})

    def _identity(
        self, group: resources.ResourceGroup, role: str, triggers: list[str]
    ) -> managedidentity.UserAssignedIdentity:
        args = self._args
        named = f"id-{args['project']}-{args['environment']}-{role}"
        identity = managedidentity.UserAssignedIdentity(
            f"{self._name}-{role}",
            resource_group_name=group.name,
            resource_name_=IDENTITY.check(named, "project"),
            location=args["location"],
            tags=args.get("tags", {}),
            opts=self._own(),
        )
        last: pulumi.Resource = identity
        for number, subject in enumerate(self._repository().subjects(triggers)):
            # One after the other: Azure refuses two at the same moment (CI-02).
            last = managedidentity.FederatedIdentityCredential(
                f"{self._name}-{role}-{number}",
                resource_group_name=group.name,
                resource_name_=identity.name,
                federated_identity_credential_resource_name=f"github-{number}",
                issuer=ISSUER,
                subject=subject,
                audiences=[AUDIENCE],
                opts=self._own(last),
            )
        return identity

    def _may_deploy(self, identity: managedidentity.UserAssignedIdentity) -> None:
        """Everything in the subscription but other people's rights: it assigns only what components need."""
        scope, args = f"/subscriptions/{self._account.subscription}", self._args
        self._grant("deploy-contributes", CONTRIBUTOR, scope, identity)
        self._grant(
            "deploy-assigns", ROLE_ADMINISTRATOR, scope, identity, condition=only_roles(roles.ASSIGNED)
        )
        for number, other in enumerate(args.get("read_scopes", [])):
            for role in READS:
                self._grant(f"deploy-reads-{number}-{role[:8]}", role, other, identity)
        if state := self._state_scope():
            self._grant("deploy-state", BLOB_CONTRIBUTOR, state, identity)
            self._grant("deploy-key", KEY_USER, state, identity)

    def _may_look(self, identity: managedidentity.UserAssignedIdentity) -> None:
        """Anybody who can open a pull request speaks for this one: it changes nothing."""
        scope = f"/subscriptions/{self._account.subscription}"
        for role in PREVIEWS:
            self._grant(f"preview-{role[:8]}", role, scope, identity)
        if state := self._state_scope():
            self._grant("preview-state", BLOB_READER, state, identity)
            self._grant("preview-key", KEY_USER, state, identity)

    def _state_scope(self) -> str:
        known = self._args.get("state_scope", "")
        within = f"/subscriptions/{self._account.subscription}/resourceGroups/"
        return known if known.startswith("/") or not known else within + known

    def _grant(
        self,
        what: str,
        role: str,
        scope: str,
        identity: managedidentity.UserAssignedIdentity,
        condition: str | None = None,
    ) -> authorization.RoleAssignment:
        return roles.grant(
            f"{self._name}-{what}",
            role=role,
            scope=scope,
            principal=identity.principal_id,
            subscription=self._account.subscription,
            condition=condition,
            opts=self._own(),
        )

    def _summary(
        self, account: AzureAccount, **identities: managedidentity.UserAssignedIdentity
    ) -> pulumi.Output[dict[str, Any]]:
        ids = {
            role: {"client_id": each.client_id, "principal_id": each.principal_id}
            for role, each in identities.items()
        }
        return pulumi.Output.from_input(
            {"tenant": account.tenant, "subscription": account.subscription, **ids}
        )

    def _repository(self) -> Repository:
        args = self._args
        owner, repository = args.get("owner_id"), args.get("repository_id")
        if not owner or not repository:
            return Repository.of(args["repository"])
        return Repository.of(args["repository"], int(owner), int(repository))  # 12.0 from other languages

    def _own(self, after: pulumi.Resource | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self, provider=self._account.provider, depends_on=[after] if after else None
        )


def only_roles(allowed: tuple[str, ...]) -> str:
    """A condition on the right to assign roles: these, and no others, can be given or taken.

    They are given to identities alone, never to people or groups; what a person was given can be taken over.
    """
    listed = ", ".join(sorted(allowed))
    kind = "Microsoft.Authorization/roleAssignments"
    to_identities = (
        f"@Request[{kind}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}}"
    )

    def clause(action: str, source: str, more: str = "") -> str:
        held = f"@{source}[{kind}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{listed}}}"
        return f"((!(ActionMatches{{'{kind}/{action}'}})) OR ({held}{more}))"

    return f"({clause('write', 'Request', f' AND {to_identities}')} AND {clause('delete', 'Resource')})"
