"""The files of the corpus folder, as a person adds them, removes them and takes that back. Touches no index.

Whatever a name says, a file ends inside the corpus, under a name of its own, and over no other.
"""

from __future__ import annotations

import contextlib
import errno
import filecmp
import hashlib
import os
import re
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from rag import reading
from rag.reading.formats import CONVERT, KNOWN, suffix_of
from rag.types import SumberError

MOST_FILES = 20_000  # in a corpus that is added to: at some ten passages each, the 200,000 that Sumber is measured at
MAX_NAME = 255  # bytes of a file name in UTF-8 on the common file systems
ROOM = 8  # of them for " (999)"
MAX_FOLDERS = 8  # one in another, of a name that brings its folders along
COUNTED_SECONDS = 5.0  # that the list of what is there already is good for, while many files are added one by one
LEFT_SECONDS = 86_400.0  # after which a file that was never whole is litter
MOST_REMOVED = 50  # files that are offered to be put back

_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)  # devices on Windows
_FORBIDDEN = re.compile(r'[<>:"|?*]')  # on Windows
_JOINERS = "\u200c\u200d"  # invisible, but letters of Persian and parts of emoji need them
_TOKEN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")


class InboxError(SumberError):
    """The corpus folder cannot be changed as asked. The message is the reason with its remedy."""


class RefusedFileError(InboxError):
    """A file is not taken: for its name, its kind or its size."""


class NoSuchFileError(InboxError):
    """There is no such file in the corpus, or among those removed."""


class TakenError(InboxError):
    """A file cannot be put back, because another one has its place."""


@dataclass(frozen=True, slots=True)
class Added:
    """Where a file lies in the corpus, with forward slashes. One whose content was there already is not stored."""

    document: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Removed:
    """A file that was removed from the corpus and can be put back by its token."""

    token: str
    document: str
    when: datetime  # local time


class Inbox:
    """One corpus folder, which may not exist yet. Safe from any thread.

    Args:
        data: the folder that keeps what is removed, in `removed`, so that it can be put back.
        max_bytes: the largest file that is taken.
        leave_out: a folder that holds no documents, though it may lie in the corpus.
    """

    def __init__(self, corpus: Path, data: Path, max_bytes: int, leave_out: Path | None = None) -> None:
        self.corpus = corpus.resolve()
        self.max_bytes = max_bytes
        self._leave_out = leave_out.resolve() if leave_out else None
        inside = data.resolve().is_relative_to(self.corpus)
        of_this = hashlib.sha256(os.fsencode(self.corpus)).hexdigest()[:12]
        self.bin = data.resolve() / (".removed" if inside else "removed") / of_this  # hidden folders are not read
        self._guard = threading.Lock()
        self._by_size: dict[int, list[Path]] = {}
        self._counted_at = -COUNTED_SECONDS

    @contextlib.contextmanager
    def receive(self, name: str) -> Iterator[Receiving]:
        """A file on its way into the corpus. Unless it is kept, nothing of it stays.

        Args:
            name: what the sender calls it, with its folders if it likes; made safe, and never trusted.

        Raises:
            RefusedFileError: it has no name, or is of a kind that is not read.
            InboxError: the folder cannot be written to.
        """
        target = safe_path(name)
        _check_kind(target.name)
        partial = self.corpus / f".sumber-{secrets.token_hex(8)}.part"
        with contextlib.ExitStack() as whole:
            with self._explained():
                self.corpus.mkdir(parents=True, exist_ok=True)
                whole.callback(partial.unlink, missing_ok=True)
                file = whole.enter_context(open(partial, "xb"))
            yield Receiving(self, target, partial, file)

    def check_size(self, size: int) -> None:
        """Refuses a file of more bytes than are taken.

        Raises:
            RefusedFileError: with the limit.
        """
        if size > self.max_bytes:
            raise RefusedFileError(f"it is larger than the {self.max_bytes / 1e6:g} MB of SUMBER_MAX_FILE_MB")

    def remove(self, document: str) -> Removed:
        """Moves a file out of the corpus.

        Raises:
            NoSuchFileError: the corpus holds no such document.
            InboxError: it cannot be moved.
        """
        with self._explained():
            # Looked for among what the corpus lists: no path is made of what was asked for.
            path = next((path for name, path in reading.files(self.corpus, self._leave_out) if name == document), None)
            if path is None or document.endswith("/"):
                raise NoSuchFileError(f"there is no file {document} in {self.corpus}; it may have been removed already")
            when = datetime.now()
            token = f"{when:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
            place = self.bin / token / path.relative_to(self.corpus)
            self.bin.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.parent.mkdir(parents=True)
            shutil.move(path, place)
        return Removed(token, document, when)

    def restore(self, token: str) -> str:
        """Puts a removed file back where it was; gives its document.

        Raises:
            NoSuchFileError: nothing was removed under this token, or it is back already.
            TakenError: another file is there now.
            InboxError: it cannot be moved.
        """
        removed = self._removed(token) if _TOKEN.fullmatch(token) else None
        if removed is None:
            raise NoSuchFileError(f"that file is no longer in {self.bin}; it may have been put back already")
        folder = self.bin / token
        place = _only_file(folder)
        relative = place.relative_to(folder)
        with self._guard, self._explained():
            target = self._folder(PurePosixPath(relative.as_posix()).parent) / relative.name
            try:
                _claim(target)
            except FileExistsError:
                raise TakenError(
                    f"there is another {removed.document} now. Rename that one, or take the removed one from {place}"
                ) from None
            _move_onto(place, target)
            shutil.rmtree(folder)
        return removed.document

    def removed(self) -> list[Removed]:
        """What can be put back, the last first."""
        with contextlib.suppress(OSError):  # nothing was removed yet, or the folder cannot be looked into
            tokens = sorted(filter(_TOKEN.fullmatch, os.listdir(self.bin)), reverse=True)[:MOST_REMOVED]
            return [one for one in map(self._removed, tokens) if one]
        return []

    def _removed(self, token: str) -> Removed | None:
        folder = self.bin / token
        try:
            document = _only_file(folder).relative_to(folder).as_posix()
        except StopIteration:
            return None
        storable = document.encode("utf-8", "replace").decode()  # a name that is no valid UTF-8
        return Removed(token, storable, datetime.strptime(token[:15], "%Y%m%d-%H%M%S"))

    def _keep(self, receiving: Receiving) -> Added:
        """Gives a file that has come whole its place, unless its content has one already."""
        with self._guard, self._explained():
            self._count()
            same = self._same(receiving.partial, receiving.size)
            if same:
                return Added(same.relative_to(self.corpus).as_posix(), is_new=False)
            folder = self._folder(receiving.target.parent)
            for number in range(1, 1000):
                target = folder / _numbered(receiving.target.name, number)
                with contextlib.suppress(FileExistsError):
                    _claim(target)
                    break
            else:
                raise RefusedFileError("a thousand files have this name; rename it")
            _move_onto(receiving.partial, target)
            self._by_size.setdefault(receiving.size, []).append(target)
        return Added(target.relative_to(self.corpus).as_posix(), is_new=True)

    def _folder(self, relative: PurePosixPath) -> Path:
        """A folder of the corpus, made where it is missing. One that a link leads out of is refused."""
        folder = self.corpus
        for part in relative.parts:
            folder /= part
            folder.mkdir(exist_ok=True)
            real = folder.resolve()
            if not real.is_relative_to(self.corpus) or (self._leave_out and real.is_relative_to(self._leave_out)):
                raise RefusedFileError(f"the folder {relative} holds no documents; add it to another one")
        return folder

    def _count(self) -> None:
        """Looks at what is there, if that has not been done just now; refuses more where there is much."""
        if time.monotonic() - self._counted_at >= COUNTED_SECONDS:
            self._by_size = {}
            for name, path in reading.files(self.corpus, self._leave_out):
                if suffix_of(name) in KNOWN:
                    with contextlib.suppress(OSError):  # it has gone, or a folder cannot be looked into
                        self._by_size.setdefault(path.stat().st_size, []).append(path)
            for left in self.corpus.glob(".sumber-*.part"):
                if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                    left.unlink()
            self._counted_at = time.monotonic()
        if sum(map(len, self._by_size.values())) >= MOST_FILES:
            raise RefusedFileError(f"there are {MOST_FILES:,} files already, as many as can be added here")

    def _same(self, partial: Path, size: int) -> Path | None:
        """A file of the corpus with the same content."""
        for path in sorted(self._by_size.get(size, ())):
            with contextlib.suppress(OSError):
                if filecmp.cmp(partial, path, shallow=False):
                    return path
        return None

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise InboxError(f"there is no room left for it in {self.corpus}. Make some, then try again") from error
            raise InboxError(
                f"the folder {self.corpus} cannot be changed ({error.strerror or error}). Allow that, or do it yourself"
            ) from error


class Receiving:
    """A file that is being received. Made by `Inbox.receive`."""

    def __init__(self, inbox: Inbox, target: PurePosixPath, partial: Path, file: BinaryIO) -> None:
        self.target = target
        self.partial = partial
        self.size = 0
        self._inbox = inbox
        self._file = file

    def write(self, data: bytes) -> None:
        """Takes some more of it.

        Raises:
            RefusedFileError: it is too large.
            InboxError: there is no room for it.
        """
        self.size += len(data)
        self._inbox.check_size(self.size)
        with self._inbox._explained():
            self._file.write(data)

    def keep(self) -> Added:
        """It is whole: gives it its place.

        Raises:
            RefusedFileError: it is empty, its folder is none for documents, or there are too many.
        """
        if not self.size:
            raise RefusedFileError("it is empty")
        with self._inbox._explained():
            self._file.close()
        return self._inbox._keep(self)


def glance(corpus: Path, leave_out: Path | None = None) -> int:
    """A number that changes when a document of the corpus is added, changed or removed. 0 where there is no folder."""
    seen: list[object] = []
    try:
        for name, path in reading.files(corpus, leave_out):
            with contextlib.suppress(OSError):  # it has gone meanwhile, or cannot be looked at
                status = path.stat()
                seen.append((name, status.st_size, status.st_mtime_ns))
    except SumberError as error:  # what is to be left out cannot be read: the sync says so
        seen.append(str(error))
    return hash(tuple(seen)) if seen else 0


def safe_path(name: str) -> PurePosixPath:
    """The place in a corpus that a foreign name stands for: readable, below it, and allowed on every common system.

    Raises:
        RefusedFileError: there is nothing left of it.
    """
    parts = re.split(r"[/\\]", name)
    if not parts[0] or ".." in parts or re.fullmatch(r"\w:.*", parts[0]):  # absolute, or leads elsewhere
        parts = parts[-1:]
    *folders, last = parts
    kept = [folder for folder in map(_safe, folders) if folder][-MAX_FOLDERS:]
    safe = _safe(last)
    if not safe or safe.startswith("."):
        raise RefusedFileError("it has no name that a file can have; rename it")
    return PurePosixPath(*kept, safe)


def _safe(part: str) -> str:
    """One part of a path without what no system shows or takes; hidden names become visible."""
    letters = unicodedata.normalize("NFC", part)
    shown = "".join(c for c in letters if c in _JOINERS or unicodedata.category(c) not in _UNSHOWN)
    plain = _FORBIDDEN.sub("_", shown).strip().lstrip(".~$ ").rstrip(". ")
    plain = _RESERVED.sub(r"\1_", plain, count=1) if _RESERVED.match(plain) else plain
    suffix = PurePosixPath(plain).suffix
    suffix = suffix if len(suffix.encode()) <= 16 else ""
    stem = plain.removesuffix(suffix).encode()[: MAX_NAME - ROOM - len(suffix.encode())].decode("utf-8", "ignore")
    return stem.rstrip() + suffix


_UNSHOWN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control and direction characters, half characters, line ends


def _numbered(name: str, number: int) -> str:
    suffix = PurePosixPath(name).suffix
    return name if number == 1 else f"{name.removesuffix(suffix)} ({number}){suffix}"


def _check_kind(name: str) -> None:
    suffix = suffix_of(name)
    if suffix in CONVERT:
        raise RefusedFileError(CONVERT[suffix])
    if suffix not in KNOWN:
        raise RefusedFileError(f"files {f'of the kind {suffix}' if suffix else 'without a suffix'} are not read")


def _claim(target: Path) -> None:
    """Makes an empty file, so that nobody else can take the name until ours is moved onto it."""
    open(target, "xb").close()


def _move_onto(source: Path, claimed: Path) -> None:
    """Moves a file onto its claimed place, from another disk by way of a copy beside it."""
    try:
        try:
            os.replace(source, claimed)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            partial = claimed.with_name(f".sumber-{secrets.token_hex(8)}.part")
            shutil.copy2(source, partial, follow_symlinks=False)
            os.replace(partial, claimed)
    except OSError:
        claimed.unlink(missing_ok=True)
        raise


def _only_file(folder: Path) -> Path:
    """The one file below a folder.

    Raises:
        StopIteration: there is none.
    """
    return next(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
