"""Starting and stopping: what is refused before anything starts, and how the server ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from rag.config import Config
from rag.types import SettingsError, SumberError
from rag.ui.server import serve
from tests.ui.fake import FakeAssistant

ROOT = Path(__file__).parents[2]

# An owner that tells when it closes its assistant, as `with Assistant.open(...)` does.
OWNER = """
from rag.config import Config
from rag.ui.server import serve
from tests.ui.fake import FakeAssistant

try:
    serve(FakeAssistant([]), Config(port=0), on_ready=lambda address: print(address, flush=True))
finally:
    print("closed", flush=True)
"""


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_an_address_that_others_can_reach_is_refused(assistant: FakeAssistant, host: str) -> None:
    with pytest.raises(SettingsError, match=r"--host 127\.0\.0\.1"):
        serve(assistant, Config(host=host))


def test_a_port_in_use_is_named_with_its_remedy_before_anything_starts(assistant: FakeAssistant) -> None:
    message = "Choose another one with --port"
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SumberError, match=message):
        serve(assistant, Config(port=taken.getsockname()[1]))
    assert [entry.path for entry in assistant.documents()] == ["scan.pdf"], "no document was read"


@pytest.fixture(scope="module")
def owners() -> Iterator[dict[signal.Signals, subprocess.Popen[bytes]]]:
    """A server for each signal, started at once because they take their time."""
    command = [sys.executable, "-c", OWNER]
    with ExitStack() as running:
        yield {
            stop: running.enter_context(
                subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            )
            for stop in (signal.SIGINT, signal.SIGTERM)
        }


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_at_once_and_its_owner_closes_the_assistant(
    owners: dict[signal.Signals, subprocess.Popen[bytes]], stop: signal.Signals
) -> None:
    owner = owners[stop]
    assert owner.stdout
    address = owner.stdout.readline().decode().strip()
    with urllib.request.urlopen(f"{address}/gradio_api/heartbeat/an-open-page") as heartbeat:
        assert b"ALIVE" in heartbeat.readline()
        owner.send_signal(stop)
        said, complained = owner.communicate()
    assert (owner.returncode, said, complained) == (0, b"closed\n", b"")
