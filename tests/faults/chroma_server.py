"""A real Chroma server on this machine, in a process that tests stop, end and start again."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import httpx
import pytest

PROGRAM = shutil.which("chroma", path=sysconfig.get_path("scripts"))
PATIENCE = 60.0  # seconds for a start, which takes two on an idle machine

needs_server = pytest.mark.skipif(PROGRAM is None or sys.platform == "win32", reason="there is no chroma to run")


class ChromaServer:
    """`chroma run` on a free port of 127.0.0.1; what it holds stays in its folder when it is ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        assert PROGRAM is not None
        command = [PROGRAM, "run", "--path", str(self.folder), "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + PATIENCE
        while not self._is_up():
            assert self.process.poll() is None, "the Chroma server ended"
            assert time.monotonic() < until, "the Chroma server does not start"
            time.sleep(0.02)

    def _is_up(self) -> bool:
        try:
            return httpx.get(f"{self.address}/api/v2/heartbeat", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stall(self) -> None:
        """Accepts connections and never answers, until it is woken."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def collections(self) -> dict[str, int]:
        """How many vectors each collection holds, by name, asked without any of our own code."""
        base = f"{self.address}/api/v2/tenants/default_tenant/databases/default_database/collections"
        rows = httpx.get(base, trust_env=False).json()
        return {row["name"]: httpx.get(f"{base}/{row['id']}/count", trust_env=False).json() for row in rows}

    def drop(self, name: str) -> None:
        base = f"{self.address}/api/v2/tenants/default_tenant/databases/default_database/collections"
        assert httpx.delete(f"{base}/{name}", trust_env=False).is_success
