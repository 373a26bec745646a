"""Workbooks and files of separated values."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterator
from typing import Any, Literal

from rag.reading.blocks import Block, Content, Part, Table
from rag.reading.decoding import decode
from rag.reading.grids import Row, grid_parts
from rag.reading.isolation import isolated
from rag.reading.packages import Element, Package, attribute, below, chart, chart_title, facts, opened
from rag.types import ReadingError

MOST_CELLS = 10_000_000  # of one sheet, with the empty ones between others: about 400 MB
_SNIFFED = 200  # rows that tell the separator


def read_sheet(data: bytes, name: str) -> Content:
    """Reads a workbook: each sheet under its name, hidden ones too.

    Raises:
        ReadingError: it is encrypted, damaged, or no workbook.
    """
    suffix = "." + name.rpartition(".")[2].lower()
    with isolated():
        package = None if suffix == ".xls" else opened(data, "content.xml" if suffix == ".ods" else "xl/", suffix)
        if package is not None:
            _refuse_scattered(package)
        parts = list(_sheets(data))
        if package is None:
            return Content(tuple(parts))
        if suffix == ".ods":
            return Content(tuple(parts), facts(package.xml("meta.xml")))
        return Content((*parts, *_around(package, parts)), facts(package.xml("docProps/core.xml")))


def _sheets(data: bytes) -> Iterator[Part]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

    try:
        book = CalamineWorkbook.from_object(io.BytesIO(data))
    except PasswordError as error:
        raise ReadingError("it is encrypted; save it without a password") from error
    except CalamineError as error:
        raise ReadingError("it is no workbook, or damaged; open it in its own program and save it anew") from error
    for number, about in enumerate(book.sheets_metadata):
        if about.typ not in (SheetTypeEnum.WorkSheet, SheetTypeEnum.MacroSheet):  # charts hold no cells
            continue
        sheet = book.get_sheet_by_index(number)
        rows = [tuple(map(_shown, row)) for row in sheet.to_python(skip_empty_area=True)]
        found = list(grid_parts(_merged(rows, sheet.merged_cell_ranges or [], sheet.start or (0, 0))))
        if found:
            yield Block("heading", about.name)
            yield from found


def _merged(
    rows: list[Row], ranges: list[tuple[tuple[int, int], tuple[int, int]]], start: tuple[int, int]
) -> list[Row]:
    """Rows with the value of each merged cell in all the places it covers."""
    for (top, left), (bottom, right) in ranges:
        if not (0 <= top - start[0] < len(rows) and 0 <= left - start[1] < len(rows[0])):
            continue
        cell = rows[top - start[0]][left - start[1]]
        for at in range(top - start[0], min(bottom - start[0] + 1, len(rows))):
            row = list(rows[at])
            row[left - start[1] : right - start[1] + 1] = [cell] * len(row[left - start[1] : right - start[1] + 1])
            rows[at] = tuple(row)
    return rows


def _shown(cell: Any) -> str:
    """A value as a person would write it: 3 for 3.0, a date without the midnight it is stored with."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, datetime.time):
        return cell.isoformat("seconds")
    return " ".join(str(cell).split())


def _refuse_scattered(package: Package) -> None:
    """Refuses sheets whose cells lie so far apart that the space between them would fill the memory."""
    for part in package.archive.namelist():
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part):
            areas = [_area(package.archive.read(part))]
        elif part == "content.xml":
            areas = [_repeated_area(table) for table in below(package.xml(part), "table")]
        else:
            continue
        if max(areas, default=0) > MOST_CELLS:
            raise ReadingError("its cells lie too far apart; delete the stray ones at the far end of the sheet")


def _area(sheet: bytes) -> int:
    """The cells of the rectangle that holds all those of a sheet."""
    cells = re.findall(rb"""<(?:\w+:)?c [^>]*?\br=["']([A-Z]{1,3})(\d{1,7})["']""", sheet)
    columns = [_column(letters) for letters in {letters for letters, _ in cells}] or [0]
    rows = [int(row) for row in {row for _, row in cells}] or [0]
    return (max(columns) - min(columns) + 1) * (max(rows) - min(rows) + 1)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _repeated_area(table: Element) -> int:
    """The cells of the rectangle that holds all those of a sheet, repeated ones written out."""
    height = width = at = 0
    for row in below(table, "table-row"):
        at += int(attribute(row, "number-rows-repeated") or 1)
        across = 0
        for cell in row:
            across += int(attribute(cell, "number-columns-repeated") or 1)
            if len(cell):
                height, width = at, max(width, across)
    return height * width


def _around(package: Package, parts: list[Part]) -> Iterator[Part]:
    """What stands beside the cells: text boxes, charts of other files' values, and comments on cells, set aside."""
    cells = {cell for part in parts if isinstance(part, Table) for row in part.rows for cell in row}
    for part in sorted(package.archive.namelist()):
        if re.fullmatch(r"xl/drawings/[^/]+\.xml", part):
            for paragraph in below(package.xml(part), "p"):
                yield Block("text", "".join(run.text or "" for run in below(paragraph, "t")))
        elif re.fullmatch(r"xl/charts/chart[^/]*\.xml", part):
            root = package.xml(part)
            yield Block("text", chart_title(root))
            rows = chart(root)
            if any(cell not in cells for row in rows for cell in row if cell):
                yield Table(rows)
        elif re.fullmatch(r"xl/(comments|threadedComments/)[^/]*\.xml", part):
            for comment in below(package.xml(part), "comment", "threadedComment"):
                yield Block("aside", "".join(run.text or "" for run in below(comment, "t", "text")))


def read_csv(data: bytes, name: str) -> Content:
    """Reads a file of values separated by comma, semicolon, tab or bar, whichever cuts its lines most evenly.

    Raises:
        ReadingError: it is no text.
    """
    text = decode(data)
    quoting: Literal[0, 3] = (
        csv.QUOTE_NONE if text.count('"') % 2 else csv.QUOTE_MINIMAL
    )  # one left open would swallow the rest
    separator = _separator(text, quoting)
    with isolated("it cannot be cut into rows; save it anew as .csv or .xlsx"):
        try:
            rows = list(_rows(text, separator, quoting))
        except csv.Error:  # a field of more than 131,072 characters: a stray quote
            rows = list(_rows(text, separator, csv.QUOTE_NONE))
        return Content(tuple(grid_parts(rows)))


def _rows(text: str, separator: str, quoting: Literal[0, 3]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting, skipinitialspace=True)
    for row in reader:
        yield tuple(" ".join(cell.split()) for cell in row)


def _separator(text: str, quoting: Literal[0, 3]) -> str:
    """The separator that cuts most of the first rows into the same number of fields; one that cuts none otherwise."""
    best, found = 0.49, "\x1f"
    for separator in ("\t", ";", "|", ","):
        widths: list[int] = []
        try:
            for row in _rows(text, separator, quoting):
                if any(row):
                    widths.append(len(row))
                if len(widths) >= _SNIFFED:
                    break
        except csv.Error:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        if usual > 1 and widths.count(usual) / len(widths) > best:
            best, found = widths.count(usual) / len(widths), separator
    return found
