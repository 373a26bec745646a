"""Work in a process of its own, so that what ends that process does not end the tests."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from rag.types import SumberError

Result = TypeVar("Result")

DEADLINE = 120.0  # seconds; what takes longer hangs

# A child of the fork server has everything imported and no thread of Chroma's running. Not to be had on Windows.
CONTEXT: Any = None
if os.name == "posix":
    CONTEXT = multiprocessing.get_context("forkserver")
    CONTEXT.set_forkserver_preload(["chromadb", "chromadb_rust_bindings", "tests.faults.sync_process"])


class ChildError(AssertionError):
    """A child ended without a result."""


def run(work: Callable[..., Result], *arguments: object) -> Result:
    """What a function returns when a child calls it; its SumberError is raised here.

    Raises:
        ChildError: the child was ended by a signal, or fell to another exception.
    """
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_report, args=(sender, work, arguments))
    process.start()
    sender.close()
    try:
        if not receiver.poll(DEADLINE):
            raise ChildError(f"{work.__name__} hangs")
        value = receiver.recv()
    except EOFError:
        process.join()
        raise ChildError(f"{work.__name__} died with exit code {process.exitcode}") from None
    finally:
        end(process)
        receiver.close()
    if isinstance(value, BaseException):
        raise value
    return value  # type: ignore[no-any-return]


def end(process: Any) -> int:
    """Sees a child off, with SIGKILL if it has not ended; its exit code."""
    process.join(0)
    if process.exitcode is None:
        process.kill()
    process.join()
    return int(process.exitcode)


def _report(sender: Connection, work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    try:
        sender.send(work(*arguments))
    except SumberError as error:
        sender.send(error)
    except BaseException:
        sender.send(ChildError(f"{work.__name__} fell:\n{traceback.format_exc()}"))
        raise
