"""Writes compound files, the container of Outlook messages, which no kept library writes ([MS-CFB])."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Storage: TypeAlias = Mapping[str, "bytes | Storage"]

SECTOR, SMALL, CUTOFF = 512, 64, 4096
END, NONE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def compound(storage: Storage) -> bytes:
    """A compound file of version 3 with streams and storages of streams. Siblings are chained to the right."""
    entries: list[tuple[str, int, bytes, int, int]] = [
        ("Root Entry", 5, b"", NONE, NONE)
    ]  # name, kind, data, child, next
    _add(storage, entries, 0)
    small, large = bytearray(), bytearray()
    small_table: list[int] = []
    table: list[int] = []
    starts = []
    for _, kind, data, _, _ in entries:
        at = END
        if kind == 2 and len(data) < CUTOFF:
            at = _append(data, SMALL, small, small_table)
        elif kind == 2:
            at = _append(data, SECTOR, large, table)
        starts.append(at)
    starts[0] = _append(bytes(small), SECTOR, large, table)
    minis = b"".join(one.to_bytes(4, "little") for one in small_table)
    mini_start = _append(minis, SECTOR, large, table, filler=b"\xff")
    listed = b"".join(
        _entry(*entry, start, len(small) if not at else len(entry[2]))
        for at, (entry, start) in enumerate(zip(entries, starts, strict=True))
    )
    directory_start = _append(listed, SECTOR, large, table)
    count = -(-(len(table) + 1) * 4 // SECTOR)
    table_start = len(table)
    table += [TABLE] * count
    fat = b"".join(one.to_bytes(4, "little") for one in table).ljust(count * SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += b"".join(one.to_bytes(2, "little") for one in (0x3E, 3, 0xFFFE, 9, 6)) + bytes(6)
    numbers = (0, count, directory_start, 0, CUTOFF, mini_start, -(-len(minis) // SECTOR), END, 0)
    head += b"".join(one.to_bytes(4, "little") for one in (*numbers, *range(table_start, table_start + count)))
    return head.ljust(SECTOR, b"\xff") + bytes(large) + fat


def _add(storage: Storage, entries: list[tuple[str, int, bytes, int, int]], parent: int) -> None:
    before = None
    for name, value in storage.items():
        at = len(entries)
        entries.append((name, 2, value, NONE, NONE) if isinstance(value, bytes) else (name, 1, b"", NONE, NONE))
        link = parent if before is None else before
        old = entries[link]
        entries[link] = (*old[:3], at, old[4]) if before is None else (*old[:4], at)
        before = at
        if not isinstance(value, bytes):
            _add(value, entries, at)


def _append(data: bytes, size: int, sectors: bytearray, table: list[int], filler: bytes = b"\0") -> int:
    """Puts data into sectors of a size, chains them in the table, and returns the first."""
    if not data:
        return END
    first, count = len(table), -(-len(data) // size)
    sectors += data.ljust(count * size, filler)
    table += [*range(first + 1, first + count), END]
    return first


def _entry(name: str, kind: int, data: bytes, child: int, following: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    links = b"".join(one.to_bytes(4, "little") for one in (NONE, following, child))
    return (
        encoded.ljust(64, b"\0")
        + len(encoded).to_bytes(2, "little")
        + bytes([kind, 1])
        + links
        + bytes(36)
        + start.to_bytes(4, "little")
        + size.to_bytes(8, "little")
    )
