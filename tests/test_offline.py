"""Nothing leaves the machine: with every way out shut, and a key for a language model at hand, all works the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Refuses whatever is not this machine, and says so: a library that swallows the error is found out as well.
GUARD = """
import socket, sys
_connect = socket.socket.connect
def connect(self, address):
    host = address[0] if isinstance(address, tuple) else ""
    if isinstance(address, tuple) and host not in ("127.0.0.1", "::1", "localhost"):
        sys.stderr.write(f"WENT OUT to {address}\\n")
        raise OSError("no way out")
    return _connect(self, address)
def getaddrinfo(host, *rest, **more):
    if host not in (None, "127.0.0.1", "::1", "localhost", ""):
        sys.stderr.write(f"LOOKED UP {host}\\n")
        raise socket.gaierror("no way out")
    return _getaddrinfo(host, *rest, **more)
_getaddrinfo = socket.getaddrinfo
socket.socket.connect, socket.getaddrinfo = connect, getaddrinfo
import rag.cli
rag.cli.main()
"""


def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OPENAI_API_KEY": "sk-not-a-consent", "HOME": str(tmp_path)}


def test_syncing_and_asking_try_no_connection(corpus: Path, tmp_path: Path) -> None:
    for command in (["sync", str(corpus)], ["ask", "Who built the lighthouse at Skarra?"]):
        done = subprocess.run(
            [sys.executable, "-c", GUARD, *command],
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "WENT OUT" not in done.stderr
        assert "LOOKED UP" not in done.stderr
    assert "Maren Holt" in done.stdout


def _can_shut_the_network() -> bool:
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _can_shut_the_network(), reason="unshare and ip are not to be had here")
def test_all_works_in_a_network_that_ends_at_this_machine(corpus: Path, tmp_path: Path) -> None:
    commands = f"""
    ip link set lo up
    {sys.executable} -m rag.cli sync {corpus} && {sys.executable} -m rag.cli ask 'Who built the lighthouse at Skarra?'
    """
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-c", commands],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Maren Holt" in done.stdout
