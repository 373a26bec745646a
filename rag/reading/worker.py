"""Reads files of complex formats in a process of its own, where a crash, a hang or a bomb ends that file and no other.

The process takes a line of JSON and the bytes of a file, and answers with lines of JSON: `{"step": true}` while a long
reading goes on, then `{"document": ...}` or `{"refused": reason}`. JSON, so that a reader taken over by a hostile file
has no way to make this process run anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from rag.reading.formats import READERS, parse, suffix_of
from rag.types import Document, ReadingError, Section

MEMORY_MB = 1000  # that reading one file may take
MOST_TEXT = 50_000_000  # bytes of text that one file may yield
MOST_STEPS = 5_000  # times that a long reading may ask for more time
RENEWED = 200  # files after which the process is replaced, whatever its libraries have let leak


class Worker:
    """Parses files, those of complex formats in another process that is started when it is first needed."""

    def __init__(self, seconds: float) -> None:
        """`seconds` is how long one file may take, or one page of those that are read by their looks."""
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: queue.Queue[bytes] = queue.Queue()
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._process = None

    def parse(self, data: bytes, document: str) -> Document:
        """Makes a document of the bytes of a file.

        Raises:
            ReadingError: the reason why it cannot be a document.
        """
        if suffix_of(document) not in READERS:
            return parse(data, document)
        if self._process is None or self._read >= RENEWED:
            self._start()
        self._read += 1
        try:
            reply = self._asked(data, document)
        except ReadingError:
            self.close()
            raise
        if reply.get("spent"):
            self.close()
        if "document" not in reply:
            raise ReadingError(str(reply.get("refused")))
        return _document(reply["document"])

    def _start(self) -> None:
        self.close()
        self._read = 0
        self._replies = queue.Queue()
        paths = [str(Path(__file__).parent.parent.parent), os.environ.get("PYTHONPATH", "")]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from rag.reading.worker import main; main()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            )
        except OSError as error:
            raise ReadingError(f"its reader cannot be started ({error.strerror or error})") from error
        assert self._process.stdout is not None
        threading.Thread(target=_collect, args=(self._process.stdout, self._replies), daemon=True).start()

    def _asked(self, data: bytes, document: str) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        crashed = ReadingError(_DAMAGED)
        try:
            self._process.stdin.write(json.dumps({"document": document, "bytes": len(data)}).encode() + b"\n")
            self._process.stdin.write(data)
            self._process.stdin.flush()
            for _ in range(MOST_STEPS):
                reply = self._replies.get(timeout=self._seconds)
                if not reply.endswith(b"\n"):
                    raise crashed if len(reply) < _LONGEST else ReadingError(_TOO_MUCH)
                told = json.loads(reply)
                if isinstance(told, dict) and "step" not in told:
                    return told
        except queue.Empty:
            raise ReadingError(
                f"reading it took more than {self._seconds:g} s; split it, or raise SUMBER_READ_SECONDS"
            ) from None
        except (OSError, ValueError) as error:
            raise crashed from error
        raise ReadingError("reading it takes too long; split it")


_DAMAGED = "it is damaged: its reader fails on it; open it in its own program and save it anew"
_LONGEST = 2 * MOST_TEXT  # bytes of one reply: the text and its sections, escaped
_TOO_MUCH = f"it yields more than {MOST_TEXT / 1e6:.0f} MB of text; split it"


def _collect(pipe: IO[bytes], replies: queue.Queue[bytes]) -> None:
    """Hands over each line that the process writes, and what there is of one where it ends."""
    with contextlib.suppress(OSError, ValueError):
        while line := pipe.readline(_LONGEST):
            replies.put(line)
    replies.put(b"")


def _document(told: dict[str, Any]) -> Document:
    sections = tuple(Section(str(one["title"]), int(one["start"])) for one in told.pop("sections"))
    return Document(**{**told, "sections": sections, "pages": tuple(map(int, told["pages"]))})


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
        replies.write(json.dumps(_reply(data, request, replies), ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        replies.flush()


def _requests(pipe: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    while line := pipe.readline():
        request = json.loads(line)
        yield request["document"], pipe.read(request["bytes"])


def _reply(data: bytes, document: str, replies: IO[bytes]) -> dict[str, Any]:
    def step() -> None:
        replies.write(b'{"step": true}\n')
        replies.flush()

    try:
        result = parse(data, document, step)
    except ReadingError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": f"reading it takes more than {MEMORY_MB} MB of memory; split it", "spent": True}
    except RecursionError:
        return {"refused": "it is nested too deeply; save it in a simpler form"}
    except Exception:  # a stranger's file in a stranger's library: whatever comes of it ends this file and no other
        return {"refused": _DAMAGED}
    if len(result.text.encode("utf-8", "replace")) > MOST_TEXT:
        return {"refused": _TOO_MUCH}
    return {"document": asdict(result)}


def _limit_memory() -> None:
    """Bounds what this process may take, where the system can. Windows cannot: there only the time is bounded."""
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MB * 10**6, MEMORY_MB * 10**6))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
