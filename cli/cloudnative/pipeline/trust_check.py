"""Whether Entra trusts this job, asked before anything else: a refusal shows what was sent and is trusted."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode
from cloudnative_toolchain.federation import FederatedIdentity, federated_identity

if TYPE_CHECKING:
    import httpx

ENTRA = "https://login.microsoftonline.com"
AZURE_SCOPE = "https://management.azure.com/.default"
SUBJECTS = "CLOUDNATIVE_SUBJECTS"
NOT_TRUSTED = {70021, 700211, 700212, 700213, 700214, 7002138}
NOT_KNOWN_YET = 70021  # a credential made seconds ago (CI-02)
PATIENCE = (5.0, 10.0, 15.0)


def require_trust(
    environment: str, endpoint: Mapping[str, Any] | None, variables: Mapping[str, str] = os.environ
) -> None:
    """CloudnativeError where the run signs in with a job's token and the cloud does not take it."""
    tenant = str(endpoint["tenant"]) if endpoint else variables.get("AZURE_TENANT_ID", "")
    identity = federated_identity(tenant, variables)
    if identity is None:
        return
    for pause in (*PATIENCE, None):
        answer = _exchanged(identity, tenant, endpoint)
        refusal = _document(answer)
        if answer.is_success:
            return
        if NOT_KNOWN_YET not in refusal.get("error_codes", []) or pause is None:
            raise refused(identity, refusal, environment, variables.get(SUBJECTS, "").split())
        time.sleep(pause)


def refused(
    identity: FederatedIdentity, answer: Mapping[str, Any], environment: str, trusted: Sequence[str]
) -> CloudnativeError:
    """Entra's no, with the subject that was sent and those that are trusted."""
    text = str(answer.get("error_description", "")).splitlines()
    reason = text[0] if text else "no reason was given"
    if not NOT_TRUSTED & set(answer.get("error_codes", [])):
        return _error(
            f"identity {identity.client_id} cannot sign in",
            reason,
            f"cloudnative pipeline trust {environment}",
        )
    claims = _claims(identity)
    wanted = " or ".join(repr(subject) for subject in trusted) or "another one"
    return _error(
        "Entra does not trust this job",
        f"its token's subject is {claims.get('sub', '')!r}; identity {identity.client_id} trusts {wanted}, "
        f"compared exactly ({reason.partition(':')[0]})",
        _anew(claims, environment),
    )


def _anew(claims: Mapping[str, Any], environment: str) -> str:
    """How the trust is made for the repository that the token came from."""
    named = (
        ("--repository", "repository"),
        ("--owner-id", "repository_owner_id"),
        ("--repository-id", "repository_id"),
    )
    said = [f"{option} {claims[claim]}" for option, claim in named if claims.get(claim)]
    return " ".join(["cloudnative pipeline init", *said, f"&& cloudnative pipeline trust {environment}"])


def _exchanged(
    identity: FederatedIdentity, tenant: str, endpoint: Mapping[str, Any] | None
) -> httpx.Response:
    import ssl

    import httpx

    authority = str(endpoint["arm"]) if endpoint else ENTRA
    form = identity.form(f"{authority}/.default" if endpoint else AZURE_SCOPE)
    verify = ssl.create_default_context(cafile=str(endpoint["ca"])) if endpoint else True
    try:
        with httpx.Client(verify=verify, timeout=30, trust_env=endpoint is None) as client:
            return client.post(f"{authority}/{tenant}/oauth2/v2.0/token", data=form)
    except httpx.HTTPError as error:
        raise CloudnativeError(
            code="azure.unreachable",
            what=f"no answer from {authority}",
            why=str(error) or type(error).__name__,
            fix="cloudnative emulator start" if endpoint else f"curl -sS {ENTRA}",
        ) from error


def _document(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        return dict(answer.json())
    except ValueError:
        return {"error_description": f"{answer.status_code} without a reason"}


def _claims(identity: FederatedIdentity) -> Mapping[str, Any]:
    import jwt

    return jwt.decode(identity.assertion(), options={"verify_signature": False})  # only shown


def _error(what: str, why: str, fix: str) -> CloudnativeError:
    return CloudnativeError(code="pipeline.trust", what=what, why=why, fix=fix, exit_code=ExitCode.SIGN_IN)
