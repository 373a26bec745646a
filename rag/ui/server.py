"""Serves the pages and the doors of programs until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
import warnings
from collections.abc import Callable
from types import FrameType

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.routing import Mount, Route

from rag.config import Config
from rag.inbox import Inbox
from rag.types import SettingsError, SumberError
from rag.ui.access import Access
from rag.ui.api import build_api, close_api
from rag.ui.desk import Desk
from rag.ui.door import Door
from rag.ui.filing import ADD, add_filing
from rag.ui.frame import FAVICON, PAGES, head, theme
from rag.ui.history import People
from rag.ui.keeping import Keeper
from rag.ui.limits import Arrival, Load, Punctual
from rag.ui.log import RequestLog, logging_to_stderr, noting
from rag.ui.mcp import PATH as MCP
from rag.ui.mcp import McpOverHttp, build_mcp
from rag.ui.openai import add_openai
from rag.ui.security import NoFiles, OwnNames, OwnPagesOnly, SecurityHeaders
from rag.ui.site import build_site
from rag.ui.streams import Streams
from rag.ui.wording import OwnLanguage

GRACE_SECONDS = 6  # that open connections get to end; those of pages, which stay open, are told to
ANSWER_SECONDS = 4.0  # of them that answers under way get; then their streams are ended with a word of it
RATE = 120  # questions a minute of one client, where others are served: more than a person asks


def serve(door: Door, config: Config, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve on `config.host` and `config.port` until SIGINT or SIGTERM. The caller opened the door, and closes it.

    The first sync runs in the background meanwhile; questions wait for it.

    Args:
        on_ready: called once with the address, when it answers.

    Raises:
        SettingsError: others can reach the host, and nothing says who may come in.
        SumberError: the port is taken.
    """
    door = noting(door) if config.log_questions else door
    with (
        _listen(config) as listener,
        logging_to_stderr(config),
        Keeper(door, config.vectorstore) as keeper,
        Desk(door, keeper, config.max_pending) as desk,
    ):
        asyncio.run(_serve(door, desk, keeper, config, listener, on_ready))


async def _serve(
    door: Door,
    desk: Desk,
    keeper: Keeper,
    config: Config,
    listener: socket.socket,
    on_ready: Callable[[str], None] | None,
) -> None:
    app = await build_app(door, desk, keeper, config)
    settings = uvicorn_config(app, config)
    host = f"[{config.host}]" if ":" in config.host else config.host
    address = f"http://{host}:{listener.getsockname()[1]}"
    await Server(settings, app, desk, lambda: on_ready(address) if on_ready else None).serve(sockets=[listener])


def uvicorn_config(app: FastAPI, config: Config) -> uvicorn.Config:
    """How the application is served: what of connections uvicorn itself has no limits for."""
    return uvicorn.Config(
        app,
        http=type("Punctual", (Punctual,), {"seconds": config.request_seconds}),
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


async def build_app(door: Door, desk: Desk, keeper: Keeper, config: Config) -> FastAPI:
    """The whole application: HTTP, OpenAI's API, MCP, and the pages beside them.

    To be awaited where a loop runs: without one Gradio makes loops of its own and leaves them open.
    """
    inbox, streams, mcp = _inbox(door, config), Streams(desk), McpOverHttp(build_mcp(door, desk))
    api = build_api(door, desk, keeper, streams, config, mcp.lifespan)
    api.state.streams = streams
    add_filing(api, keeper, inbox)
    add_openai(api, desk, streams, config.max_question)
    close_api(api)
    for path in (MCP, f"{MCP}/"):
        api.router.routes.append(Route(path, mcp))
    with warnings.catch_warnings():
        # Said of every site with several pages, though nobody asked for what it says is not there.
        warnings.filterwarnings("ignore", "SSR mode is not supported", UserWarning)
        app: FastAPI = gr.mount_gradio_app(
            api,
            build_site(door, desk, keeper, inbox, config),
            path="/",
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            pwa=False,
            show_error=False,
            enable_monitoring=False,
            max_file_size=0,
            mcp_server=False,  # ours has more tools, at one address
            favicon_path=str(FAVICON),
            theme=theme(),
        )
    _guard(app, config)
    return app


def _guard(app: FastAPI, config: Config) -> None:
    """What every request passes on its way in, and every response on its way out: the last one here is outermost."""
    app.add_middleware(NoFiles)
    app.add_middleware(People, data=config.data)
    app.add_middleware(Arrival, seconds=config.request_seconds, counted=(ADD,))
    if config.keys:
        app.add_middleware(Access, keys=config.keys, seconds=config.request_seconds)
    app.add_middleware(OwnLanguage)
    app.add_middleware(OwnPagesOnly)
    rate = config.rate if config.rate is not None else RATE if config.serves_others else 0
    app.add_middleware(Load, rate=rate)
    app.add_middleware(OwnNames, config=config)
    app.add_middleware(RequestLog)
    app.add_middleware(SecurityHeaders, pages=[f"/{path}" for _, path in PAGES], head=head())


def _inbox(door: Door, config: Config) -> Inbox | None:
    """Where documents are added and removed; None where the owner of the server does not want that."""
    if not config.uploads:
        return None
    return Inbox(door.corpus, config.data, int(config.max_file_mb * 1e6), config.vectorstore)


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
        ending = asyncio.get_running_loop().call_later(ANSWER_SECONDS, self._app.state.streams.end)
        await super().shutdown(sockets)
        ending.cancel()

    def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
        # Uvicorn would raise the signal a second time after its end, and SIGTERM would then end the process
        # before the owner of the door has closed it.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _listen(config: Config) -> socket.socket:
    """The socket to serve on, taken before anything else is started."""
    host, port = config.host, config.port
    if not (config.is_loopback or config.keys or config.open_to_everyone):
        raise SettingsError(
            f"the host {host} can be reached from other machines, and anybody there could read your documents. Set"
            " SUMBER_PASSWORD or SUMBER_TOKENS, give --open-to-everyone if that is what you want, or use"
            " --host 127.0.0.1."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SumberError(
            f"port {port} of {host} cannot be used ({error.strerror}). Choose another one with --port."
        ) from error
