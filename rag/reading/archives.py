"""Zip archives: each document inside under its name. Also the bounds that hold for whatever comes in a zip."""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from rag.reading.blocks import Block, Content, Part, one_line
from rag.reading.isolation import isolated
from rag.types import ReadingError

MOST_MEMBERS = 10_000
MOST_BYTES = 300_000_000  # unpacked, of all members together
MOST_RATIO = 200  # unpacked to packed; repetitive sheets reach about 100, a bomb 1,000
FREE_BYTES = 20_000_000  # unpacked; below it any ratio will do
MOST_DEPTH = 2  # zips within a zip
LONGEST_NAME = 255  # characters, the last of a member's name; no file system takes a longer one
CONTAINERS = {".zip", ".eml", ".msg"}

_ENCRYPTED = 0x1  # bit of a member's flags
_PIECE = 1 << 16  # bytes; deflate makes at most 1,032 of one, so a piece never unpacks to more than 68 MB


def bounded_zip(data: bytes) -> zipfile.ZipFile:
    """Opens a zip whose members are within bounds, by what it declares and by what it really unpacks to.

    Raises:
        ReadingError: it is no zip, is damaged, or unpacks to more than is read.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise ReadingError("it is damaged or cut off; get it again") from error
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise ReadingError(f"it holds {len(members):,} files, more than the {MOST_MEMBERS:,} that are read; split it")
    _refuse_bomb(sum(member.file_size for member in members), len(data))
    total = 0
    for member in members:
        for size in _unpacked(data, member):
            total += size
            _refuse_bomb(total, len(data))
    return archive


def _refuse_bomb(unpacked: int, packed: int) -> None:
    if unpacked > MOST_BYTES:
        raise ReadingError(f"it unpacks to more than {MOST_BYTES / 1e6:.0f} MB; split it")
    if unpacked > max(FREE_BYTES, packed * MOST_RATIO):
        raise ReadingError(f"it unpacks to more than {MOST_RATIO} times its size, as a zip bomb does")


def _unpacked(data: bytes, member: zipfile.ZipInfo) -> Iterator[int]:
    """The sizes of the pieces a member unpacks to. What it declares may be a lie that other readers do not check."""
    head = member.header_offset
    start = head + 30 + int.from_bytes(data[head + 26 : head + 28], "little")
    start += int.from_bytes(data[head + 28 : head + 30], "little")
    if member.compress_type != zipfile.ZIP_DEFLATED or member.flag_bits & _ENCRYPTED:
        yield member.compress_size
        return
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(start, start + member.compress_size, _PIECE):
            yield len(inflate.decompress(data[at : min(at + _PIECE, start + member.compress_size)]))
    except zlib.error:
        return  # damaged: its reader will say so if it needs this member


def read_zip(data: bytes, name: str, *, nested: Callable[[bytes, str], Content]) -> Content:
    """Reads the documents in an archive, sorted by name, each under a heading with its name.

    Raises:
        ReadingError: it cannot be opened, or nothing in it can be read.
    """
    refuse_deep(name)
    parts: list[Part] = []
    reasons: dict[str, str] = {}
    with bounded_zip(data) as archive:
        for shown, member in sorted(((_name(member), member) for member in archive.infolist()), key=lambda one: one[0]):
            if member.is_dir() or _is_hidden(shown):
                continue
            try:
                with isolated():
                    inner = nested(_bytes(archive, member), f"{name}/{shown}")
            except ReadingError as error:
                reasons[shown] = str(error)
                parts.append(Block("aside", f"{shown} is not read: {error}"))
                continue
            parts += [Block("heading", shown, 2), *deeper(inner.parts, 3)]
    if all(isinstance(part, Block) and part.kind == "aside" for part in parts):
        first = next((f" ({inside}: {reason})" for inside, reason in reasons.items()), "")
        raise ReadingError(f"it holds no document that can be read{first}")
    return Content(tuple(parts))


def refuse_deep(name: str) -> None:
    """Refuses what lies too many containers deep. A name tells: that of a document within one begins with its own.

    Raises:
        ReadingError: it does.
    """
    if sum(PurePosixPath(part).suffix.lower() in CONTAINERS for part in PurePosixPath(name).parts) > MOST_DEPTH + 1:
        raise ReadingError("it is packed too many times over; unpack it first")


def _bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.flag_bits & _ENCRYPTED:
        raise ReadingError("it is encrypted; unpack it with its password first")
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise ReadingError("it is damaged or packed in an unknown way") from error


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name in one line. Some programs write UTF-8 without its flag, which zipfile takes for cp437."""
    name = member.filename
    with contextlib.suppress(UnicodeError):
        name = name.encode("cp437").decode()
    return one_line(name[-LONGEST_NAME:])


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX", "~$")) and part != ".." for part in PurePosixPath(name).parts)


def deeper(parts: Iterable[Part], least: int) -> Iterator[Part]:
    """The parts of a document inside another: headings from a level on, and no pages, which count anew in each."""
    for part in parts:
        if isinstance(part, Block) and part.kind == "heading":
            yield replace(part, level=min(6, max(least, part.level + 1)), page=None)
        else:
            yield replace(part, page=None)
