"""Cells without a word on what they mean, as in sheets: where tables begin and end, and which rows name the columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.reading.blocks import Block, Part, Table

Row = tuple[str, ...]

LONGEST_NAME = 100  # characters of a column's name
_LOOKED_AT = 200  # rows of a table that tell whether its first one names the columns

_VALUE = re.compile(
    r"[(\s]*[-+±~≈<>]?\s?(?:[$€£¥₩₹]|Rp\.?|USD|EUR|IDR|KRW)?\s?[-+]?\d[\d.,:/\s'-]*(?:[eE][-+]?\d+)?"
    r"(?:\s?(?:[%‰°$€£¥₩]|\w{1,3}))?[)\s]*|true|false",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d.*")
_YEAR = re.compile(r"(?:19|20)\d\d(?:[/-]\d\d(?:\d\d)?)?")


def table_parts(rows: Sequence[Row], named: int = 0) -> Iterator[Part]:
    """A table, with the rows above it that hold one value only, its titles, as text.

    Args:
        named: how many of the first rows name the columns, where the file says so.
    """
    top = 0
    while top < len(rows) - 1 and max(map(len, rows)) > 1 and len(set(filter(None, rows[top]))) == 1:
        yield Block("text", next(filter(None, rows[top])))
        top += 1
    rest = tuple(rows[top:])
    if rest:
        yield Table(rest, min(named - top, len(rest) - 1) if named > top else header_of(rest))


def header_of(rows: Sequence[Row]) -> int:
    """How many of the first rows of a table name its columns; merged cells are repeated in them."""
    width = max(map(len, rows), default=0)
    at = 0
    if len(rows) > 2 and any(a and a == b for a, b in zip(rows[0], rows[0][1:], strict=False)):
        below = zip(rows[0], rows[1], strict=False)
        at = all(not group or group == name or not is_value(name) for group, name in below)  # groups of columns
    return at + 1 if at < len(rows) - 1 and _names(rows[at], rows[at + 1 : at + 1 + _LOOKED_AT], width) else 0


def _names(row: Row, below: Sequence[Row], width: int) -> bool:
    """Whether a row names the columns of those below it."""
    cells = [cell for cell in row if cell]
    years = bool(row) and not is_value(row[0])
    if (
        len(cells) * 2 < width
        or len(set(cells)) * 2 < len(cells)
        or any(len(cell) > LONGEST_NAME or (is_value(cell) and not (years and _YEAR.fullmatch(cell))) for cell in cells)
    ):
        return False
    columns = [[other[i] for other in below if i < len(other) and other[i]] for i in range(len(row))]
    if width == 1:
        return bool(columns[0]) and all(map(is_value, columns[0]))
    again = sum(cell in column for cell, column in zip(row, columns, strict=True) if cell)
    if 0 < again < len(cells):
        return False  # a value that stands in its column again
    return not (width == 2 and len(row) == 2 and _are_pairs(row, below, columns[1]))


def _are_pairs(row: Row, below: Sequence[Row], values: Sequence[str]) -> bool:
    """Whether two columns hold names beside their values, as forms do, so that the first row is one like the others."""
    first = [other[0] for other in [row, *below] if other and other[0]]
    share = sum(map(is_value, values)) / max(1, len(values))
    return sum(cell.endswith(":") for cell in first) * 2 > len(first) or (2 < len(values) < 30 and 0.1 < share < 0.5)


def is_value(cell: str) -> bool:
    """Whether a cell is a number, an amount, a date, yes or no: what stands below names."""
    return len(cell) < 40 and bool(_VALUE.fullmatch(cell) or _DATE.fullmatch(cell))


def grid_parts(rows: Sequence[Row]) -> Iterator[Part]:
    """The tables of a sheet and the lines around them. Empty rows, and empty columns between wide parts, part them."""
    last: tuple[int, int, Table] | None = None
    for left, block in _blocks(rows, 0):
        width = max(map(len, block))
        end = len(block)
        while width > 1 and end > 1 and block[end - 1][0] and not any(block[end - 1][1:]):
            end -= 1  # a note below the table
        *above, table = table_parts(block[:end])
        assert isinstance(table, Table)
        fits = last is not None and last[0] == left and (width == last[1] or 1 < width < last[1])
        if last and fits and not above and not table.header:
            table = Table((*last[2].rows, *table.rows), last[2].header)  # it goes on below an empty row
        elif last:
            yield last[2]
        yield from above
        last = (left, max(map(len, table.rows)), table)
        if end < len(block):
            yield table
            yield from (Block("text", row[0]) for row in block[end:])
            last = None
    if last:
        yield last[2]


def _blocks(rows: Sequence[Row], left: int) -> Iterator[tuple[int, list[Row]]]:
    """Rectangles of cells with the column they begin in."""
    for band in _bands(rows):
        pieces = _pieces(band)
        for start, columns in pieces:
            block = [tuple(row[i] if i < len(row) else "" for i in columns) for row in band]
            if len(pieces) == 1:
                yield left + start, block
            else:
                yield from _blocks(block, left + start)


def _bands(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    start: int | None = None
    for at, row in enumerate([*rows, ()]):
        if any(row):
            start = at if start is None else start
        elif start is not None:
            yield rows[start:at]
            start = None


def _pieces(band: Sequence[Row]) -> list[tuple[int, list[int]]]:
    """The columns of each part of a band. A narrow part belongs to its neighbour: a label, or a column set off."""
    used = sorted({i for row in band for i, cell in enumerate(row) if cell})
    runs: list[list[int]] = []
    for i in used:
        if runs and i == runs[-1][-1] + 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    pieces: list[list[int]] = []
    narrow = False
    for run in runs:
        if pieces and (len(run) == 1 or narrow):
            pieces[-1] += run
        else:
            pieces.append(run)
        narrow = len(pieces[-1]) == 1
    return [(piece[0], piece) for piece in pieces]
