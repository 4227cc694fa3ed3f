"""Several failures told at once, each with its own cause and way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

# Whoever is not signed in mends that first; a resource that cannot be made outweighs a rule that is broken.
_GRAVEST = (ExitCode.SIGN_IN, ExitCode.RESOURCE, ExitCode.POLICY, ExitCode.USAGE)


class FindingsError(CloudnativeError):
    """What a check found: its exit code is that of the gravest finding, its fix the first one's."""

    def __init__(self, *, code: str, what: str, findings: Sequence[CloudnativeError]) -> None:
        codes = {finding.exit_code for finding in findings}
        super().__init__(
            code=code,
            what=what,
            why="\n".join(str(finding) for finding in findings),
            fix=findings[0].fix,
            exit_code=next((known for known in _GRAVEST if known in codes), ExitCode.FAILED),
        )
        self.findings = tuple(findings)

    def to_dict(self) -> dict[str, Any]:
        """The error as `--output json` prints it, with every finding in `findings`."""
        return {**super().to_dict(), "findings": [finding.to_dict() for finding in self.findings]}
