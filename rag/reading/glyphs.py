"""What pdfium finds on a page: words at their places, and the boxes that rulings draw."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.reading.lines import Box, Word

if TYPE_CHECKING:
    import pypdfium2

_MOST_CHARACTERS = 200_000  # on one page; the rest of it is not read
_MOST_PATHS = 3_000  # on one page; more make a map or a plot
_MOST_EDGES = 500


class _Style(NamedTuple):
    """What the characters of one text object share. `turn` is 0 to 3 quarters; -1 where they run aslant."""

    size: float
    bold: bool
    turn: int
    base: float


def turned(box: Box, turn: int) -> Box:
    """A box of the page (y grows upwards) as it lies when text of that turn runs from left to right."""
    left, low, right, high = box
    if turn == 1:
        return low, left, high, right
    if turn == 2:
        return -right, low, -left, high
    if turn == 3:
        return -high, -right, -low, -left
    return left, -high, right, -low


def unturned(box: Box, turn: int) -> Box:
    """The box of the page that `turned` made this of."""
    x0, top, x1, bottom = box
    if turn == 1:
        return top, x0, bottom, x1
    if turn == 2:
        return -x1, top, -x0, bottom
    if turn == 3:
        return -bottom, -x1, -top, -x0
    return x0, -bottom, x1, -top


# Characters to words


def words_of(page: pypdfium2.PdfPage) -> Iterator[tuple[int, Word]]:
    """The words of a page in the order of the file, each with its turn. Superscript figures become ² and the like."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    box = pdfium.FS_RECTF()
    styles: dict[int, _Style] = {}
    main = current = _Style(0, False, 0, 0)
    letters: list[str] = []
    x0 = x1 = last = 0.0

    def word(spaced: bool) -> Iterator[tuple[int, Word]]:
        content = _readable("".join(letters))
        letters.clear()
        if content:
            yield current.turn, Word(content, x0, x1, current.base, current.size, current.bold, spaced)

    for i in range(min(text.count_chars(), _MOST_CHARACTERS)):
        code = pdfium.FPDFText_GetUnicode(text, i)
        char = "-" if code in _LINE_END_HYPHENS else chr(code)
        if char.isspace() or code == 0:
            yield from word(char not in "\r\n")
            continue
        pointer = pdfium.FPDFText_GetTextObject(text, i)
        key = ctypes.addressof(pointer.contents) if pointer else 0
        style = styles.get(key) or styles.setdefault(key, _style(text, i, pointer))
        pdfium.FPDFText_GetLooseCharBox(text, i, box)
        left, _, right, _ = turned((box.left, box.bottom, box.right, box.top), style.turn)
        if letters and left - x1 < main.size and _is_raised(style, main):
            if char in _FIGURES and len(letters) > 2 and _is_letter(letters[-1]):  # the mark of a footnote
                yield from word(False)
            char, style = char.translate(_SUPERSCRIPT), main
        elif not _is_raised(style, main):
            main = style
        apart = max(left - x1, x0 - right) > 0.5 * style.size or abs(style.base - current.base) > 0.5 * style.size
        if letters and (apart or style.turn != current.turn or _turns_round(letters[-1], char)):
            yield from word(False)
        if not letters:
            x0, x1, current, last = left, right, style, math.nan
        x0, x1 = min(x0, left), max(x1, right)
        letters.insert(len(letters) - int(left == last and _is_from_right(char)), char)  # pdfium turns ligatures round
        last = left
    yield from word(True)
    text.close()


_LINE_END_HYPHENS = (0x02, 0xFFFE)  # what pdfium makes of a hyphen at the end of a line
_FIGURES = frozenset("0123456789")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _is_raised(style: _Style, main: _Style) -> bool:
    return style.size < 0.85 * main.size and 0.1 * main.size < main.base - style.base < 0.7 * main.size


def _is_letter(char: str) -> bool:
    return char.isalpha() and unicodedata.east_asian_width(char) != "W"


def _is_from_right(char: str) -> bool:
    return char >= "\u0590" and unicodedata.bidirectional(char) in ("R", "AL")


def _turns_round(one: str, two: str) -> bool:
    """Whether Arabic or Hebrew meets Latin; pdfium drops the space between them."""
    right = _is_from_right(one), _is_from_right(two)
    return right[0] != right[1] and _is_letter(one) and _is_letter(two)


def _style(text: pypdfium2.PdfTextPage, i: int, pointer: Any) -> _Style:
    import pypdfium2.raw as pdfium

    matrix, x, y = pdfium.FS_MATRIX(), ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetMatrix(text, i, matrix)
    pdfium.FPDFText_GetCharOrigin(text, i, x, y)
    size = abs(pdfium.FPDFText_GetFontSize(text, i)) * math.hypot(matrix.c, matrix.d)
    low, high = sorted((abs(matrix.a), abs(matrix.b)))
    if low > 0.2 * high:
        turn = -1
    elif abs(matrix.a) >= abs(matrix.b):
        turn = 0 if matrix.a >= 0 else 2
    else:
        turn = 1 if matrix.b > 0 else 3
    base = turned((x.value, y.value, x.value, y.value), turn)[1]
    return _Style(round(size * 2) / 2, _is_bold(text, i, pointer), turn, base)


def _is_bold(text: pypdfium2.PdfTextPage, i: int, pointer: Any) -> bool:
    import pypdfium2.raw as pdfium

    if pdfium.FPDFText_GetFontWeight(text, i) >= 600:
        return True
    font = pdfium.FPDFTextObj_GetFont(pointer) if pointer else None
    if not font:
        return False
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFFont_GetBaseFontName(font, name, 128)
    return bool(_BOLD.search(name.value))


_BOLD = re.compile(rb"(?i)bold|black|heavy|[-,]bd\b|cmbx|sfbx")
_COMPATIBLE = re.compile("[\ufb00-\ufb06\ufb13-\ufb17\ufb1d-\ufdff\ufe70-\ufefc]+")  # ligatures, Arabic shapes
_DROPPED = re.compile("[\x00-\x1f\x7f-\x9f\u200b\ufeff\ufffe\uffff]")
_PRIVATE = re.compile("[\ue000-\uf8ff]+")


def _readable(text: str) -> str:
    """A word without ligatures and invisible characters; a lone character of a symbol font is taken for a bullet."""
    if text.isascii():
        return _DROPPED.sub("", text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found.group()), _DROPPED.sub("", text))
    return "•" if _PRIVATE.fullmatch(text) else _PRIVATE.sub("", text)


# Rulings to boxes


def ruled_boxes(page: pypdfium2.PdfPage, turn: int) -> list[list[Box]]:
    """The boxes of each ruled table, by pdfplumber's search for cells on the lines that pdfium finds."""
    edges = list(_edges(page, turn))
    upright = sum(1 for edge in edges if edge["orientation"] == "v")
    if upright < 2 or len(edges) - upright < 2 or len(edges) > 20 * _MOST_EDGES:
        return []
    from pdfplumber import table

    edges = [edge for edge in table.merge_edges(edges, 3, 3, 3, 3) if max(edge["width"], edge["height"]) > 4]
    if len(edges) > _MOST_EDGES:
        return []
    crossings = table.edges_to_intersections(edges, 3, 3)
    if len(crossings) > 2 * _MOST_EDGES:
        return []
    return [list(cells) for cells in table.cells_to_tables(table.intersections_to_cells(crossings))]


def _edges(page: pypdfium2.PdfPage, turn: int) -> Iterator[dict[str, Any]]:
    for (ax, ay), (bx, by) in _strokes(page):
        if abs(ax - bx) > 0.5 and abs(ay - by) > 0.5:
            continue
        x0, top, x1, bottom = turned((min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)), turn)
        upright = bottom - top > x1 - x0
        if upright:
            x0 = x1 = (x0 + x1) / 2
        else:
            top = bottom = (top + bottom) / 2
        place = {"x0": x0, "x1": x1, "top": top, "bottom": bottom, "width": x1 - x0, "height": bottom - top}
        yield {**place, "orientation": "v" if upright else "h"}


Point = tuple[float, float]


def _strokes(page: pypdfium2.PdfPage) -> Iterator[tuple[Point, Point]]:
    """The straight pieces of all paths, in the page's coordinates."""
    import pypdfium2.raw as pdfium

    x, y = ctypes.c_float(), ctypes.c_float()
    paths = 0
    for item in page.get_objects(max_depth=5):
        if item.type != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        paths += 1
        if paths > _MOST_PATHS:
            return
        matrix = item.get_matrix()
        outer = item.container
        while outer is not None:
            matrix = matrix.multiply(outer.get_matrix())
            outer = outer.container
        start = at = (0.0, 0.0)
        for i in range(min(pdfium.FPDFPath_CountSegments(item), _MOST_PATHS)):
            segment = pdfium.FPDFPath_GetPathSegment(item, i)
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            point = matrix.on_point(x.value, y.value)
            kind = pdfium.FPDFPathSegment_GetType(segment)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                start = point
            elif kind == pdfium.FPDF_SEGMENT_LINETO:
                yield at, point
            at = point
            if pdfium.FPDFPathSegment_GetClose(segment):
                yield at, start
