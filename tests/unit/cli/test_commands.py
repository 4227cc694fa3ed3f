"""The command from outside: exit codes, stdout and stderr apart, one error for each bad input."""

import json
import os
from pathlib import Path

import pytest

from cloudnative.app import run

PROJECT = "name: demo\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/\n"
CONFIG = """config:
  cloudnative:cloud: emulator
  cloudnative:regions: [koreacentral]
  cloudnative:application: ../compose.yaml
"""
VERBS = ["up", "preview", "deploy", "status", "logs", "down", "unlock"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a project, and a state folder of its own."""
    folder = tmp_path / "project"
    (folder / "stacks").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    (folder / "stacks" / "Pulumi.dev.yaml").write_text(CONFIG)
    (folder / "stacks" / "__main__.py").write_text("import pulumi\n")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path / "home"))
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("cloudnative.session._endpoint", never)
    monkeypatch.setattr("cloudnative.session._engine_path", a_path)
    return folder


def a_path(*_: object) -> str:
    return "pulumi"


def never(*_: object, **__: object) -> None:
    raise AssertionError("an emulator was about to be started")


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_environment_is_exit_6_and_names_the_known(
    project: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([verb, "prod"]) == 6
    out, err = capsys.readouterr()
    assert out == ""
    assert "no environment 'prod'" in err
    assert "dev" in err


@pytest.mark.parametrize(
    ("wanted", "fix"),
    [
        ("dve", "cloudnative status dev"),
        (
            "prod",
            "cp stacks/Pulumi.dev.yaml stacks/Pulumi.prod.yaml && ${EDITOR:-vi} stacks/Pulumi.prod.yaml",
        ),
        ("../prod", "cloudnative status dev"),
    ],
)
def test_an_unknown_environment_is_what_was_meant_or_is_made_of_another(
    project: Path, wanted: str, fix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["status", wanted])
    assert capsys.readouterr().err.splitlines()[-1] == f"fix: {fix}"


@pytest.mark.parametrize("verb", VERBS)
def test_without_a_project_it_is_exit_2_with_init_as_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([verb, "dev"]) == 2
    assert "fix: cloudnative init" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["up"],
        ["frobnicate"],
        ["up", "dev", "--no-such-flag"],
        ["up", "dev", "--output", "xml"],
        ["up", "a", "b"],
    ],
)
def test_wrong_usage_is_exit_2_and_one_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: cloudnative")
    assert "fix: cloudnative" in err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["pipeline", "ini"], "pipeline"),
        (["pipeline", "init", "--foo"], "pipeline init"),
        (["emulator", "start", "--backend", "magic"], "emulator start"),
        (["logs"], "logs"),
        (["frobnicate"], ""),
    ],
)
def test_wrong_usage_names_the_command_and_its_help(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith(f"error: cloudnative {named}".rstrip() + ": ")
    assert "Value error" not in first
    assert last == f"fix: cloudnative {named} --help".replace("  ", " ")


def test_an_environment_is_not_promoted_to_itself(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["promote", "dev", "dev"]) == 2
    assert "fix: cloudnative history dev" in capsys.readouterr().err


def test_an_error_is_alone_on_stdout_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "prod", "--output", "json"]) == 6
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == "environment.unknown"
    assert json.loads(out)["result"] == "failed"
    assert err == ""


def test_wrong_usage_is_json_too_where_json_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["up", "--output=json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"


BAD_PROJECTS = {
    "a tab": "name:\tdemo\n\truntime: python\n",
    "a list": "- name\n",
    "empty": "",
    "no name": "runtime: python\n",
    "a name that is a number": "name: 12\nruntime: python\n",
    "a name with a slash": "name: ../x\nruntime: python\n",
    "not closed": "name: [demo\n",
    "not text": "name: \x00\n",
    "deeply nested": "name: " + "[" * 3000,
}


@pytest.mark.parametrize("content", BAD_PROJECTS.values(), ids=BAD_PROJECTS.keys())
def test_a_bad_pulumi_yaml_is_exit_2_and_names_the_file(
    project: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Pulumi.yaml").write_text(content)
    assert run(["up", "dev"]) == 2
    assert str(project / "Pulumi.yaml") in capsys.readouterr().err


BAD_CONFIGS = {
    "duplicate key": CONFIG + "  cloudnative:cloud: azure\n",
    "unknown key": CONFIG + "  cloudnative:regoins: [westeurope]\n",
    "no cloud": CONFIG.replace("  cloudnative:cloud: emulator\n", ""),
    "unknown region": CONFIG.replace("koreacentral", "atlantis"),
    "missing application": CONFIG.replace("compose.yaml", "nothing.yaml"),
    "tab": CONFIG + "\tx: 1\n",
    "empty": "",
}


@pytest.mark.parametrize("content", BAD_CONFIGS.values(), ids=BAD_CONFIGS.keys())
@pytest.mark.parametrize("verb", ["up", "down"])
def test_a_bad_config_is_exit_2_and_nothing_is_made(
    project: Path, verb: str, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "stacks" / "Pulumi.dev.yaml").write_text(content)
    assert run([verb, "dev"]) == 2
    err = capsys.readouterr().err
    assert "Pulumi.dev.yaml" in err
    assert "Traceback" not in err
    assert not (project.parent / "home").exists()


def test_a_missing_program_is_exit_2(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "stacks" / "__main__.py").unlink()
    assert run(["up", "dev"]) == 2
    assert "__main__.py" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["PULUMI_BACKEND_URL", "PULUMI_HOME", "PULUMI_DEBUG_PROVIDERS", "PULUMI_STACK"]
)
def test_a_variable_that_redirects_the_engine_is_refused_by_name(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "file:///elsewhere")
    assert run(["up", "dev"]) == 2
    assert f"fix: unset {name}" in capsys.readouterr().err


def test_the_environment_of_a_stopped_emulator_says_how_to_start_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["emulator", "env"]) == 1
    assert "fix: cloudnative emulator start" in capsys.readouterr().err


def test_schema_is_a_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert "properties" in json.loads(capsys.readouterr().out)


def test_regions_are_a_dated_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["regions", "--output", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (korea,) = [one for one in document["regions"] if one["name"] == "koreacentral"]
    assert (document["checked"], len(document["regions"])) == ("2026-11-22", 57)
    assert (korea["pair"], korea["zones"], korea["aks"], korea["restricted"]) == (
        "koreasouth",
        True,
        True,
        False,
    )
    assert run(["regions"]) == 0
    assert "koreacentral" in capsys.readouterr().out


def test_unlock_of_what_is_not_locked_does_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["unlock", "dev"]) == 0
    assert capsys.readouterr().out == "dev was not locked\n"


def test_a_bug_is_one_line_and_no_traceback(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(path: Path) -> None:
        raise ZeroDivisionError(path)

    monkeypatch.setattr("cloudnative.project.Project.find", broken)
    assert run(["status", "dev"]) == 1
    err = capsys.readouterr().err
    assert "error: a bug in cloudnative: ZeroDivisionError" in err
    assert "Traceback" not in err
