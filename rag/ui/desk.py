"""The desk where questions wait: for the first reading of the documents, then for a free thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from rag.types import EVERYTHING, Answer, Passage, Scope, SumberError, Turn
from rag.ui.door import Door, OnSentence
from rag.ui.keeping import Keeper
from rag.ui.wording import known

BUSY = known("{n} questions are waiting already; ask again in a few seconds.")
STOPPING = known("Sumber is stopping; start it again and ask again.")
ASKING_THREADS = 4  # an answer keeps a core busy, or waits for a language model; more threads only take turns

Result = TypeVar("Result")


class BusyError(SumberError):
    """More questions are waiting than the server holds."""


class StoppingError(SumberError):
    """The server is ending and takes no more questions."""


class Desk:
    """Answers questions once the keeper has read the documents, a bounded number at a time.

    Leaving it sends away those that wait, and waits for what cannot be stopped.
    """

    def __init__(self, door: Door, keeper: Keeper, max_pending: int) -> None:
        self._door = door
        self._keeper = keeper
        self._max_pending = max_pending
        self._pending = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(ASKING_THREADS, thread_name_prefix="sumber-asking")

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def stop(self) -> None:
        """Takes no more questions, and sends those that wait for the documents away."""
        self._stopping.set()
        self._keeper.stop()

    @property
    def pending(self) -> int:
        """How many questions wait or are being answered."""
        return self._pending

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
                raise BusyError(BUSY.format(n=self._pending))
            self._pending += 1
        future = self._pool.submit(self._when_read, work)
        future.add_done_callback(self._leave)
        return future

    def _when_read(self, work: Callable[[], Result]) -> Result:
        self._keeper.wait()
        self._refuse_when_stopping()
        return work()

    def _refuse_when_stopping(self) -> None:
        if self._stopping.is_set():
            raise StoppingError(STOPPING)

    def _leave(self, _: object) -> None:
        with self._lock:
            self._pending -= 1


def storable(question: str) -> str:
    """The question without lone surrogates, which JSON can carry and no database or response can."""
    return question.encode("utf-8", "replace").decode("utf-8")
