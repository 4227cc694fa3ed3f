"""What `cloudnative emulator status` says of clusters."""

from __future__ import annotations

from typing import Any

from cloudnative.commands.emulator import _status  # pyright: ignore[reportPrivateUsage] - the text is the interface

RUNNING = {
    "name": "one",
    "state": "running",
    "nodes": "1 real node for 1",
    "server": "https://198.18.0.2:6443",
}


def told(*clusters: dict[str, Any]) -> str:
    return _status({"state": "running", "clusters": list(clusters), "processes": []})


def test_a_failed_cluster_is_told_with_its_cause_and_the_log() -> None:
    failure = {"what": "node of two", "why": "not ready within 90 s", "fix": "tail -n 50 /logs/*.log"}
    text = told(RUNNING, {"name": "two", "state": "failed", "failure": failure})
    assert "two failed: node of two: not ready within 90 s\nfix: tail -n 50 /logs/*.log\n" in text


def test_a_stopped_cluster_is_stopped_and_nothing_else() -> None:
    text = told({"name": "two", "state": "stopped", "nodes": "", "server": ""})
    assert "stopped" in text
    assert "failed" not in text
