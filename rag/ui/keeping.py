"""Keeps the index in step with the folder of documents in the background: at the start, and when the folder changes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.inbox import glance
from rag.types import Changes, IndexBusyError, Progress, SumberError
from rag.ui.door import Door
from rag.ui.wording import known

LOOK_SECONDS = 2.0  # between looks at the folder, so that a file is asked about soon after it was put there
LOOK_SHARE = 20  # times as long as a look took, the next one waits at least: 5 % of a core for however many files
MOST_UNSETTLED = 15  # looks after which a folder that never stops changing is read all the same
SHOW_SECONDS = 5.0  # between versions while a long reading goes on: what is read already can be seen

UNEXPECTED = known("Reading the documents ended unexpectedly; what was read before still answers. Start Sumber again.")
STOPPED = known("Reading was stopped.")


class _Stopped(BaseException):
    """Ends a reading from inside. Not an Exception, so that no guard around one bad file swallows it."""


@dataclass(frozen=True, slots=True)
class State:
    """How far the reading has come, and what there is to tell of it.

    The stages are those of the first reading; `progress` beside "ready" is that of a later one. `notice` is why a
    reading ended early: what was indexed before still answers. `version` rises whenever there may be more to list.
    """

    stage: Literal["reading", "warming", "ready"] = "reading"
    progress: Progress | None = None
    notice: str = ""
    version: int = 0
    changes: Changes | None = None  # what the last reading did, if it was a later one; what failed, if that is news


class Keeper:
    """Entering it starts the first reading; leaving it stops at the next document, and waits for that.

    Args:
        leave_out: a folder that holds no documents, though it may lie among them.
        look_seconds: between looks at the folder.
    """

    def __init__(self, door: Door, leave_out: Path | None = None, look_seconds: float = LOOK_SECONDS) -> None:
        self._door = door
        self._leave_out = leave_out
        self._look_seconds = self._rest = look_seconds
        self._state = State()
        self._told_failed: tuple[tuple[str, str], ...] = ()
        self._shown_at = time.monotonic()
        self._read = threading.Event()
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._asked = False
        self._thread = threading.Thread(target=self._keep, name="sumber-keeping", daemon=True)

    def __enter__(self) -> Keeper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join()

    @property
    def state(self) -> State:
        return self._state

    def stop(self) -> None:
        """Ends the reading at its next document, and the waiting for it at once."""
        self._stopping.set()
        self._read.set()
        self._woken.set()

    def wait(self) -> None:
        """Until the documents have been read once, or never will be."""
        self._read.wait()

    def sync_now(self) -> None:
        """Reads what has changed, without waiting for the next look. What is under way already is ended first."""
        self._asked = True
        self._woken.set()

    def _keep(self) -> None:
        seen = latest = self._look()
        unsettled = 0
        self._sync(first=True)
        while self._pause():
            now = self._look()
            asked, self._asked = self._asked, False
            unsettled = unsettled + 1 if now != latest else 0
            settled = now != seen and (now == latest or unsettled > MOST_UNSETTLED)
            latest = now
            # A file that is being copied there changes from look to look: it is read when it has come to rest.
            if (asked or settled) and self._sync():
                seen, unsettled = now, 0

    def _look(self) -> int:
        began = time.monotonic()
        now = glance(self._door.corpus, self._leave_out)
        self._rest = max(self._look_seconds, LOOK_SHARE * (time.monotonic() - began))
        return now

    def _pause(self) -> bool:
        """Waits for the next look; False when there will be none."""
        self._woken.wait(self._rest)
        self._woken.clear()
        return not self._stopping.is_set()

    def _sync(self, first: bool = False) -> bool:
        """Reads what has changed; whether that is done with, even if by an error that reading again would not mend."""
        notice, changes, done = UNEXPECTED, None, True
        try:
            self._tell(Progress("reading", 0, 0))
            changes = self._door.sync(self._tell)
            if first:
                self._state = replace(self._state, stage="warming", progress=None)
                self._door.warm()
            notice = ""
        except SumberError as error:
            notice, done = str(error), not isinstance(error, IndexBusyError)
        except _Stopped:
            notice = STOPPED
        finally:
            news = None if first or changes is None else self._news(changes)
            self._state = State("ready", None, notice, self._state.version + 1, news)
            self._read.set()
        return done

    def _news(self, changes: Changes) -> Changes:
        """The changes, without the files that could not be read where just these were told of before."""
        told, self._told_failed = self._told_failed, changes.failed
        return replace(changes, failed=()) if changes.failed == told else changes

    def _tell(self, progress: Progress) -> None:
        if self._stopping.is_set():
            raise _Stopped
        version, before = self._state.version, self._state.progress
        if progress.stage == "embedding" and before and before.total > 1:
            # It counts the passages of the files that were read last, which says little of how many files there are.
            progress = replace(progress, done=before.done, total=before.total)
        if time.monotonic() - self._shown_at > SHOW_SECONDS:
            self._shown_at, version = time.monotonic(), version + 1
        self._state = replace(self._state, progress=progress, version=version)
