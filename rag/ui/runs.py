"""Evaluations under way and done: one at a time, asked through the desk like anyone's questions. Knows no page."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from datetime import datetime
from typing import TypeVar

from rag.evaluation import Evaluation, Question, evaluate
from rag.evaluation.comparison import Comparison
from rag.evaluation.run import RETRIEVED, Asked
from rag.types import Answer, Passage, SumberError, Turn
from rag.ui.desk import STOPPING, BusyError, Desk, StoppingError
from rag.ui.sets import QuestionSet
from rag.ui.wording import known

LOOK_SECONDS = 0.2  # between looks whether it is to end, while an answer is awaited
BUSY_SECONDS = 2.0  # before a question that the desk had no place for is put again
GLANCE_SECONDS = 0.02  # between looks whether somebody else's question is still being answered
GIVE_WAY_SECONDS = 20.0  # that others go before the next question, at the longest: it is to end even on a busy day
KEPT = 8  # people whose last evaluation is held: one of 1,000 questions takes some 10 MB

UNEXPECTED = known("The evaluation ended unexpectedly; the terminal that Sumber runs in says why. Run it again.")
STOPPED = known("Stopped after {done} of {total} questions; nothing was kept.")
YOURS = known(
    "Your evaluation is under way ({done} of {total} questions); one at a time leaves room for those who ask."
    " Start this one when it is done"
)
SOMEBODY_ELSES = known(
    "Somebody else's evaluation is under way ({done} of {total} questions); one at a time leaves room for those who"
    " ask. Start this one when it is done"
)

Result = TypeVar("Result")


class TakenError(SumberError):
    """Another evaluation is under way."""


class _Ended(BaseException):
    """Ends an evaluation from inside. Not an Exception, so that no guard around one question swallows it."""


class Run:
    """One person's evaluation of a question set, from its start on. Ends by itself, or when it is told to."""

    def __init__(self, chosen: QuestionSet, questions: Sequence[Question]) -> None:
        """Not yet begun: that is for `Runs.start`."""
        self.chosen = chosen
        self.questions = questions
        self.name = secrets.token_hex(4)  # tells it from others of the same set
        self.done = 0
        self.is_running = True
        self.evaluation: Evaluation | None = None
        self.problem = ""  # why there is no evaluation, once it runs no more
        self.comparison: Comparison | None = None  # with a baseline, where the person chose one
        self.baseline = ""
        self.ended = datetime.now()
        self.ending = threading.Event()
        self._began = time.monotonic()

    @property
    def seconds_left(self) -> float | None:
        """As the questions so far went; None before the first is done."""
        left = len(self.questions) - self.done
        return (time.monotonic() - self._began) / self.done * left if self.done else None

    def stop(self) -> None:
        """Ends it within a moment; the answer that it waits for is not waited for."""
        self.ending.set()

    def work(self, desk: Desk, library: Asked) -> None:
        """Asks all questions, in a thread of its own."""
        self.problem = UNEXPECTED
        asked = _Asked(desk, library, self.ending)

        def tell(done: int, _: int) -> None:
            self.done = done
            asked.give_way()

        try:
            self.evaluation = evaluate(asked, self.questions, tell)
            self.problem = ""
        except SumberError as error:
            self.problem = str(error)
        except _Ended:
            self.problem = STOPPED.format(done=f"{self.done:,}", total=f"{len(self.questions):,}")
        finally:
            self.ended = datetime.now()
            self.is_running = False


class Runs:
    """The evaluations of a server: the one under way, and the last of each person."""

    def __init__(self, desk: Desk, library: Asked) -> None:
        self._desk = desk
        self._library = library
        self._lock = threading.Lock()
        self._last: OrderedDict[str, Run] = OrderedDict()

    def of(self, owner: str) -> Run | None:
        """The last evaluation of a person, under way or done."""
        return self._last.get(owner)

    def start(self, owner: str, run: Run) -> None:
        """Begins an evaluation, in place of the last of its person.

        Raises:
            TakenError: one is under way.
        """
        with self._lock:
            for person, other in self._last.items():
                if other.is_running:
                    taken = YOURS if person == owner else SOMEBODY_ELSES
                    raise TakenError(taken.format(done=f"{other.done:,}", total=f"{len(other.questions):,}"))
            self._last[owner] = run
            self._last.move_to_end(owner)
            while len(self._last) > KEPT:
                self._last.popitem(last=False)
        threading.Thread(
            target=run.work, args=(self._desk, self._library), name="sumber-evaluating", daemon=True
        ).start()


class _Asked:
    """An assistant whose questions wait at the desk with everyone else's, one at a time."""

    def __init__(self, desk: Desk, library: Asked, ending: threading.Event) -> None:
        self._desk = desk
        self._ending = ending
        self.config = library.config
        self.document = library.document
        self.passages_of = library.passages_of
        self.facts = library.facts
        self.forget = library.forget

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        return self._awaited(lambda: self._desk.ask(question, history))

    def retrieve(self, question: str, k: int = RETRIEVED) -> Sequence[Passage]:
        return self._awaited(lambda: self._desk.retrieve(question, k))

    def give_way(self) -> None:
        """Lets those go first who ask meanwhile. Between two questions, so that no measured time has this in it."""
        until = time.monotonic() + GIVE_WAY_SECONDS
        while self._desk.pending and time.monotonic() < until:
            self._ending.wait(GLANCE_SECONDS)
        if self._ending.is_set():
            raise _Ended

    def _awaited(self, put: Callable[[], Future[Result]]) -> Result:
        while not self._ending.is_set():
            try:
                waiting = put()
            except BusyError:
                self._ending.wait(BUSY_SECONDS)
                continue
            while not self._ending.is_set():
                try:
                    return waiting.result(LOOK_SECONDS)
                except TimeoutError:
                    if waiting.done():
                        raise
                except CancelledError as error:
                    raise StoppingError(STOPPING) from error
            waiting.cancel()
        raise _Ended
