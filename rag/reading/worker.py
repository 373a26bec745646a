"""Reads files of complex formats in a process of its own, where a crash, a hang or a bomb ends that file and no other.

The process takes a line of JSON and the bytes of a file, and answers with lines of JSON: `{"step": true}` while a long
reading goes on, then `{"document": ...}` or `{"refused": reason}` with the mark of what was asked. JSON, so that a
reader taken over by a hostile file has no way to make this process run anything; marks, so that it cannot answer for
the next file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from rag.reading.formats import READERS, parse, suffix_of
from rag.types import Document, ReadingError, Section

SHORT_TEXT = 1_000_000  # bytes; a plain text up to this is read at once, without the other process
MEMORY_MB = 1000  # that reading one file may take
MOST_TEXT = 50_000_000  # bytes of text that one file may yield
MOST_STEPS = 5_000  # times that a long reading may ask for more time
MOST_TIMES = 120  # the time of one file that a reading may take in all, however often it asks: one hour by default
RENEWED = 200  # files after which the process is replaced, whatever its libraries have let leak


class Worker:
    """Parses files, those of complex formats and large ones in another process, started when it is first needed."""

    def __init__(self, seconds: float) -> None:
        """`seconds` is how long one file may take, or one page of those that are read by their looks."""
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: queue.Queue[bytes] = queue.Queue()
        self._replies: queue.Queue[bytes] = queue.Queue()
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process, and those that it has started."""
        if self._process is not None:
            if sys.platform == "win32":
                self._process.kill()
            else:
                with contextlib.suppress(OSError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._requests.put(b"")
            self._process = None

    def parse(self, data: bytes, document: str) -> Document:
        """Makes a document of the bytes of a file.

        Raises:
            ReadingError: the reason why it cannot be a document.
        """
        if suffix_of(document) not in READERS and len(data) <= SHORT_TEXT:
            return parse(data, document)
        if self._process is None or self._read >= RENEWED or not self._replies.empty():  # it says what nobody asked
            self._start()
        used, began = self._read > 0, time.monotonic()
        try:
            return self._parsed(data, document)
        except ReadingError:
            ended = self._process is None and time.monotonic() - began < self._seconds
            if not (used and ended):
                raise
        self._start()  # an earlier file may have left behind what ended the process: this one is given a new one
        return self._parsed(data, document)

    def _parsed(self, data: bytes, document: str) -> Document:
        self._read += 1
        try:
            reply = self._asked(data, document)
            result = _document(reply["document"], document, data) if "document" in reply else None
        except ReadingError:
            self.close()
            raise
        if reply.get("spent"):
            self.close()
        if result is None:
            raise ReadingError(str(reply.get("refused")))
        return result

    def _start(self) -> None:
        self.close()
        self._read = 0
        # Little room: a process that floods its output waits, and ends when nobody has read on for long.
        self._requests, self._replies = queue.Queue(), queue.Queue(maxsize=2)
        paths = [str(Path(__file__).parent.parent.parent), os.environ.get("PYTHONPATH", "")]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from rag.reading.worker import main; main()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
                start_new_session=True,
            )
        except OSError as error:
            raise ReadingError(f"its reader cannot be started ({error.strerror or error})") from error
        # Threads, since a process that neither reads nor writes must not hold up this one.
        for work, pipe, lines in (
            (_send, self._process.stdin, self._requests),
            (_collect, self._process.stdout, self._replies),
        ):
            threading.Thread(target=work, args=(pipe, lines), daemon=True).start()

    def _asked(self, data: bytes, document: str) -> dict[str, Any]:
        crashed = ReadingError(_DAMAGED)
        asked = os.urandom(8).hex()
        request = {"asked": asked, "document": document, "bytes": len(data), "seconds": self._seconds}
        self._requests.put(json.dumps(request).encode() + b"\n" + data)
        until = time.monotonic() + MOST_TIMES * self._seconds
        try:
            for _ in range(MOST_STEPS):
                reply = self._replies.get(timeout=self._seconds)
                if not reply.endswith(b"\n"):
                    raise crashed if len(reply) < _LONGEST else ReadingError(_TOO_MUCH)
                told = json.loads(reply)
                if isinstance(told, dict) and told.get("asked") == asked and "step" not in told:
                    return told
                if time.monotonic() > until:
                    break
        except queue.Empty:
            raise ReadingError(
                f"reading it took more than {self._seconds:g} s; split it, or raise SUMBER_READ_SECONDS"
            ) from None
        except (ValueError, RecursionError) as error:
            raise crashed from error
        raise ReadingError("reading it takes too long; split it")


_DAMAGED = (
    "it is damaged or too large: its reader fails on it; open it in its own program and save it anew, or split it"
)
_PATIENCE = 60  # seconds that a line of the process waits to be taken
_LONGEST = 2 * MOST_TEXT  # bytes of one reply: the text and its sections, escaped
_TOO_MUCH = f"it yields more than {MOST_TEXT / 1e6:.0f} MB of text; split it"


def _send(pipe: IO[bytes], requests: queue.Queue[bytes]) -> None:
    """Hands each request to the process, until an empty one."""
    with contextlib.suppress(OSError), pipe:
        while request := requests.get():
            pipe.write(request)
            pipe.flush()


def _collect(pipe: IO[bytes], replies: queue.Queue[bytes]) -> None:
    """Hands over each line that the process writes, and what there is of one where it ends."""
    with contextlib.suppress(OSError, ValueError, queue.Full), pipe:
        while line := pipe.readline(_LONGEST):
            replies.put(line, timeout=_PATIENCE)
        replies.put(b"", timeout=_PATIENCE)


def _document(told: Any, document: str, data: bytes) -> Document:
    digest = hashlib.sha256(data).hexdigest()
    try:
        sections = tuple(Section(str(one["title"]), int(one["start"])) for one in told["sections"])
        pages = tuple(map(int, told["pages"]))
        return Document(**{**told, "path": document, "sha256": digest, "sections": sections, "pages": pages})
    except (KeyError, TypeError, ValueError) as error:
        raise ReadingError(_DAMAGED) from error


# --- in the other process ---------------------------------------------------------------------------------------------


def main() -> None:
    """Answers requests until its input ends."""
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no reply
    os.dup2(1, 2)
    _limit_memory()
    for request, data in _requests(sys.stdin.buffer):
        seconds = float(request["seconds"])
        _end_in(2 * seconds)
        told = {"asked": request["asked"], **_reply(data, request["document"], replies, seconds)}
        replies.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        replies.flush()
        _end_in(0)


def _end_in(seconds: float) -> None:
    """Ends this process after so many seconds, never for 0: nobody else does if the one it works for was killed."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _requests(pipe: IO[bytes]) -> Iterator[tuple[dict[str, Any], bytes]]:
    while line := pipe.readline():
        request = json.loads(line)
        yield request, pipe.read(request["bytes"])


def _reply(data: bytes, document: str, replies: IO[bytes], seconds: float) -> dict[str, Any]:
    def step() -> None:
        _end_in(2 * seconds)
        replies.write(b'{"step": true}\n')
        replies.flush()

    try:
        result = parse(data, document, step)
    except Exception as error:  # a stranger's file in a stranger's library: what comes of it ends this file alone
        return {"refused": _reason(error), "spent": isinstance(error, MemoryError)}
    if len(result.text.encode("utf-8", "replace")) > MOST_TEXT:
        return {"refused": _TOO_MUCH}
    return {"document": asdict(result)}


def _reason(error: Exception) -> str:
    if isinstance(error, ReadingError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"reading it takes more than {MEMORY_MB} MB of memory; split it"
    if isinstance(error, RecursionError):
        return "it is nested too deeply; save it in a simpler form"
    if isinstance(error, ImportError):
        return f"what reads it is not installed ({error.name or error}); install Sumber anew"
    return _DAMAGED


def _limit_memory() -> None:
    """Bounds what this process may take, where the system can. Windows cannot: there only the time is bounded."""
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MB * 10**6, MEMORY_MB * 10**6))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
