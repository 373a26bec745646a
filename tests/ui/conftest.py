"""Fixtures of the pages: documents, an assistant that has them, a running site, and a browser that watches itself.

A site, a browser and a page of it take a second or two to start: the tests of a module share one of each (`site`,
`page`) where what other tests did before does not matter to them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Request, expect, sync_playwright
from starlette.testclient import TestClient

from rag.config import Config
from rag.types import Document, Section
from rag.ui.desk import Desk
from rag.ui.door import Door
from rag.ui.keeping import Keeper
from rag.ui.server import Server, build_app
from tests.ui.fake import FakeAssistant, document

LIGHTHOUSE = (
    "The lighthouse at Cape Sumur was lit in 1879. It is kept by Ratna Wijaya.\n\n"
    "Its lamp\n\nThe lamp burns 14 litres of oil a night. Ships see it from 22 nautical miles away.\n"
)
FERRY = (
    "The ferry to Pulau Rawa leaves at 7 in the morning.\nIt costs 40,000 rupiah.\fThe ferry does not sail on Fridays."
)
# What the browser says of a request that the server refuses with a sentence, which the page then shows.
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (409|422) ")
LOOK_SECONDS = 0.1  # between looks at the folder of documents
PATIENCE = 20_000  # milliseconds, for a machine that has much else to do
expect.set_options(timeout=PATIENCE)

LONG = "\n\n".join(f"Paragraph {n} tells nothing of note about the harbour of Tuban." for n in range(200))
KOREAN = "등대는 1903년에 처음 불을 밝혔다. 인천항으로 들어오는 배를 이끈다."


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    buoy = f"{LONG}\n\nThe green buoy marks the wreck of the Sinar Laut.\n\n{LONG}"
    return [
        document(
            "lighthouse.md", LIGHTHOUSE, "The lighthouse at Cape Sumur", publisher="Harbour Office", language="en",
            published="2019-05", url="https://harbour.example/light", sections=(Section("Its lamp", 75),),
        ),
        document("ferry.pdf", FERRY, "Ferry timetable", pages=(0, FERRY.index("\f") + 1), kind="brief"),
        document("incheon.txt", KOREAN, "인천 등대", language="ko"),
        document("pilot.txt", buoy, "Pilot's notes"),
    ]  # fmt: skip


@pytest.fixture
def assistant(documents: list[Document]) -> FakeAssistant:
    return with_documents(documents)


@pytest.fixture(scope="module")
def _shared(documents: list[Document]) -> FakeAssistant:
    return with_documents(documents)


@pytest.fixture
def serving(_shared: FakeAssistant) -> FakeAssistant:
    """The assistant behind `site` and `client`, as if nothing had been asked of it yet."""
    _shared.asked.clear()
    return _shared


def with_documents(documents: list[Document]) -> FakeAssistant:
    return FakeAssistant(documents, {"scan.pdf": "it holds images of pages and no text."})


@pytest.fixture(scope="module")
def client(_shared: FakeAssistant) -> Iterator[TestClient]:
    with client_of(_shared) as client:
        while client.get("/healthz").json()["status"] != "ready":
            pass
        yield client


@contextlib.contextmanager
def client_of(door: Door, **settings: object) -> Iterator[TestClient]:
    config = Config(**settings)
    with Keeper(door) as keeper, Desk(door, keeper, config.max_pending) as desk:
        app = asyncio.run(build_app(door, desk, keeper, config))
        with TestClient(app, base_url="http://127.0.0.1") as client:
            yield client


@pytest.fixture
def open_site() -> Iterator[Callable[..., str]]:
    """Starts sites, gives their addresses, and stops them when the test is over."""
    with contextlib.ExitStack() as sites:
        yield lambda door, **settings: sites.enter_context(site_of(door, **settings))


@pytest.fixture(scope="module")
def site(_shared: FakeAssistant) -> Iterator[str]:
    """The address of a running site."""
    with site_of(_shared) as address:
        yield address


@contextlib.contextmanager
def site_of(door: Door, **settings: object) -> Iterator[str]:
    """A running site. Its loop is in a thread of its own: the browser's driver keeps one in this thread."""
    config = Config(**settings)
    servers: Queue[Server] = Queue()

    async def serve(listener: socket.socket, desk: Desk, keeper: Keeper) -> None:
        app = await build_app(door, desk, keeper, config)
        settings = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=5)
        server = Server(settings, app, desk, on_ready=lambda: servers.put(server))
        await server.serve(sockets=[listener])

    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Keeper(door, config.vectorstore, look_seconds=LOOK_SECONDS) as keeper,
        Desk(door, keeper, config.max_pending) as desk,
    ):
        thread = threading.Thread(target=asyncio.run, args=(serve(listener, desk, keeper),))
        thread.start()
        server = servers.get()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium: the one that SUMBER_CHROMIUM names, or one on the path."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("SUMBER_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        outcome = pytest.fail if os.environ.get("SUMBER_TEST_BROWSER") == "required" else pytest.skip
        outcome("no Chromium here: install one, or name it in SUMBER_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """A visit of a browser to the site, which notes all that a page should never do."""

    def __init__(self, browser: Browser, address: str, path: str = "", **look: Any) -> None:
        self.address = address
        self.faults: list[str] = []
        self.page = browser.new_page(**look)
        self.page.set_default_timeout(PATIENCE)
        self.page.on("request", self._check)
        self.page.on("dialog", self._dismiss)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", self._listen)
        self.page.goto(f"{address}{path}")
        ready = self.page.locator("#question textarea") if not path else self.page.locator(".masthead nav")
        expect(ready).to_be_enabled()

    def send(self, question: str) -> Locator:
        """Types a question, sends it with Enter and gives its turn of the conversation."""
        turns = self.page.locator(".turn").count()
        self.page.locator("#question textarea").fill(question)
        self.page.locator("#question textarea").press("Enter")
        return self.page.locator(".turn").nth(turns)

    def ask(self, question: str) -> Locator:
        """The same, and waits for the answer."""
        turn = self.send(question)
        expect(turn).not_to_have_class(re.compile("waiting"))
        return turn

    def card(self, turn: Locator, number: int = 1) -> Locator:
        """The card of a source of this turn."""
        return self.page.locator(f"#s{(turn.get_attribute('id') or '')[1:]}-{number}")

    def _dismiss(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _listen(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning") and not REFUSED.match(said.text):
            self.faults.append(said.text)

    def _check(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"request to {request.url}")


@pytest.fixture
def visit(browser: Browser, open_site: object) -> Iterator[Callable[..., Visit]]:
    """Opens pages, and fails the test if one of them did what a page should never do. Closes them before their site."""
    visits: list[Visit] = []

    def opened(address: str, path: str = "", **look: Any) -> Visit:
        visits.append(Visit(browser, address, path, **look))
        return visits[-1]

    yield opened
    for one in visits:
        one.page.close()
    assert [fault for one in visits for fault in one.faults] == []


@pytest.fixture(scope="module")
def _open_page(browser: Browser, site: str) -> Iterator[Visit]:
    visit = Visit(browser, site)
    yield visit
    visit.page.close()


@pytest.fixture
def page(_open_page: Visit) -> Iterator[Visit]:
    """A page in which others may have asked before; it does not matter what."""
    yield _open_page
    faults, _open_page.faults = _open_page.faults, []
    assert faults == []
