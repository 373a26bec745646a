"""`sumber serve` as a person meets it: the real documents, model and collection behind a real browser."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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
        expect(page.page.locator("#quote")).to_be_in_viewport()
        expect(page.page.locator("#reader h2")).to_contain_text("Our brief of: Exports of Korea’s E-Government Systems")
        turn = page.ask("How do I bake a chocolate cake?")
        expect(turn.locator(".reply")).to_have_text("The documents do not answer this.")
    finally:
        expect.set_options(timeout=5_000)


def test_what_is_added_on_the_page_is_answered_from_and_no_more_when_it_is_removed(
    served: str, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    note = tmp_path / "harbour.md"
    note.write_text("# Harbour works\n\nThe harbour of Tuban was dredged in 1931 to a depth of nine metres.\n", "utf-8")
    page = visit(served, "documents").page
    page.set_default_timeout(PATIENCE)
    row = page.locator(".documents li", has_text="Harbour works")
    page.get_by_label("Files to add").set_input_files(note)
    expect(row).to_contain_text("✓ indexed", timeout=PATIENCE)
    question = "When was the harbour of Tuban dredged?"
    assert "1931" in _asked(served, question)["text"]
    page.get_by_role("button", name="Remove Harbour works").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(row).to_have_count(0, timeout=PATIENCE)
    assert _asked(served, question)["status"] == "not_found"
    page.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("✓ indexed", timeout=PATIENCE)


def _asked(served: str, question: str) -> dict[str, Any]:
    body, headers = json.dumps({"question": question}).encode(), {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(served + "api/ask", body, headers)) as reply:
        answer: dict[str, Any] = json.load(reply)
        return answer


def test_the_http_door_gives_the_same_answer(served: str) -> None:
    assert "2 March 2016" in _asked(served, "When did the cooperation center in Jakarta open?")["text"]
