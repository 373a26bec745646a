"""Words at places on a page to lines and ruled tables in reading order. Pure functions."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from rag.reading.grids import header_of

Box = tuple[float, float, float, float]  # x0, top, x1, bottom; y grows downwards


class Word(NamedTuple):
    """A word where it stands. On a page that reads from right to left x grows to the left."""

    text: str
    x0: float
    x1: float
    base: float  # the y that its letters stand on
    size: float  # of the font, in points
    bold: bool
    spaced: bool  # white space follows it in the file


class Cell(NamedTuple):
    """A stretch of a line without a wide gap."""

    text: str
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one base. More than one cell where wide gaps part them: columns of a table, a label and its value."""

    cells: tuple[Cell, ...]
    base: float
    size: float
    bold: bool
    lead: float  # width of the first word: whether it would have fitted on the line above
    spaced: bool

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def x0(self) -> float:
        return min(cell.x0 for cell in self.cells)

    @property
    def x1(self) -> float:
        return max(cell.x1 for cell in self.cells)

    @property
    def top(self) -> float:
        return self.base - self.size

    @property
    def whole(self) -> bool:
        """Whether it is one run of text; a number or bullet set apart before it belongs to it."""
        return len(self.cells) == 1 or (len(self.cells) == 2 and bool(_LABEL.fullmatch(self.cells[0].text)))


@dataclass(frozen=True, slots=True)
class Grid:
    """A table that rulings draw, where it stands."""

    rows: tuple[tuple[str, ...], ...]
    header: int
    x0: float
    x1: float
    top: float
    base: float


Row = Line | Grid


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page in reading order. `aside` is text that runs across the page or lies off it."""

    number: int  # 1-based
    top: float
    bottom: float
    rows: tuple[Row, ...]
    aside: tuple[str, ...] = ()


_GAP = 1.6  # in font sizes: wider than the gaps of justified text, narrower than those between columns
BULLET = re.compile(r"[•‣◦▪▫●○■□∙·➢➤✓✔❖◆►▶*–—-]")
_LABEL = re.compile(rf"{BULLET.pattern}|\(?(?:\d{{1,3}}|[a-zA-Z]|[ivxIVX]{{1,5}})[.):]?|\d{{1,3}}(?:\.\d{{1,3}})+\.?")
_SAME_BASE = 0.5  # in font sizes: superscripts stand less high, the next line lower


# Words to lines


def lines_of(words: Iterable[Word], grids: Sequence[Grid] = (), gutter: float | None = None) -> list[Row]:
    """Lines in the order of the file; a grid stands where its first word did. No line crosses a gutter."""
    rows: list[Row] = []
    line: list[list[Word]] = []
    placed: set[int] = set()

    def finish() -> None:
        if line:
            rows.append(_line(line))
            line.clear()

    for word in words:
        inside = next((i for i, grid in enumerate(grids) if within(word, grid)), None)
        if inside is not None:
            finish()
            if inside not in placed:
                placed.add(inside)
                rows.append(grids[inside])
            continue
        if line:
            last = line[-1]
            ahead = word.x0 - max(one.x1 for one in last)
            behind = min(one.x0 for one in last) - word.x1
            size = max(word.size, last[-1].size)
            parted = gutter is not None and last[-1].x1 <= gutter <= word.x0
            if parted or abs(word.base - last[0].base) > _SAME_BASE * size or behind > _GAP * size:
                finish()
            elif ahead > _GAP * size:
                line.append([word])
                continue
        if line:
            line[-1].append(word)
        else:
            line.append([word])
    finish()
    rows += [grid for i, grid in enumerate(grids) if i not in placed]
    return rows


def within(word: Word, grid: Grid) -> bool:
    return grid.x0 <= (word.x0 + word.x1) / 2 <= grid.x1 and grid.top <= word.base - word.size / 3 <= grid.base


def _line(cells: list[list[Word]]) -> Line:
    words = [word for cell in cells for word in cell]
    sizes: Counter[float] = Counter()
    bases: Counter[float] = Counter()
    for word in words:
        sizes[word.size] += len(word.text)
        bases[word.base] += len(word.text)
    bold = sum(len(word.text) for word in words if word.bold)
    return Line(
        tuple(
            Cell(" ".join(word.text for word in cell), min(word.x0 for word in cell), max(word.x1 for word in cell))
            for cell in cells
        ),
        base=bases.most_common(1)[0][0],
        size=sizes.most_common(1)[0][0],
        bold=bold >= 0.9 * sum(sizes.values()),
        lead=words[0].x1 - words[0].x0,
        spaced=words[-1].spaced,
    )


# Reading order


def in_order(words: Sequence[Word], grids: Sequence[Grid] = ()) -> list[Row]:
    """The rows of a page as they are read: what is above comes first, otherwise the order of the file holds.

    Where the file jumps about, or writes line by line across columns, the page alone decides.
    """
    rows = lines_of(words, grids)
    gutter = _gutter([row for row in rows if isinstance(row, Line)])
    if gutter is not None:
        return _cut(lines_of(words, grids, gutter))
    back = sum(1 for one, two in pairwise(rows) if two.base < one.top and overlap(one, two) > 0.5)
    return _cut(rows) if back > max(5, len(rows) / 8) else _from_above(_runs(rows))


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that follow each other downwards without a gap that could hold another."""
    runs: list[list[Row]] = []
    for row in rows:
        last = runs[-1][-1] if runs else None
        size = row.size if isinstance(row, Line) else 10.0
        if last and last.top < row.base and row.top - last.base < 2 * size and overlap(last, row) > 0:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _from_above(runs: list[list[Row]]) -> list[Row]:
    """The runs in order, save that each waits for those that stand above it."""
    boxes = [
        (min(r.x0 for r in run), min(r.top for r in run), max(r.x1 for r in run), max(r.base for r in run))
        for run in runs
    ]
    left = list(range(len(runs)))
    order: list[Row] = []
    while left:
        ready = next((i for i in left if not any(_is_above(boxes[j], boxes[i]) for j in left)), left[0])
        left.remove(ready)
        order += runs[ready]
    return order


def _is_above(one: Box, two: Box) -> bool:
    shared = min(one[2], two[2]) - max(one[0], two[0])
    return one[3] <= two[1] + 2 and shared > 0.2 * min(one[2] - one[0], two[2] - two[0])


_PROSE = 20  # characters; a cell this long is running text
_MIXED = 8  # lines; fewer may be a table


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where two columns of running text part that the file writes line by line across both."""
    pairs = [line for line in lines if len(line.cells) == 2 and all(len(cell.text) >= _PROSE for cell in line.cells)]
    if len(pairs) < max(_MIXED, len(lines) / 3):
        return None
    left, right = max(line.cells[0].x1 for line in pairs), min(line.cells[1].x0 for line in pairs)
    return (left + right) / 2 if left < right else None


def overlap(one: Row, two: Row) -> float:
    """The shared width as a part of the narrower one."""
    shared = min(one.x1, two.x1) - max(one.x0, two.x0)
    return max(0.0, shared) / max(1.0, min(one.x1 - one.x0, two.x1 - two.x0))


def _cut(rows: list[Row], depth: int = 0) -> list[Row]:
    """Recursive X-Y cut (Nagy and Seth 1984): columns where a gutter runs through, else above and below a gap."""
    if len(rows) < 2 or depth > 60:
        return sorted(rows, key=lambda row: (row.base, row.x0))
    size = median(row.size for row in rows if isinstance(row, Line)) if any(isinstance(r, Line) for r in rows) else 10
    columns = _apart(rows, [(row.x0, row.x1) for row in rows], size)
    if columns and min(map(len, columns)) > 1:
        return [row for part in columns for row in _cut(part, depth + 1)]
    bands = _apart(rows, [(row.top, row.base) for row in rows], 0)
    if bands:
        return [row for part in bands for row in _cut(part, depth + 1)]
    return sorted(rows, key=lambda row: (row.base, row.x0))


def _apart(rows: list[Row], spans: list[tuple[float, float]], least: float) -> tuple[list[Row], list[Row]] | None:
    """Rows on both sides of the widest gap between the spans, if it is wider than `least`."""
    order = sorted(range(len(rows)), key=lambda i: spans[i])
    reach, best, at = spans[order[0]][1], least, 0
    for place, i in enumerate(order):
        if place and spans[i][0] - reach > best:
            best, at = spans[i][0] - reach, place
        reach = max(reach, spans[i][1])
    return ([rows[i] for i in order[:at]], [rows[i] for i in order[at:]]) if at else None


# Tables that rulings draw


def grid_of(cells: Sequence[Box], words: Sequence[Word]) -> Grid | None:
    """The table that these boxes make, or None where they frame or plot something else."""
    xs, ys = _ticks(cells, 0), _ticks(cells, 1)
    if len(xs) < 3 or len(ys) < 3 or len(xs) * len(ys) > 20_000:
        return None
    owner = {
        (row, column): i
        for i, (x0, top, x1, bottom) in enumerate(cells)
        for row in range(ys.index(top), ys.index(bottom))
        for column in range(xs.index(x0), xs.index(x1))
    }
    inside: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        place = bisect_right(ys, word.base - word.size / 3) - 1, bisect_right(xs, (word.x0 + word.x1) / 2) - 1
        if place in owner:
            inside[owner[place]].append(word)
    filled = {i: joined([row for row in lines_of(held) if isinstance(row, Line)]) for i, held in inside.items()}
    if len(filled) < max(2, 0.3 * len(cells)) or sum(map(len, filled.values())) / len(filled) > 300:
        return None
    rows = [tuple(filled.get(owner.get((r, c), -1), "") for c in range(len(xs) - 1)) for r in range(len(ys) - 1)]
    rows = [row for row in rows if any(row)]
    bold = [all(w.bold for c in range(len(xs) - 1) for w in inside.get(owner.get((r, c), -1), ())) for r in (0, 1)]
    header = max(header_of(rows), int(len(rows) > 1 and bold[0] and not bold[1]))
    return Grid(tuple(rows), header, xs[0], xs[-1], ys[0], ys[-1])


def _ticks(cells: Sequence[Box], axis: int) -> list[float]:
    return sorted({cell[axis] for cell in cells} | {cell[axis + 2] for cell in cells})


# Lines to one text


def vocabulary(rows: Iterable[Row]) -> set[str]:
    """The words of a document with their hyphens, without those that line ends cut."""
    words: set[str] = set()
    cut = False
    for row in rows:
        if isinstance(row, Line):
            found = _TOKEN.findall(row.text.casefold())
            cut_before, cut = cut, row.text[-1:] in _HYPHEN
            words.update(found[int(cut_before) : len(found) - int(cut)])
    return words


_HYPHEN = "-\u00ad\u2010"
_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def joined(lines: Sequence[Line], words: set[str] | None = None, spaced: bool = False) -> str:
    """One text of several lines; words cut at line ends are mended."""
    text = lines[0].text if lines else ""
    for above, line in pairwise(lines):
        text = _join(text, line.text, words or set(), above.spaced or not spaced)
    return text.replace("\u00ad", "")


def _join(one: str, two: str, words: set[str], space: bool) -> str:
    if re.search(rf"\w[{_HYPHEN}]$", one):
        return _mended(one, two, words)
    tight = _is_han(one[-1:]) and _is_han(two[:1])
    tight = tight or (not space and is_hangul(one[-1:]) and is_hangul(two[:1]))
    return one + two if tight else f"{one} {two}"


def _mended(one: str, two: str, words: set[str]) -> str:
    """Two lines of which the first ends in a hyphen. The hyphen stays where the document elsewhere writes it."""
    start = re.search(r"[\w-]+$", one[:-1])
    end = _TOKEN.match(two)
    if not start or not end or not two[0].islower():
        return one.rstrip("\u00ad") + two if one[-1] == "\u00ad" or two[0].isalnum() else f"{one} {two}"
    first, second = start.group().casefold(), end.group().casefold()
    whole, parted = first + second, f"{first}-{second}"
    compound = parted in words or "-" in first or first.isdigit() or (first in words and second in words)
    keeps = one[-1] != "\u00ad" and whole not in words and compound
    return (one[:-1] + "-" if keeps else one[:-1]) + two


def _is_han(char: str) -> bool:
    return "\u3001" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or "\uff01" <= char <= "\uff60"


def is_hangul(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3"


def mirrored(words: Sequence[Word]) -> list[Word]:
    return [word._replace(x0=-word.x1, x1=-word.x0) for word in words]
