"""The rows of all pages to the parts of a document: headings, paragraphs, items, tables, running heads."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from rag.reading.blocks import Block, Part, Table
from rag.reading.grids import header_of, is_value
from rag.reading.lines import BULLET, Grid, Line, Page, Row, is_hangul, joined, overlap, vocabulary

_LARGER = 1.15  # a size this much above the body's is a heading's
_STOP = re.compile(r"[.!?:;。！？؟۔…][\"'”’»)\]]*$")
_ITEM = re.compile(rf"(?:{BULLET.pattern}|\(?\d{{1,3}}[.)]|\(?[a-zA-Z]\)|\(?[ivx]{{1,5}}\))\s+(?=\S)")
_PROSE = 200  # characters; a paragraph this long is running text, and a title stands above it
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*[\divxlc]+$|…{2,}\s*\d+$")


@dataclass(slots=True)
class _Paragraph:
    page: int
    lines: list[Line] = field(default_factory=list)
    fresh: bool = False  # the first of a page or column

    @property
    def size(self) -> float:
        return median(line.size for line in self.lines)


def parts_of(pages: Sequence[Page], repeated: Collection[tuple[int, int]]) -> list[Part]:
    """The parts of a document. Rows that repeat, and lines of a table of contents, are asides."""
    body = body_size(pages)
    words = vocabulary(row for page in pages for row in page.rows)
    spaced = _spaced(pages)
    done: list[_Paragraph | Part] = []
    for page in pages:
        done += (Block("aside", text, page=page.number) for text in page.aside)
        rows: list[Row] = []
        for i, row in enumerate(page.rows):
            if isinstance(row, Line) and ((page.number, i) in repeated or _LEADERS.search(row.text)):
                done.append(Block("aside", row.text, page=page.number))
            else:
                rows.append(row)
        for one in _paragraphs(rows, page.number, body):
            if isinstance(one, Table) or not _continues(done, one, body):
                done.append(one)
    levels = _levels(done, body)
    parts = [_block(one, levels, body, words, spaced) if isinstance(one, _Paragraph) else one for one in done]
    return _titled(parts)


def _titled(parts: list[Part]) -> list[Part]:
    """The parts with a title: where none stands out, the largest heading above the first running text."""
    blocks = [one for one in parts if isinstance(one, Block) and one.kind != "aside"]
    prose = next((i for i, one in enumerate(blocks) if len(one.text) > _PROSE or one.page != 1), len(blocks))
    title = min((one for one in blocks[:prose] if one.kind == "heading"), key=lambda one: one.level, default=None)
    if title is None or any(one.kind == "heading" and one.level == 1 for one in blocks):
        return parts
    return [replace(one, level=1) if one is title and isinstance(one, Block) else one for one in parts]


def body_size(pages: Iterable[Page]) -> float:
    """The size that most characters have."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for row in page.rows:
            if isinstance(row, Line):
                sizes[row.size] += len(row.text)
    return max(sizes, key=lambda size: (sizes[size], size), default=10.0)


def furniture(pages: Sequence[Page]) -> set[tuple[int, int]]:
    """Page and index of lines that stand at the same place at the edge of several pages, whatever their numbers."""
    edges = list(_edges(pages))
    alike: dict[tuple[str, bool], list[_Edge]] = defaultdict(list)
    for edge in edges:
        if _WORDY.search(edge.mask) or _PAGE_NUMBER.fullmatch(edge.mask):
            alike[edge.mask, edge.upper].append(edge)
    enough = 3 if len(pages) > 4 else 2
    found: set[_Edge] = set()
    for (mask, _), group in alike.items():
        middle = median(edge.place for edge in group)
        same = {edge for edge in group if abs(edge.place - middle) < 12}
        if len({edge.page for edge in same}) >= enough or _PAGE_WORDS.fullmatch(mask):
            found |= same
        found |= {edge for edge in group if edge.outermost and _PAGE_NUMBER.fullmatch(mask)}
    shelves = Counter(
        (edge.upper, round(edge.place)) for edge in found
    )  # where others bear the head of a short chapter
    found |= {edge for edge in edges if "#" in edge.mask and shelves[edge.upper, round(edge.place)] >= 3}
    return {(edge.page, edge.row) for edge in found}


class _Edge(NamedTuple):
    """One of the first or last lines of a page."""

    mask: str  # its text without its numbers
    upper: bool
    place: float  # from the edge of the page
    outermost: bool
    page: int
    row: int


def _edges(pages: Sequence[Page]) -> Iterator[_Edge]:
    body = body_size(pages)
    for page in pages:
        lines = [(i, row) for i, row in enumerate(page.rows) if isinstance(row, Line) and row.size < 1.3 * body]
        lines.sort(key=lambda pair: pair[1].base)
        for upper, edge in ((True, lines[:3]), (False, lines[-1:-4:-1])):
            for rank, (i, line) in enumerate(edge):
                place = line.base - page.top if upper else page.bottom - line.base
                if place < 0.15 * (page.bottom - page.top):
                    yield _Edge(_mask(line.text), upper, place, rank == 0, page.number, i)


_WORDY = re.compile(r"[^\W\d_]{2}")
_PAGE_NUMBER = re.compile(r"[^\w#]*#[^\w#]*(?:#[^\w#]*)?")
_PAGE_WORDS = re.compile(r"(?:page|halaman|hal|seite|p)\W*#(?:\s*(?:of|dari|von|de|/)\s*#)?", re.IGNORECASE)


def _mask(text: str) -> str:
    return re.sub(r"\d+|\b[ivxl]+\b", "#", " ".join(text.casefold().split()))


def _paragraphs(rows: Sequence[Row], page: int, body: float) -> Iterator[_Paragraph | Table]:
    lines = [row for row in rows if isinstance(row, Line)]
    steps = [two.base - one.base for one, two in pairwise(lines) if two.base > one.base + 1]
    usual = median(steps) if steps else 0.0
    current: _Paragraph | None = None
    skip = 0
    for i, row in enumerate(rows):
        if skip:
            skip -= 1
            continue
        table = Table(row.rows, row.header, page) if isinstance(row, Grid) else _aligned(rows[i:], page)
        if table:
            if current:
                yield current
            yield table
            current, skip = None, len(table.rows) - 1 if isinstance(row, Line) else 0
        elif isinstance(row, Line) and current and not _breaks(current.lines, row, _right(rows, i), usual, body):
            current.lines.append(row)
        elif isinstance(row, Line):
            if current:
                yield current
            current = _Paragraph(page, [row], current is None or row.base < current.lines[-1].base)
    if current:
        yield current


def _right(rows: Sequence[Row], at: int) -> float:
    """The right margin of the column around a line."""
    right = -math.inf
    for way in (1, -1):
        last = rows[at]
        for i in range(at, len(rows) if way > 0 else -1, way):
            row = rows[i]
            if not isinstance(row, Line) or not isinstance(last, Line) or abs(i - at) > 20:
                break
            step, size = way * (row.base - last.base), max(row.size, last.size)
            if not 0 <= step < 3 * size or overlap(row, last) < 0.2 or size > 1.12 * min(row.size, last.size):
                break
            right, last = max(right, row.x1), row
    return right


def _breaks(above: Sequence[Line], line: Line, right: float, usual: float, body: float) -> bool:
    """Whether a line begins a new paragraph."""
    last = above[-1]
    step = line.base - last.base
    size = max(line.size, last.size)
    leading = last.base - above[-2].base if len(above) > 1 else min(usual, 2.2 * size) if usual > size else 1.25 * size
    apart = step < 0.5 * size or step > 1.3 * max(leading, size) or overlap(last, line) < 0.2
    alike = line.whole and last.whole and size <= 1.12 * min(line.size, last.size)
    if apart or not alike or (BULLET.match(line.text) and _ITEM.match(line.text)):
        return True
    room = right - last.x1 - 0.3 * size
    fitted = line.lead < room  # the first word would have fitted above: the line was ended on purpose
    ended = bool(_STOP.search(last.text))
    if line.bold != last.bold or _ITEM.match(line.text):
        return fitted or ended
    if line.size >= _LARGER * body:  # the lines of a heading end as they like
        return False
    indented = abs(line.x0 - last.x0) > 0.8 * size and (len(above) > 1 or not _ITEM.match(above[0].text))
    starts = indented and (fitted or len(above) > 1)  # the first line alone may stand in or out
    return (ended and starts) or (fitted and (ended or room > 0.2 * (right - last.x0)))


def _continues(done: list[_Paragraph | Part], one: _Paragraph, body: float) -> bool:
    """Whether a paragraph at the top of a page or column goes on with the last one; it is then added to that."""
    if not one.fresh or not one.lines[0].whole or one.size < 0.92 * body:
        return False
    for before in reversed(done[-12:]):
        if isinstance(before, Block) or (isinstance(before, _Paragraph) and before.size < 0.92 * body):
            continue  # running heads and footnotes stand between
        if not isinstance(before, _Paragraph) or abs(before.size - one.size) > 0.5 or before.page < one.page - 1:
            return False
        first, text = one.lines[0].text, before.lines[-1].text
        open_ended = before.lines[-1].whole and not _STOP.search(text) and before.lines[-1].bold == one.lines[0].bold
        if not open_ended or not (first[:1].islower() or (is_hangul(first[:1]) and is_hangul(text[-1:]))):
            return False
        before.lines += one.lines
        return True
    return False


def _aligned(rows: Sequence[Row], page: int) -> Table | None:
    """The table without rulings that begins with the first row: three lines or more whose short cells line up."""
    run: list[Line] = []
    for row in rows:
        if not isinstance(row, Line) or row.whole or (run and len(row.cells) != len(run[0].cells)):
            break
        if run and not 0 < row.base - run[-1].base < 3 * row.size:
            break
        if max(len(cell.text) for cell in row.cells) > 60 or not _line_up([*run, row]):
            break
        run.append(row)
    if len(run) < 3:
        return None
    texts = tuple(tuple(cell.text for cell in line.cells) for line in run)
    named = header_of(texts) if any(is_value(cell) for row in texts[1:] for cell in row) else 0  # else a list of terms
    return Table(texts, max(named, int(run[0].bold and not run[1].bold)), page)


def _line_up(lines: Sequence[Line]) -> bool:
    for column in zip(*(line.cells for line in lines), strict=True):
        lefts, rights = [cell.x0 for cell in column], [cell.x1 for cell in column]
        middles = [cell.x0 + cell.x1 for cell in column]
        spread = min(max(ends) - min(ends) for ends in (lefts, rights, middles))
        if spread > lines[0].size:
            return False
    return True


# Paragraphs to blocks


_DEEPEST = 4  # level of a heading; sizes tell no more


def _levels(done: Sequence[_Paragraph | Part], body: float) -> dict[float, int]:
    """The level of each size of heading; the largest is the title's if it stands on the first page alone."""
    headings = [one for one in done if isinstance(one, _Paragraph) and _is_heading(one, body)]
    sizes = sorted({round(one.size) for one in headings if one.size >= _LARGER * body}, reverse=True)
    if not sizes:
        return {}
    largest = [one for one in headings if round(one.size) == sizes[0]]
    first = 1 if len(largest) <= 2 and all(one.page == largest[0].page <= 2 for one in largest) else 2
    return {float(size): min(_DEEPEST, first + rank) for rank, size in enumerate(sizes)}


def _is_heading(one: _Paragraph, body: float) -> bool:
    text = " ".join(line.text for line in one.lines)
    if len(text) > 200 or len(one.lines) > 4 or not all(line.whole for line in one.lines):
        return False
    if not re.search(r"[^\W\d_]{2}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", text) or text[-1] in ",;":
        return False
    larger = one.size >= _LARGER * body
    bold = all(line.bold for line in one.lines) and one.size >= 0.95 * body and text[-1] not in ".:" and len(text) < 120
    return (larger and (len(text) < 120 or not _STOP.search(text))) or (bold and not BULLET.match(text))


def _block(one: _Paragraph, levels: dict[float, int], body: float, words: set[str], spaced: bool) -> Block:
    text = joined(one.lines, words, spaced)
    if _is_heading(one, body):
        return Block("heading", text, levels.get(float(round(one.size)), min(_DEEPEST, 2 + len(levels))), one.page)
    if _ITEM.match(text):
        return Block("item", re.sub(rf"^{BULLET.pattern}\s+", "", text), page=one.page)
    return Block("text", text, page=one.page)


def _spaced(pages: Iterable[Page]) -> bool:
    """Whether the file writes the space at the end of a line. Korean then breaks words where there is none."""
    ends = [row.spaced for page in pages for row in page.rows if isinstance(row, Line) and is_hangul(row.text[-1:])]
    return sum(ends) > 0.15 * len(ends)
