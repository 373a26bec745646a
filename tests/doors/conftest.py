"""Fixtures of the doors: `sumber serve` itself with a real library, and servers in this process for the way in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest

from rag.config import Config
from rag.types import EVERYTHING, Answer, Document, QuestionError
from rag.ui.desk import Desk
from rag.ui.door import Door
from rag.ui.keeping import Keeper
from rag.ui.listening import LeftError
from rag.ui.server import Server, build_app, uvicorn_config
from tests.conftest import FERRY, HARVEST, LIGHTHOUSE, ROOT
from tests.ui.fake import FakeAssistant, document

QUESTION = "How many minutes does the ferry Gannet take?"
UNANSWERED = "Which symphony did Brahms finish last?"
PATIENCE = 60.0  # seconds, for a machine that has much else to do


@dataclass(frozen=True)
class Served:
    """A running `sumber serve`."""

    address: str
    process: subprocess.Popen[str]

    @property
    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the starter documents and three more in `corpus`, to be the working folder of a process."""
    folder = tmp_path_factory.mktemp("doors")
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    (folder / "corpus" / "reports").mkdir()
    (folder / "corpus" / "lighthouse.md").write_text(LIGHTHOUSE, "utf8")
    (folder / "corpus" / "ferries.md").write_text(FERRY, "utf8")
    (folder / "corpus" / "reports" / "harvest.txt").write_text(HARVEST, "utf8")
    return folder


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "rag.cli", *arguments]


def environment(folder: Path, **settings: str) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "OMP_NUM_THREADS": "1",
        **settings,
    }


@contextlib.contextmanager
def serving(folder: Path, *arguments: str, **settings: str) -> Iterator[Served]:
    """`sumber serve` in a folder, on a free port, with its documents read."""
    with (folder / "errors.log").open("w") as errors:
        process = subprocess.Popen(
            command("serve", "--port", "0", *arguments),
            cwd=folder,
            env=environment(folder, **settings),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout
        said = re.search(r"http://\S+", process.stdout.readline())
        assert said, (folder / "errors.log").read_text()
        while httpx.get(f"{said.group()}/healthz").json()["status"] != "ready":
            assert process.poll() is None
        yield Served(said.group(), process)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE)
        assert process.stdout
        process.stdout.close()


@pytest.fixture(scope="session")
def served(library: Path) -> Iterator[Served]:
    with serving(library) as one:
        yield one
    assert one.process.returncode == 0
    assert (library / "errors.log").read_text() == "", "nothing was complained of"


@pytest.fixture(scope="session")
def documents() -> list[Document]:
    return [document("ferries.md", FERRY, "Ferries of the bay"), document("reports/harvest.txt", HARVEST, "Harvest")]


@pytest.fixture
def assistant(documents: list[Document]) -> FakeAssistant:
    return FakeAssistant(documents)


class Held(FakeAssistant):
    """Tells one sentence of an answer, and the next when it is let."""

    def __init__(self, *documents: Any) -> None:
        super().__init__(*documents)
        self.told, self.go_on, self.left = threading.Event(), threading.Event(), threading.Event()
        self.fails = False

    def ask(self, question: str, history: Any = (), on_sentence: Any = None, scope: Any = EVERYTHING) -> Answer:
        answer = super().ask(question, history, None, scope)
        for sentence, citation in zip(answer.sentences, answer.citations, strict=True):
            try:
                on_sentence(sentence, (citation,))
            except LeftError:
                self.left.set()
                raise
            self.told.set()
            assert self.go_on.wait(PATIENCE)
            if self.fails:
                raise QuestionError("this fails. Ask another")
        return answer


BOTH = "Gannet minutes, ticket euros?"  # half of it is in each of two sentences


@pytest.fixture
def held(documents: Any) -> Iterator[Held]:
    assistant = Held(documents)
    yield assistant
    assistant.go_on.set()


Opener = Callable[..., str]


@pytest.fixture
def open_site(tmp_path: Path) -> Iterator[Opener]:
    """Starts servers in this process, gives their addresses, and stops them when the test is over."""
    with contextlib.ExitStack() as sites:
        yield lambda door, **settings: sites.enter_context(site_of(door, data=tmp_path / "data", **settings))


@contextlib.contextmanager
def site_of(door: Door, **settings: object) -> Iterator[str]:
    with running(door, **settings) as (address, _):
        yield address


@contextlib.contextmanager
def running(door: Door, **settings: object) -> Iterator[tuple[str, Server]]:
    """A server in a thread of this process, and its address."""
    config = Config(**settings)
    servers: Queue[Server] = Queue()

    async def serve(listener: socket.socket, desk: Desk, keeper: Keeper) -> None:
        app = await build_app(door, desk, keeper, config)
        server = Server(uvicorn_config(app, config), app, desk, on_ready=lambda: servers.put(server))
        await server.serve(sockets=[listener])

    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Keeper(door, config.vectorstore) as keeper,
        Desk(door, keeper, config.max_pending) as desk,
    ):
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=asyncio.run, args=(serve(listener, desk, keeper),))
        thread.start()
        server = servers.get(timeout=PATIENCE)
        try:
            yield address, server
        finally:
            server.should_exit = True
            thread.join()
