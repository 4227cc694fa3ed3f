"""Who the user is to Azure: one token, or one error with the way to sign in."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from azure.identity import DefaultAzureCredential


def credential_for(scope: str) -> DefaultAzureCredential:
    """A credential that has got a token for `scope`: it is asked here once, before a client retries a no."""
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import DefaultAzureCredential

    # It logs every way that it tried; the error says what is needed.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    credential = DefaultAzureCredential()
    try:
        credential.get_token(scope)
    except ClientAuthenticationError as error:
        raise CloudnativeError(
            code="azure.sign-in",
            what="not signed in to Azure",
            why=str(error.message).splitlines()[0],
            fix="az login",
            exit_code=ExitCode.SIGN_IN,
        ) from error
    return credential
