"""The desk where questions wait: for the first reading of the documents, then for a free thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, TypeVar

from rag.types import EVERYTHING, Answer, Passage, Progress, Scope, SumberError, Turn
from rag.ui.door import Door, OnSentence

ASKING_THREADS = 4  # an answer keeps a core busy, or waits for a language model; more threads only take turns

Result = TypeVar("Result")


class BusyError(SumberError):
    """More questions are waiting than the server holds."""


class StoppingError(SumberError):
    """The server is ending and takes no more questions."""


class _Stopped(BaseException):
    """Ends a reading from inside. Not an Exception, so that no guard around one bad file swallows it."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far the first reading has come. `notice` is why it ended early; what was indexed before still answers."""

    stage: Literal["reading", "warming", "ready"] = "reading"
    progress: Progress | None = None
    notice: str = ""


class Desk:
    """Reads the documents once in the background, and answers questions when that is done, a bounded number at a time.

    Entering it starts the reading; leaving it stops, and waits for what cannot be stopped.
    """

    def __init__(self, door: Door, max_pending: int) -> None:
        self._door = door
        self._max_pending = max_pending
        self._pending = 0
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._readiness = Readiness()
        self._reader = threading.Thread(target=self._read, name="sumber-reading", daemon=True)
        self._pool = ThreadPoolExecutor(ASKING_THREADS, thread_name_prefix="sumber-asking")

    def __enter__(self) -> Desk:
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._reader.join()

    def stop(self) -> None:
        """Takes no more questions, sends those that wait away, and ends the reading at its next document."""
        self._stopping.set()
        self._ready.set()

    @property
    def readiness(self) -> Readiness:
        return self._readiness

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        scope: Scope = EVERYTHING,
        on_sentence: OnSentence | None = None,
    ) -> Future[Answer]:
        """The answer, once the documents have been read.

        Raises:
            BusyError: as many questions are waiting as the server holds.
        """
        return self._enqueue(lambda: self._door.ask(storable(question), history, on_sentence, scope))

    def retrieve(self, question: str, k: int, scope: Scope = EVERYTHING) -> Future[list[Passage]]:
        """The k passages nearest to the question, once the documents have been read. Raises as `ask` does."""
        return self._enqueue(lambda: self._door.retrieve(storable(question), k, scope))

    def _enqueue(self, work: Callable[[], Result]) -> Future[Result]:
        with self._lock:
            self._refuse_when_stopping()
            if self._pending >= self._max_pending:
                raise BusyError(f"{self._pending} questions are waiting already; ask again in a few seconds.")
            self._pending += 1
        future = self._pool.submit(self._when_ready, work)
        future.add_done_callback(self._leave)
        return future

    def _when_ready(self, work: Callable[[], Result]) -> Result:
        self._ready.wait()
        self._refuse_when_stopping()
        return work()

    def _refuse_when_stopping(self) -> None:
        if self._stopping.is_set():
            raise StoppingError("Sumber is stopping; start it again and ask again.")

    def _leave(self, _: object) -> None:
        with self._lock:
            self._pending -= 1

    def _read(self) -> None:
        notice = "Reading the documents ended unexpectedly; what was read before still answers."
        try:
            self._door.sync(self._show)
            self._readiness = Readiness("warming")
            self._door.warm()
            notice = ""
        except SumberError as error:
            notice = str(error)
        except _Stopped:
            notice = "Reading was stopped."
        finally:
            self._readiness = Readiness("ready", notice=notice)
            self._ready.set()

    def _show(self, progress: Progress) -> None:
        if self._stopping.is_set():
            raise _Stopped
        self._readiness = Readiness("reading", progress=progress)


def storable(question: str) -> str:
    """The question without lone surrogates, which JSON can carry and no database or response can."""
    return question.encode("utf-8", "replace").decode("utf-8")
