"""The control socket: HTTP on a Unix socket (0600), for `status` and `stop`: the daemon's end."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudnative_emulator.daemon.sockets import make_socket_folder, owner

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from cloudnative_emulator.daemon.paths import Paths


class Control:
    """The daemon's end."""

    def __init__(self, status: Callable[[], dict[str, Any]], ended: asyncio.Event) -> None:
        self._status, self._ended = status, ended
        application = web.Application()
        application.add_routes([web.get("/status", self._get_status), web.post("/stop", self._post_stop)])
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)

    async def start(self, paths: Paths) -> None:
        """Listen; from its first moment only the owner of the home can connect."""
        path = paths.control
        make_socket_folder(paths.home, path)
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        previous = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(previous)
        if os.geteuid() == 0:
            os.chown(path, owner(paths.home), -1)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    async def close(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    async def _get_status(self, _request: web.Request) -> web.Response:
        return web.json_response(self._status())

    async def _post_stop(self, _request: web.Request) -> web.Response:
        self._ended.set()
        return web.json_response({"result": "stopping"}, status=202)
