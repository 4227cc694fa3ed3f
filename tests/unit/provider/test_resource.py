"""What every resource is told about the request it answers."""

from cloudnative_provider.resource import Call


def test_the_environment_is_the_stack_of_the_urn() -> None:
    urn = "urn:pulumi:staging::shop::a:b:C$cloudnative:index:Release::shop-koreacentral"
    call = Call(urn, "", {}, {}, {}, preview=False, timeout=1, emit=print)
    assert call.environment == "staging"
