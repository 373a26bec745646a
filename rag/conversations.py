"""A person's conversations and feedback, as files in their own data folder. Knows nothing of documents and models."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, get_args

from filelock import FileLock, Timeout

from rag.answers import DamagedError, Moment, inert, markdown, one_line, read
from rag.types import EVERYTHING, Answer, Scope, SumberError, Turn

FORMAT = 1  # raise when a file written today would be misread by the version before
MAX_TURNS = 200  # of a conversation; one that long is better begun anew
MAX_BYTES = 20_000_000  # of a conversation or of the feedback: 200 answers with 50 long passages each stay below
MAX_ROW = 200_000  # bytes of one feedback: a question, its history and some passages are a tenth of it
LONGEST_TITLE = 80  # characters
HEAD_BYTES = 4096  # the first line of a file; the longest title takes a tenth of it
KEPT = timedelta(days=30)  # how long what was deleted can be restored
STALE = timedelta(days=1)  # age of a half-written file that nobody is writing any more
LOCK_SECONDS = 10.0  # that a feedback waits for another one

_ID = re.compile(r"[0-9a-f]{32}")
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_HALF = ".half-"  # how the name of a file begins while it is being written

Kind = Literal["right", "wrong", "wrong source", "should have answered", "should have declined"]


class ConversationError(SumberError):
    """A conversation or a feedback cannot be kept or found."""


def person_folder(folder: Path, owner: str = "") -> Path:
    """The folder of one of the people who share a server, whose name does not tell the token that opens it.

    Args:
        owner: any string that only they know; empty for the one person of a machine of their own.
    """
    digest = hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()
    return folder / (digest[:32] if owner else "own")


def now() -> datetime:
    return datetime.now(UTC)


# --- conversations ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SavedTurn:
    """A question, what was shown for it, and which documents it was asked of."""

    question: str
    asked: Moment = field(default_factory=now)
    answer: Answer | None = None  # whole, or as far as it had come when it was stopped
    failure: str = ""  # the sentence shown instead, where there was an error
    is_stopped: bool = False
    scope: Scope = EVERYTHING
    hashes: dict[str, str] = field(default_factory=dict)  # sha256 of the bytes of each cited document at that time

    def __post_init__(self) -> None:
        if self.answer:
            _json(self.answer.to_dict())  # a ValueError where a number is none
            if not 0 <= self.answer.confidence <= 1:
                raise ValueError("the confidence is no probability")


@dataclass(frozen=True, slots=True)
class Conversation:
    """What one person asked and was shown, oldest first."""

    id: str
    created: Moment
    changed: Moment  # when the last question was asked
    title: str = ""
    turns: tuple[SavedTurn, ...] = ()

    def with_turn(self, turn: SavedTurn) -> Conversation:
        """The conversation one turn longer; the first question gives it its title."""
        return replace(self, title=self.title or titled(turn.question), changed=turn.asked, turns=(*self.turns, turn))

    @property
    def history(self) -> list[Turn]:
        """What was asked and answered, for a question that leans on it; what failed has no place in it."""
        return [
            Turn(turn.question, turn.answer.text if turn.answer and turn.answer.status == "answered" else "")
            for turn in self.turns
            if not turn.failure
        ]


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list of conversations."""

    id: str
    changed: datetime
    title: str = ""
    turns: int = 0
    is_damaged: bool = False  # it cannot be opened, only deleted


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line of a file, so that a list need not read all of each."""

    title: str
    changed: Moment
    count: int


@dataclass(frozen=True, slots=True)
class _Version:
    """What every version of a file says of itself."""

    format: int


def titled(text: str) -> str:
    """The title that a text gives: one line of bounded length."""
    line = one_line(text)
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


class Conversations:
    """The conversations of one person: a file each. Of two who write the same one, the last wins, and it is whole."""

    def __init__(self, folder: Path, owner: str = "") -> None:
        """Makes no folder before there is something to keep; empties what was deleted long ago."""
        self.folder = person_folder(folder, owner) / "conversations"
        self._deleted = self.folder / "deleted"
        _forget(self.folder, STALE, _HALF)
        _forget(self._deleted, KEPT)

    def new(self) -> Conversation:
        """An empty conversation, not yet on disk."""
        began = now()
        return Conversation(secrets.token_hex(16), began, began)

    def list(self) -> tuple[Listed, ...]:
        """All conversations, the one last asked in first; those that cannot be read are among them."""
        with _explained():
            names = filter(_is_kept, os.listdir(self.folder)) if self.folder.exists() else ()
            by_id = {name.partition(".")[0]: name for name in sorted(names)}  # what is set aside gives way to .json
            found = [_listed(self.folder / name) for name in by_id.values()]
        return tuple(sorted(filter(None, found), key=lambda one: (one.changed, one.id), reverse=True))

    def open(self, id: str) -> Conversation:  # noqa: A002
        """A conversation by its id.

        Raises:
            ConversationError: there is none, a newer version of Sumber wrote it, or it is damaged. A damaged one is set
                aside: it stays in the list as damaged, and nothing is written over it.
        """
        path = self._path(id)
        data = _bytes(path)
        if data is None:
            raise _missing()
        try:
            if read(_Version, data).format > FORMAT:
                raise ConversationError("a newer version of Sumber wrote this conversation. Update Sumber to open it")
            return replace(read(Conversation, data), id=id)
        except DamagedError as error:
            with _explained():
                path.replace(path.with_suffix(".damaged"))
            raise ConversationError(
                "this conversation is damaged and was set aside. Restore its file from a copy, or delete it"
            ) from error

    def save(self, conversation: Conversation) -> None:
        """Keeps a conversation, in place of what was kept of it before.

        Raises:
            ConversationError: it is too long, or there is no room for it.
        """
        if len(conversation.turns) > MAX_TURNS:
            raise ConversationError(f"a conversation holds {MAX_TURNS} questions. Start a new one")
        path, data = self._path(conversation.id), to_json(conversation).encode()
        if len(data) > MAX_BYTES:
            raise ConversationError(f"a conversation holds {MAX_BYTES // 1_000_000} MB. Start a new one")
        with _explained():
            _write(path, data)

    def rename(self, id: str, title: str) -> Conversation:  # noqa: A002
        """Gives a conversation another title, or with none that of its first question. Its place in the list stays."""
        conversation = self.open(id)
        first = conversation.turns[0].question if conversation.turns else ""
        renamed = replace(conversation, title=titled(title) or titled(first))
        self.save(renamed)
        return renamed

    def delete(self, id: str) -> None:  # noqa: A002
        """Takes a conversation out of the list. It can be restored for 30 days."""
        self._move(self._path(id), self._deleted)

    def restore(self, id: str) -> None:  # noqa: A002
        """Puts a deleted conversation back, unless it has been written anew meanwhile."""
        if not self._path(id).exists():
            self._move(self._deleted / self._path(id).name, self.folder)

    def _move(self, path: Path, to: Path) -> None:
        """A conversation and what was set aside of it, whichever there are; from now on its time is that of moving."""
        with _explained():
            there = [one for one in (path, path.with_suffix(".damaged")) if one.exists()]
            if not there:
                raise _missing()
            _private(to)
            for one in there:
                with suppress(FileNotFoundError):  # another process was faster
                    os.utime(one)
                    one.replace(to / one.name)

    def _path(self, id: str) -> Path:  # noqa: A002
        if not _ID.fullmatch(id):
            raise _missing()
        return self.folder / f"{id}.json"


def _listed(path: Path) -> Listed | None:
    """A line of the list; nothing for what another process has just deleted."""
    with suppress(DamagedError, OSError):
        if path.suffix == ".json":
            with path.open("rb") as file:
                head = read(_Head, file.readline(HEAD_BYTES).rstrip(b",\n") + b"}")
            return Listed(path.stem, head.changed, titled(head.title), head.count)
    with suppress(FileNotFoundError):
        return Listed(path.stem, datetime.fromtimestamp(path.stat().st_mtime, UTC), is_damaged=True)
    return None


def to_json(conversation: Conversation) -> str:
    """A conversation as it is kept: JSON, whose first line tells what a list shows of it."""
    head = {
        "format": FORMAT,
        "id": conversation.id,
        "title": titled(conversation.title),
        "created": conversation.created.isoformat(),
        "changed": conversation.changed.isoformat(),
        "count": len(conversation.turns),
    }
    turns = [
        {
            **asdict(replace(turn, answer=None)),
            "asked": turn.asked.isoformat(),
            "answer": turn.answer and turn.answer.to_dict(),
        }
        for turn in conversation.turns
    ]
    return f'{_json(head)[:-1]},\n"turns": {_json(turns)}}}\n'


def to_markdown(conversation: Conversation) -> str:
    """A conversation to read elsewhere, sources as footnotes. What documents wrote shows as text and does nothing."""
    parts = [f"# {inert(conversation.title)}"] if conversation.title else []
    for number, turn in enumerate(conversation.turns, 1):
        parts.append(f"## {inert(turn.question)}")
        if turn.scope != EVERYTHING:
            parts.append(f"Asked of: {inert(_narrowed(turn.scope))}")
        if turn.answer:
            parts.append(markdown(turn.answer, str(number)))
        if turn.is_stopped:
            parts.append("Stopped here; there may have been more to say.")
        if turn.failure:
            parts.append(inert(turn.failure))
    return "\n\n".join(parts) + "\n"


def _narrowed(scope: Scope) -> str:
    given = {**asdict(scope), "documents": ", ".join(scope.documents)}
    return "; ".join(f"{name} {value}" for name, value in given.items() if value)


# --- feedback --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person said of an answer. It is a row of a question set, under the names of its keys."""

    id: str
    question: str
    category: str  # the kind of feedback
    answerable: bool
    answers: tuple[str, ...] = ()
    when: str = ""  # ISO date and time


class Feedback:
    """The feedback of one person: a question set of their own, `feedback.jsonl`, that is whole at any moment."""

    def __init__(self, folder: Path, owner: str = "") -> None:
        self.path = person_folder(folder, owner) / "feedback.jsonl"
        _forget(self.path.parent, STALE, _HALF)

    def list(self) -> tuple[Judgement, ...]:
        """What was said, the last first. Lines that a person broke while editing the file are passed over."""
        found = filter(None, map(_judgement, self._lines()))
        return tuple(sorted(found, key=lambda one: (one.when, one.id), reverse=True))

    def record(
        self,
        kind: Kind,
        question: str,
        history: Sequence[Turn] = (),
        answer: Answer | None = None,
        chosen: Sequence[tuple[str, str]] = (),
        accepted: Sequence[str] = (),
    ) -> str:
        """Keeps what a person says of an answer, in place of what they said of the same question before.

        Args:
            history: the turns before, as `ask` was given them.
            answer: what was shown. Where it is right and nothing is chosen, its citations are the sources.
            chosen: (document, quote) that answer the question.
            accepted: answers that are right.

        Returns:
            The id of the row.

        Raises:
            ConversationError: it lacks what this kind needs, is too long, or cannot be kept.
        """
        row = _row(kind, question, history, answer, chosen, accepted)
        line = _json(row)
        if len(line.encode()) > MAX_ROW:
            raise ConversationError("this is too long to be kept. Choose fewer or shorter passages")
        self._exchange(str(row["id"]), line)
        return str(row["id"])

    def remove(self, id: str) -> None:  # noqa: A002
        """Takes back what was said. Does nothing where it is not there."""
        self._exchange(id)

    def _exchange(self, id: str, line: str = "") -> None:  # noqa: A002
        """Puts a line in the place of those with its id. Whoever reads meanwhile sees all of the old or of the new."""
        with _explained():
            _private(self.path.parent)
            with FileLock(self.path.with_suffix(".lock"), timeout=LOCK_SECONDS, mode=0o600):
                kept = [old for old in self._lines() if (known := _judgement(old)) is None or known.id != id]
                data = "".join(f"{one}\n" for one in (*kept, *filter(None, (line,)))).encode()
                if len(data) > MAX_BYTES:
                    raise ConversationError(f"the feedback is full. Move {self.path.name} elsewhere to begin anew")
                if data:
                    _write(self.path, data)
                else:
                    self.path.unlink(missing_ok=True)

    def _lines(self) -> Sequence[str]:
        try:
            text = (_bytes(self.path) or b"").decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ConversationError(f"{self.path.name} is not UTF-8. Save it as UTF-8, or move it elsewhere") from error
        return [line for line in text.split("\n") if line.strip()]


def feedback_id(question: str, history: Sequence[Turn] = ()) -> str:
    """The id that feedback on a question after these turns has: the same question again has the same."""
    words = [question.strip(), *((turn.question, turn.answer) for turn in history if turn.question.strip())]
    return hashlib.sha256(_json(words).encode()).hexdigest()[:32]


def _row(
    kind: Kind,
    question: str,
    history: Sequence[Turn],
    answer: Answer | None,
    chosen: Sequence[tuple[str, str]],
    accepted: Sequence[str],
) -> dict[str, object]:
    """A row of a question set. The keys `shown` and `when` are for people who read it."""
    if kind not in get_args(Kind):
        raise ConversationError(f"there is no feedback of this kind. Say one of: {', '.join(get_args(Kind))}")
    if not question.strip():
        raise ConversationError("feedback needs the question that it is about. Ask one first")
    history = [turn for turn in history if turn.question.strip()]
    sources = list(dict.fromkeys((document, quote) for document, quote in chosen if document.strip() and quote.strip()))
    answers = list(dict.fromkeys(one.strip() for one in accepted if one.strip()))
    if kind == "right" and answer and not sources:
        sources = list(dict.fromkeys((one.document, one.quote) for one in answer.citations))
    is_rightly_silent = kind == "right" and answer is not None and answer.status == "not_found"
    answerable = kind != "should have declined" and not is_rightly_silent
    if kind == "wrong source" and not sources:
        raise ConversationError("to say that the source is wrong, choose the passage that is right")
    if answerable and not (sources or answers):
        raise ConversationError("this feedback needs what is right. Write the answer, or choose a passage that has it")
    return {
        "id": feedback_id(question, history),
        "question": question.strip(),
        "answerable": answerable,
        "answers": answers if answerable else [],
        "sources": [{"document": document, "quote": quote} for document, quote in sources] if answerable else [],
        "category": kind,
        "history": [asdict(turn) for turn in history],
        "shown": {"status": answer.status, "text": answer.text} if answer else None,
        "when": now().isoformat(),
    }


def _judgement(line: str) -> Judgement | None:
    try:
        return read(Judgement, line)
    except DamagedError:
        return None


# --- files -----------------------------------------------------------------------------------------------------------


def _json(value: object) -> str:
    """JSON without lone surrogates, which no file can hold."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace").decode()


def _is_kept(name: str) -> bool:
    stem, _, ending = name.partition(".")
    return ending in ("json", "damaged") and bool(_ID.fullmatch(stem))


def _missing() -> ConversationError:
    return ConversationError("there is no such conversation. Choose one from the list")


@contextmanager
def _explained() -> Iterator[None]:
    """What the operating system refuses, as a sentence with the remedy; it names no folder, since all may read it."""
    try:
        yield
    except Timeout as error:
        raise ConversationError("other feedback is being written. Try again") from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise ConversationError(
                "there is no room on the disk, so nothing was kept. Free some, or set SUMBER_DATA to a folder elsewhere"
            ) from error
        raise ConversationError(
            f"the folder of conversations cannot be used ({error.strerror}). Set SUMBER_DATA to one that can be written"
        ) from error


def _bytes(path: Path) -> bytes | None:
    """What a file holds, None where there is none."""
    with _explained():
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return None
    if len(data) > MAX_BYTES:
        raise ConversationError(f"the file {path.name} is larger than {MAX_BYTES // 1_000_000} MB. Move it elsewhere")
    return data


def _write(path: Path, data: bytes) -> None:
    """Puts a file in place whole or not at all, for its owner alone."""
    _private(path.parent)
    handle, half = tempfile.mkstemp(prefix=_HALF, dir=path.parent)  # readable by its owner only
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, path)
    finally:
        Path(half).unlink(missing_ok=True)


def _private(folder: Path) -> None:
    """Makes a folder and those above it that are missing, for their owner alone."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(0o700, exist_ok=True)


def _forget(folder: Path, age: timedelta, prefix: str = "") -> None:
    """Removes files that have not changed for that long. What cannot be removed now can be at the next start."""
    before = time.time() - age.total_seconds()
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.is_file() and entry.stat().st_mtime < before:
                os.unlink(entry)
