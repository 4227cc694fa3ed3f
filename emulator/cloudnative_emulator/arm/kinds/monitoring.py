"""Where logs and metrics go: Log Analytics, Azure Monitor workspaces, and the rules of data collection."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.kinds.kind import Call, Kind
from cloudnative_emulator.arm.kinds.parts import part, parts
from cloudnative_emulator.arm.operations import now
from cloudnative_emulator.monitoring.query_api import query_endpoint

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.store import Body

WORKSPACES = "Microsoft.OperationalInsights/workspaces"
ACCOUNTS = "Microsoft.Monitor/accounts"
ENDPOINTS = "Microsoft.Insights/dataCollectionEndpoints"
RULES = "Microsoft.Insights/dataCollectionRules"
ASSOCIATIONS = "Microsoft.Insights/dataCollectionRuleAssociations"
_IDS = uuid.UUID("b3b3a1c2-5d0e-5f6a-8a7e-3f0a6d4c2b10")


class LogWorkspace(Kind):
    """A Log Analytics workspace: known by `customerId`, empty on this machine."""

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Add customerId, dates and Azure's defaults."""
        sent = part(body, "properties")
        created = part(old, "properties").get("createdDate", now())
        computed = {"customerId": _guid(call.target.id), "createdDate": created, "modifiedDate": now()}
        defaults = {
            "sku": {"name": "PerGB2018"}, "retentionInDays": 30,
            "publicNetworkAccessForIngestion": "Enabled", "publicNetworkAccessForQuery": "Enabled",
            "workspaceCapping": {"dailyQuotaGb": -1.0}, "features": {},
        }  # fmt: skip
        return {**body, "properties": {**defaults, **sent, **computed}}


class MetricsWorkspace(Kind):
    """An Azure Monitor workspace, with the group that Azure makes for its endpoint and rule."""

    slow_delete = True

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Add accountId and addresses; make the managed group (OBS-01)."""
        _ = old
        target, location = call.target, body["location"]
        group = f"{call.cloud.subscription_id}/resourceGroups/{_managed_group(target.name, location)}"
        ingestion = {
            "dataCollectionEndpointResourceId": f"{group}/providers/{ENDPOINTS}/{target.name}",
            "dataCollectionRuleResourceId": f"{group}/providers/{RULES}/{target.name}",
        }
        account = _guid(target.id)
        metrics = {
            "internalId": f"mac_{account}",
            "prometheusQueryEndpoint": query_endpoint(call.cloud.issuer.arm, account),
        }
        computed = {"accountId": account, "defaultIngestionSettings": ingestion, "metrics": metrics}
        shaped: Body = {
            **body,
            "properties": {"publicNetworkAccess": "Enabled", **part(body, "properties"), **computed},
        }
        _make_managed(call.cloud, shaped, group, ingestion)
        return shaped

    async def remove(self, cloud: Cloud, body: Body) -> None:
        """The managed group goes with it."""
        name = _managed_group(body["name"], body["location"])
        cloud.store.delete(f"{cloud.subscription_id}/resourceGroups/{name}")


class CollectionEndpoint(Kind):
    """Addresses that agents send to and get their configuration from."""

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Add the addresses."""
        _ = old
        own = f"{call.target.name}-{_guid(call.target.id)[:4]}.{body['location']}-1"
        computed = {
            "immutableId": f"dce-{_guid(call.target.id).replace('-', '')}",
            "configurationAccess": {"endpoint": f"https://{own}.handler.control.monitor.azure.localhost"},
            "logsIngestion": {"endpoint": f"https://{own}.ingest.monitor.azure.localhost"},
            "metricsIngestion": {"endpoint": f"https://{own}.metrics.ingest.monitor.azure.localhost"},
        }
        defaults = {"networkAcls": {"publicNetworkAccess": "Enabled"}}
        return {**body, "properties": {**defaults, **part(body, "properties"), **computed}}

    def check_delete(self, cloud: Cloud, body: Body) -> None:
        """409 while a rule sends through it."""
        for rule in cloud.store.of_type(RULES):
            if _same(rule["properties"].get("dataCollectionEndpointId"), body["id"]):
                raise _in_use(body, rule)


class CollectionRule(Kind):
    """What is collected and where it goes."""

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Add immutableId; 400 for places that are not there, and for flows to nowhere."""
        _ = old
        properties = part(body, "properties")
        endpoint = properties.get("dataCollectionEndpointId")
        targets = part(properties, "destinations")
        wanted = [endpoint, *(one["workspaceResourceId"] for one in parts(targets, "logAnalytics"))]
        wanted += [one["accountResourceId"] for one in parts(targets, "monitoringAccounts")]
        for resource_id in filter(None, wanted):
            check_there(call.cloud, resource_id)
        named = {str(one["name"]) for kind in targets for one in parts(targets, kind)}
        for flow in parts(properties, "dataFlows"):
            if unknown := {str(one) for one in flow.get("destinations", [])} - named:
                text = f"Data flow destinations are not defined: {', '.join(sorted(unknown))}."
                raise ArmError(400, "InvalidPayload", text, target="properties.dataFlows")
        mark = _guid(call.target.id).replace("-", "")
        return {**body, "properties": {**properties, "immutableId": f"dcr-{mark}"}}

    def check_delete(self, cloud: Cloud, body: Body) -> None:
        """409 while something is associated with it."""
        for one in cloud.store.of_type(ASSOCIATIONS):
            if _same(one["properties"].get("dataCollectionRuleId"), body["id"]):
                raise _in_use(body, one)


class RuleAssociation(Kind):
    """That a resource is collected from by a rule."""

    tracked = False

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """400 for a rule or endpoint that is not there."""
        _ = old
        properties = part(body, "properties")
        found = [properties.get("dataCollectionRuleId"), properties.get("dataCollectionEndpointId")]
        if not any(found):
            text = "One of dataCollectionRuleId and dataCollectionEndpointId is required."
            raise ArmError(400, "InvalidPayload", text)
        for resource_id in filter(None, found):
            check_there(call.cloud, resource_id)
        return body


class DiagnosticSetting(Kind):
    """Which of a resource's own logs and metrics go where."""

    tracked = False
    states = False

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """400 without a place to send to."""
        _ = old
        properties = part(body, "properties")
        places = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
        if not any(properties.get(name) for name in places):
            raise ArmError(400, "BadRequest", "At least one data sink needs to be specified.")
        if workspace := properties.get("workspaceId"):
            check_there(call.cloud, workspace)
        return body


class RuleGroup(Kind):
    """Prometheus rules over the metrics of a workspace."""

    states = False

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """400 for scopes that are not there."""
        _ = old
        for scope in body["properties"]["scopes"]:
            check_there(call.cloud, scope)
        return {**body, "properties": {"enabled": True, "interval": "PT1M", **body["properties"]}}


class Safeguards(Kind):
    """Deployment safeguards: policy, which needs the policy add-on (AKS-30)."""

    tracked = False

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """400 on a cluster without Azure Policy."""
        _ = old
        cluster = call.cloud.store.get(call.target.owner.id)
        if not part(cluster, "properties", "addonProfiles", "azurepolicy").get("enabled"):
            text = "Deployment safeguards need the Azure Policy add-on, which is not enabled on this cluster."
            raise ArmError(400, "AzurePolicyNotEnabled", text)
        return body


def check_there(cloud: Cloud, resource_id: str) -> None:
    """400 for a reference to a resource that does not exist."""
    if not cloud.store.get(resource_id):
        raise ArmError(400, "LinkedInvalidPropertyId", f"The resource '{resource_id}' was not found.")


def _managed_group(name: str, location: str) -> str:
    return f"MA_{name}_{location}_managed"


def _make_managed(cloud: Cloud, workspace: Body, group: str, ingestion: dict[str, str]) -> None:
    name = group.rsplit("/", 1)[-1]
    made: Body = {"location": workspace["location"], "properties": {"provisioningState": "Succeeded"}}
    cloud.store.put(
        {"id": group, "name": name, "type": "Microsoft.Resources/resourceGroups",
         "managedBy": workspace["id"], **made}
    )  # fmt: skip
    kinds = {"dataCollectionEndpointResourceId": ENDPOINTS, "dataCollectionRuleResourceId": RULES}
    for key, kind in kinds.items():
        cloud.store.put({"id": ingestion[key], "name": workspace["name"], "type": kind, **made})


def _guid(resource_id: str) -> str:
    """The same for a resource as long as it is called so, as far as anybody can tell."""
    return str(uuid.uuid5(_IDS, ids.key(resource_id)))


def _same(one: str | None, other: str) -> bool:
    return bool(one) and ids.key(str(one)) == ids.key(other)


def _in_use(body: Body, by: Body) -> ArmError:
    text = f"'{body['name']}' cannot be deleted: '{by['id']}' still uses it."
    return ArmError(409, "Conflict", text)
