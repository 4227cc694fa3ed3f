"""What is not carried over is told by name, one line for each reason."""

from cloudnative.not_carried import lines
from cloudnative_components.application import NotCarried


def test_the_same_setting_of_several_services_is_one_line() -> None:
    left = [
        NotCarried(f"/p/compose.yaml:{row}:5", f"services.{name}.depends_on", "all start at once")
        for name, row in (("web", 54), ("worker", 100))
    ]
    assert lines(left) == [
        "not carried over: depends_on of web, worker (compose.yaml:54, 100): all start at once"
    ]


def test_a_setting_of_the_whole_project_is_named_in_full() -> None:
    left = [NotCarried("/p/compose.yaml:3:1", "networks.back", "a cluster has one network")]
    assert lines(left) == ["not carried over: networks.back (compose.yaml:3): a cluster has one network"]
