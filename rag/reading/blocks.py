"""What the readers of formats hand over, and the one place that makes a stored text of it.

A reader takes a file apart into headings, paragraphs, list items, tables and asides. `compose` writes them as plain
lines in the manner of Markdown: headings after `#`, items after `-`, one line for each table row with the name of its
column before each value, so that a row is understood, found and quoted without its table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from rag.reading.decoding import composed
from rag.types import Document, Section

LONGEST_ROW = 600  # characters; a longer row goes on in a further line that names its first cell again


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text. White space in it means nothing; "aside" is what is set aside: menus, running heads."""

    kind: Literal["heading", "text", "item", "aside"]
    text: str
    level: int = 2  # of a heading, 1 to 6
    page: int | None = None  # 1-based


@dataclass(frozen=True, slots=True)
class Table:
    """Cells by row; the first `header` rows name the columns. Merged cells are repeated in each place they cover."""

    rows: tuple[tuple[str, ...], ...]
    header: int = 1
    page: int | None = None


Part = Block | Table


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file says about itself. None where it does not: a wrong date is worse than none."""

    title: str | None = None
    publisher: str | None = None
    published: str | None = None  # ISO date, as precise as the source
    url: str | None = None
    language: str | None = None  # ISO 639-1
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader makes of the bytes of a file: its parts in reading order, and what it says about itself."""

    parts: tuple[Part, ...]
    facts: Facts = Facts()


def compose(path: str, sha256: str, content: Content) -> Document:
    """The document that the content makes. Sections, pages and offsets point into its text."""
    lines: list[str] = []
    aside: list[str] = []
    sections: list[Section] = []
    pages: list[int] = []
    offset = 0
    top: str | None = None
    tight = False
    for part in content.parts:
        if isinstance(part, Block) and part.kind == "aside":
            aside.append(one_line(part.text))
            continue
        written = [line for line in _lines(part) if line]
        if not written:
            continue
        if lines:
            listed = isinstance(part, Block) and part.kind == "item"
            gap = "\n" if tight and listed else "\n\n"
            lines.append(gap)
            offset += len(gap)
        tight = isinstance(part, Block) and part.kind == "item"
        pages += [offset] * ((part.page or 0) - len(pages))
        if isinstance(part, Block) and part.kind == "heading":
            title = one_line(part.text)
            if part.level == 1 and top is None:
                top = title
            else:
                sections.append(Section(title, offset))
        text = "\n\n".join(written)
        lines.append(text)
        offset += len(text)
    return Document(
        path=path,
        sha256=sha256,
        text="".join(lines) + "\n" if lines else "",
        title=content.facts.title or top or name_of(path),
        publisher=content.facts.publisher,
        published=content.facts.published,
        url=content.facts.url,
        language=content.facts.language,
        kind=content.facts.kind,
        sections=tuple(sections),
        pages=tuple(pages),
        set_aside="\n".join(line for line in aside if line),
    )


def _lines(part: Part) -> list[str]:
    if isinstance(part, Table):
        return list(rows(part))
    text = one_line(part.text)
    if not text:
        return []
    if part.kind == "heading":
        return ["#" * min(6, max(1, part.level)) + " " + text]
    return ["- " + text] if part.kind == "item" else [text]


def rows(table: Table) -> Iterator[str]:
    """Each row as `Column: value; Column: value`. Columns that share a name through several header rows keep both."""
    cells = [tuple(one_line(cell) for cell in row) for row in table.rows]
    names = [_name(column) for column in zip(*_squared(cells[: table.header]), strict=True)] if table.header else []
    for row in cells[table.header :]:
        named = [
            (f"{names[i]}: " if i < len(names) and names[i] and names[i] != cell else "") + cell
            for i, cell in enumerate(row)
            if cell
        ]
        yield from _folded([one for i, one in enumerate(named) if i == 0 or one != named[i - 1]])
    if len(cells) <= table.header:  # nothing but a header: its words are kept as they are
        yield from ("; ".join(dict.fromkeys(filter(None, row))) for row in cells)


def _squared(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    width = max(map(len, rows), default=0)
    return [(*row, *[""] * (width - len(row))) for row in rows]


def _name(column: tuple[str, ...]) -> str:
    return ", ".join(dict.fromkeys(cell for cell in column if cell))


def _folded(cells: Sequence[str]) -> Iterator[str]:
    """A row in lines of bounded length, each beginning with the first cell: what the row is about."""
    line: list[str] = []
    for cell in cells:
        if len(line) > 1 and sum(map(len, line)) + len(cell) > LONGEST_ROW:
            yield "; ".join(line)
            line = [cells[0]]
        line.append(cell)
    if line:
        yield "; ".join(line)


def one_line(text: str) -> str:
    """Text in NFC on one line, without characters that cannot be shown.

    Raises:
        ReadingError: marks are piled up on a letter.
    """
    return " ".join(_UNSHOWABLE.sub(" ", composed(text)).split())


# Control characters, lone surrogates, and marks that turn the reading direction.
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def name_of(document: str) -> str:
    """A file name as a title: `2024-annual_report.md` reads "2024 annual report"."""
    stem = PurePosixPath(document).stem
    return " ".join(re.sub(r"[_-]+", " ", stem).split()) or document
