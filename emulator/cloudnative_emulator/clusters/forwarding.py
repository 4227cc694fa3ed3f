"""The emulator's own ports, at the same 127.0.0.1:PORT inside a node as on the host."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from cloudnative_emulator.clusters.namespaces import listen_inside

_log = logging.getLogger(__name__)
_CHUNK = 256 * 1024


class Forwarder:
    """Listens inside one node's network namespace and carries connections to the host's loopback."""

    def __init__(self, init_pid: int) -> None:
        self._pid = init_pid
        self._servers: dict[int, asyncio.Server] = {}

    async def open(self, port: int) -> None:
        """Make `port` reachable from inside; quiet when it already is."""
        if port in self._servers:
            return

        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _carry(reader, writer, port)

        listener = listen_inside(self._pid, port)
        self._servers[port] = await asyncio.start_server(carry, sock=listener)

    def close(self) -> None:
        """Stop listening; what is being carried ends with the node."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    try:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError as error:
        _log.debug("nothing listens on 127.0.0.1:%s: %s", port, error)
        writer.close()
        return
    await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copy until one side ends; a peer that hangs up is the ordinary end of a connection."""
    with contextlib.suppress(ConnectionError, TimeoutError):
        while chunk := await source.read(_CHUNK):
            target.write(chunk)
            await target.drain()
    with contextlib.suppress(ConnectionError, RuntimeError):
        target.close()
