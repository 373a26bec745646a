"""A file to a `Document`. One module per family of formats; this one finds the files and loads their bytes.

Every reading raises `ReadingError` with the reason for a file that cannot be read, and nothing else.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pathspec

from rag.reading.decoding import decode
from rag.reading.formats import parse
from rag.reading.worker import Worker
from rag.types import ReadingError, SettingsError

__all__ = ["Worker", "files", "load", "parse"]


IGNORE_FILE = ".sumberignore"  # at the top of a corpus: what is no document, in the patterns of a .gitignore
IGNORED = ["~$*", "*~", "*.tmp", "*.part", "*.crdownload", "Thumbs.db", "desktop.ini"]  # what programs leave lying


def files(corpus: Path, *leave_out: Path | None) -> Iterator[tuple[str, Path]]:
    """The files below a corpus as (document, path), sorted.

    Passed over are hidden ones, the folders to leave out, and what `.sumberignore` names.

    A link is followed only to a file inside the corpus, so that a folder of documents can never serve what lies
    outside of it, and a loop of links ends nowhere. Characters of a name that cannot be shown are escaped.
    """
    root = corpus.resolve()
    passed_over = {folder.resolve() for folder in leave_out if folder}
    ignored = _ignored(root)
    unlisted: list[str] = []
    for folder, folders, names in os.walk(root, onerror=lambda error: unlisted.append(str(error.filename))):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and Path(os.path.realpath(Path(folder, name))) not in passed_over
            and not ignored.match_file(Path(folder, name).relative_to(root).as_posix() + "/")
        )
        for name in sorted(names):
            path = Path(folder, name)
            document = path.relative_to(root).as_posix()
            outside = path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root)
            if not (name.startswith(".") or outside or ignored.match_file(document)):
                yield _shown(document), path
    for name in sorted(unlisted):  # refused by load(), so that its documents do not vanish without a reason
        yield _shown(Path(name).relative_to(root).as_posix()) + "/", Path(name)


def _ignored(root: Path) -> pathspec.GitIgnoreSpec:
    path = root / IGNORE_FILE
    try:
        own = decode(path.read_bytes()).splitlines() if path.is_file() else []
        return pathspec.GitIgnoreSpec.from_lines([*IGNORED, *own])
    except (OSError, ReadingError, ValueError) as error:
        raise SettingsError(f"the file {path} cannot be used ({error}). Mend or delete it") from error


# Control characters, lone surrogates of names that are no valid UTF-8, and marks that turn the reading direction.
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def _shown(document: str) -> str:
    """A name that can be shown. One that had to be escaped begins with `./`, so that it is no other file's name."""
    escaped = _UNSHOWABLE.sub(_escaped, document)
    return escaped if escaped == document else "./" + escaped


def _escaped(match: re.Match[str]) -> str:
    return f"<{ord(match.group()):04X}>"


def load(path: Path, max_bytes: int) -> bytes:
    """The bytes of a regular file of bounded size.

    Raises:
        ReadingError: it cannot be opened, is no regular file, is too large, or changed while it was read.
    """
    if _UNSHOWABLE.search(path.name) or _UNSHOWABLE.search(str(path.parent)):
        raise ReadingError("its name or folder holds characters that cannot be shown; rename it")
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ReadingError("it is not a regular file")
        with open(path, "rb", opener=_at_once) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise ReadingError("it is not a regular file")
            if before.st_size > max_bytes:
                size, most = before.st_size / 1e6, max_bytes / 1e6
                raise ReadingError(f"it has {size:.0f} MB, more than the {most:.0f} MB of SUMBER_MAX_FILE_MB")
            data = file.read(before.st_size + 1)  # no more: it may grow as fast as it is read
            after = os.fstat(file.fileno())
    except OSError as error:
        raise ReadingError(f"it cannot be opened ({error.strerror or error})") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise ReadingError("it changed while it was read; the next sync will read it again")
    return data


def _at_once(path: str, flags: int) -> int:
    """Opens without waiting, should a pipe have come in the place of the file."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
