"""A file to a `Document`. One module per family of formats; this one knows which reads what, and the limits of all.

Every function here raises `ReadingError` with the reason for a file that cannot be read, and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from rag.reading import markup
from rag.reading.decoding import decode
from rag.types import Document, ReadingError

Reader = Callable[[str, str, str], Document]  # (document, sha256, decoded text)

READERS: dict[str, Reader] = {
    ".txt": markup.read_text,
    ".text": markup.read_text,
    ".md": markup.read_markdown,
    ".markdown": markup.read_markdown,
}


def files(corpus: Path, leave_out: Path | None = None) -> Iterator[tuple[str, Path]]:
    """The files below a corpus as (document, path), sorted; hidden ones and the folder to leave out are passed over.

    A link is followed only to a file inside the corpus, so that a folder of documents can never serve what lies
    outside of it, and a loop of links ends nowhere. Characters of a name that cannot be shown are escaped.
    """
    root = corpus.resolve()
    passed_over = leave_out.resolve() if leave_out else None
    unlisted: list[str] = []
    for folder, folders, names in os.walk(root, onerror=lambda error: unlisted.append(str(error.filename))):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and Path(os.path.realpath(Path(folder, name))) != passed_over
        )
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and not (
                path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root)
            ):
                yield _UNSHOWABLE.sub(_escaped, path.relative_to(root).as_posix()), path
    for name in sorted(unlisted):  # refused by load(), so that its documents do not vanish without a reason
        yield _UNSHOWABLE.sub(_escaped, Path(name).relative_to(root).as_posix()) + "/", Path(name)


# Control characters, lone surrogates of names that are no valid UTF-8, and marks that turn the reading direction.
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


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
        before = path.stat()
        if not stat.S_ISREG(before.st_mode):
            raise ReadingError("it is not a regular file")
        if before.st_size > max_bytes:
            raise ReadingError(
                f"it has {before.st_size / 1e6:.0f} MB, more than the {max_bytes / 1e6:.0f} MB of SUMBER_MAX_FILE_MB"
            )
        data = path.read_bytes()
        after = path.stat()
    except OSError as error:
        raise ReadingError(f"it cannot be opened ({error.strerror or error})") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise ReadingError("it changed while it was read; the next sync will read it again")
    return data


def parse(data: bytes, document: str) -> Document:
    """Makes a document of the bytes of a file, by the suffix of its name.

    Raises:
        ReadingError: the reason why it cannot be a document.
    """
    suffix = Path(document).suffix.lower()
    if suffix not in READERS:
        known = ", ".join(sorted(READERS))
        raise ReadingError(f"files of the kind {suffix or 'without a suffix'} are not read; these are: {known}")
    result = READERS[suffix](document, hashlib.sha256(data).hexdigest(), decode(data))
    if not result.text.strip():
        raise ReadingError("it holds no text")
    return result
