"""`sumber serve` as a person meets it: the real documents, model and collection behind a real browser."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.conftest import ROOT
from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser
PATIENCE = 120_000  # milliseconds; the first question waits for the model


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on the starter corpus, in a folder of its own."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "rag.cli", "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(folder)})
    address = f"http://127.0.0.1:{port}/"
    try:
        _wait(address, server)
        yield address
    finally:
        server.terminate()
        assert server.wait(30) == 0


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    while True:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address + "healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.2)


def test_three_questions_and_an_opened_citation(served: str, visit: Callable[..., Visit]) -> None:
    page = visit(served)
    page.page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    try:
        turn = page.ask("When did the cooperation center in Jakarta open?")
        expect(turn.locator(".sentence").first).to_contain_text("2 March 2016")
        turn = page.ask("Who gave a presentation to the Indonesian officials?")
        expect(turn.locator(".sentence").first).to_contain_text("Minister Hong")
        turn.locator(".marker").first.click()
        card = page.page.locator("#s2-1")
        expect(card.locator("mark")).to_be_in_viewport()
        expect(card.locator("h3")).to_contain_text("Our brief of: Exports of Korea’s E-Government Systems")
        turn = page.ask("How do I bake a chocolate cake?")
        expect(turn.locator(".reply")).to_have_text("The documents do not answer this.")
    finally:
        expect.set_options(timeout=5_000)


def test_the_http_door_gives_the_same_answer(served: str) -> None:
    request = urllib.request.Request(
        served + "api/ask",
        data=b'{"question": "When did the cooperation center in Jakarta open?"}',
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as reply:
        assert "2 March 2016" in reply.read().decode()
