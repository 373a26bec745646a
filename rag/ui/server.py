"""Serves the pages and the HTTP surface until it is told to stop."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
from collections.abc import Callable
from types import FrameType

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount

from rag.config import Config
from rag.types import SettingsError, SumberError
from rag.ui.api import build_api
from rag.ui.desk import Desk
from rag.ui.door import Door
from rag.ui.page import FAVICON, SCRIPT, Page, head, theme
from rag.ui.security import BodyLimit, NoFiles, SecurityHeaders

GRACE_SECONDS = 2  # that open connections get to end; browsers keep one open for as long as the page is

# A page of another site that resolves its name to this machine is refused, because it asks for that name.
LOCAL_NAMES = ["127.0.0.1", "localhost", "::1", "[::1]"]


def serve(door: Door, config: Config, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve on `config.host` and `config.port` until SIGINT or SIGTERM. The caller opened the door, and closes it.

    The first sync runs in the background meanwhile; questions wait for it.

    Args:
        on_ready: called once with the address, when it answers.

    Raises:
        SettingsError: the host is not an address of this machine alone.
        SumberError: the port is taken.
    """
    with _listen(config.host, config.port) as listener, Desk(door, config.max_pending) as desk:
        asyncio.run(_serve(door, desk, config, listener, on_ready))


async def _serve(
    door: Door, desk: Desk, config: Config, listener: socket.socket, on_ready: Callable[[str], None] | None
) -> None:
    app = await build_app(door, desk, config)
    settings = uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_SECONDS
    )
    host = f"[{config.host}]" if ":" in config.host else config.host
    address = f"http://{host}:{listener.getsockname()[1]}"
    await Server(settings, app, desk, lambda: on_ready(address) if on_ready else None).serve(sockets=[listener])


async def build_app(door: Door, desk: Desk, config: Config) -> FastAPI:
    """The whole application: the HTTP surface, and the page on every other path.

    To be awaited where a loop runs: without one Gradio makes loops of its own and leaves them open.
    """
    page = Page(door, desk, config.max_question)
    app: FastAPI = gr.mount_gradio_app(
        build_api(door, desk, config.max_question),
        page.build(),
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        pwa=False,
        show_error=False,
        enable_monitoring=False,
        max_file_size=0,
        mcp_server=True,
        favicon_path=str(FAVICON),
        theme=theme(),
        head=head(),
        js=SCRIPT.read_text(encoding="utf-8"),
    )
    app.add_middleware(BodyLimit)
    app.add_middleware(NoFiles)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL_NAMES, config.host], www_redirect=False)
    app.add_middleware(SecurityHeaders)
    return app


class Server(uvicorn.Server):
    """Tells when it answers, and stops at once, cleanly, without raising the signal that stopped it again."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, desk: Desk, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._desk = desk
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._desk.stop()
        for route in self._app.routes:
            if isinstance(route, Mount):  # Gradio, whose pages keep a stream open until they are told
                route.app.stop_event.set()  # type: ignore[attr-defined]
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
        # Uvicorn would raise the signal a second time after its end, and SIGTERM would then end the process
        # before the owner of the door has closed it.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    """The socket to serve on, taken before anything else is started."""
    if not _is_loopback(host):
        raise SettingsError(
            f"the host {host} can be reached from other machines, and Sumber has no password yet. Use --host 127.0.0.1."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SumberError(
            f"port {port} of {host} cannot be used ({error.strerror}). Choose another one with --port."
        ) from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
