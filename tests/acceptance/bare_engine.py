"""`pulumi preview`, `up` or `destroy` without our command: the bare engine and the SDK's language server.

Run in a project's folder with the path of `cloudnative` and the operation as arguments, then the program
where it is another than `stacks/__main__.py`; only `cloudnative emulator env` is ours. NAME=VALUE, as further
arguments, are what a user exports afterwards.
(`pulumi preview` alone would start pulumi-language-python, which cannot be had on every machine.)
"""

import os
import runpy
import shlex
import subprocess
import sys
from concurrent import futures
from pathlib import Path

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc

from cloudnative_toolchain.programs import program

MESSAGE_SIZE = 400 << 20


def environment(command: str, folder: Path | None = None) -> dict[str, str]:
    """What `eval "$(cloudnative emulator env)"` would set in a shell, by default in the current folder.

    Where the folder is a project of ours, the environment is named: a project may have several.
    """
    ours = ((folder or Path.cwd()) / "stacks" / "Pulumi.dev.yaml").is_file()
    argv = [command, "emulator", "env", *(["dev"] if ours else [])]
    lines = subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True).stdout
    words = [
        shlex.split(line.removeprefix("export "))[0]
        for line in lines.splitlines()
        if line.startswith("export")
    ]
    exported = dict(word.split("=", 1) for word in words)
    return {name: os.path.expandvars(value) for name, value in exported.items()}


OPERATIONS = {
    "preview": ["preview", "--diff"],
    "up": ["up", "--yes", "--skip-preview"],
    "destroy": ["destroy", "--yes", "--skip-preview"],
}


def run_file(program_file: Path) -> None:
    """The program, with the modules beside it, as `python FILE` has them."""
    sys.path.insert(0, str(program_file.parent))
    runpy.run_path(str(program_file), run_name="__main__")


def main(command: str, operation: str, program_file: str = "stacks/__main__.py", *settings: str) -> int:
    os.environ.update(environment(command))
    for name, _, value in (setting.partition("=") for setting in settings):
        os.environ[name] = value
    server = grpc.server(
        futures.ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", MESSAGE_SIZE)]
    )
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(
        LanguageServer(lambda: run_file(Path(program_file).absolute())), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    engine = [str(program("pulumi")), *OPERATIONS[operation], "--stack", "dev", "--non-interactive"]
    run = subprocess.run([*engine, f"--client=127.0.0.1:{port}", "--exec-kind=auto.inline"], check=False)
    server.stop(0)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
