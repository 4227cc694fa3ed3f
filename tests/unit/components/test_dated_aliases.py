"""What azure-native's resources were ever called, as far as a state can know it."""

import pulumi
from tests.unit.components.harness import record, run
from tests.unit.components.profile_runs import profile

from cloudnative_components.azure.dated_aliases import undated


def test_no_resource_of_an_environment_has_an_alias_for_an_api_version() -> None:
    requests = profile("prod").requests.values()
    aliases = {each.spec.type for request in requests for each in request.aliases}
    assert [each for each in aliases if "/v" in each] == []
    assert "azure-native:insights:DiagnosticSetting" in aliases


def test_aliases_of_the_component_itself_stay_the_users() -> None:
    recorder = record()
    given = [pulumi.Alias(name="before"), "urn:pulumi:dev::p::azure-native:network/v20240101:Subnet::s"]
    opts = undated(pulumi.ResourceOptions(aliases=given))
    run(lambda: pulumi.ComponentResource("cloudnative:index:Region", "r", {}, opts))
    assert len(recorder.requests["r"].aliases) == 2
