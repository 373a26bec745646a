"""A tree of HTML to pieces of its visible text in reading order. What of a page is its content is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from lxml import etree, html

from rag.reading.blocks import Block, Part, Table, one_line
from rag.reading.grids import header_of
from rag.types import ReadingError

DEEPEST = 2000  # elements within each other; pages that forget to close a tag reach some hundreds
LONGEST_HEADING = 300  # characters; what is longer is a paragraph in the clothes of a heading

_UNSEEN = ("style", "template", "noscript", "iframe", "object", "canvas", "video", "audio", "svg", "annotation", "rp")
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd", "details", "dialog"),
    *("dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5"),
    *("h6", "header", "hgroup", "hr", "label", "legend", "li", "main", "menu", "nav", "ol", "optgroup", "option", "p"),
    *("pre", "section", "select", "summary", "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "tr", "ul"),
}
_FURNITURE = {"aside", "button", "dialog", "footer", "menu", "nav", "option", "select", "textarea"}
_FURNITURE_ROLES = {"banner", "button", "complementary", "contentinfo", "dialog", "menu", "menubar", "navigation"}
_FURNITURE_ROLES |= {"search"}
_UNDISPLAYED = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_RAISED = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a page, and what helps to tell content from furniture."""

    part: Part
    text: str  # all its words, each once
    linked: float  # share of its letters that are links
    chosen: float  # share of its letters in the strings that were asked for
    furniture: bool  # it stands in a menu, a page head or foot, or is marked as one
    place: etree._Element  # the element that it ends in


def parse(text: str) -> html.HtmlElement:
    """The tree of a page, however broken.

    Raises:
        ReadingError: its elements are nested beyond all measure.
    """
    for huge in (
        False,
        True,
    ):  # without huge_tree, libxml2 drops all below 255 elements and all after 10 MB in one piece
        parser = html.HTMLParser(
            encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=huge
        )
        try:
            root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
        except etree.ParserError:  # nothing but white space or comments
            return html.Element("html")
        if not any(re.search("depth|limit", error.message) for error in parser.error_log):
            break
    deepest = depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
        if event == "start":  # libxml2 reads control characters, but lets nobody write them
            element.text = element.text and _NO_CHARACTER.sub(" ", element.text)
            element.tail = element.tail and _NO_CHARACTER.sub(" ", element.tail)
    if deepest > DEEPEST:
        raise ReadingError(f"its elements are nested more than {DEEPEST} deep")
    return root


def remove_hidden(root: etree._Element) -> None:
    """Takes out what a browser would not show. Scripts with data stay; `pieces` passes them over."""
    hidden = list(root.iter(*_UNSEEN))
    hidden += [script for script in root.iter("script") if script.get("type") != "application/ld+json"]
    hidden += [
        element
        for element in root.iterdescendants("*")
        if element.get("hidden") is not None
        or _UNDISPLAYED.search(element.get("style") or "")
        or (element.tag == "dialog" and element.get("open") is None)
    ]
    for element in hidden:
        parent = element.getparent()
        if parent is not None and element.tag not in ("html", "body"):
            previous = element.getprevious()
            if element.tail and previous is not None:
                previous.tail = (previous.tail or "") + element.tail
            elif element.tail:
                parent.text = (parent.text or "") + element.tail
            parent.remove(element)


_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

String = tuple[etree._Element, Literal["text", "tail"]]  # one of the two places where a tree holds text


def pieces(root: etree._Element, chosen: Container[String] = ()) -> list[Piece]:
    """The visible text below an element in reading order, and how much of each piece lies in the chosen strings."""
    return _Walk(chosen).through(root)


class _Walk:
    """One pass over a tree, gathering text until a block begins or ends."""

    def __init__(self, chosen: Container[String]) -> None:
        self.strings = chosen
        self.found: list[Piece] = []
        self.buffer: list[str] = []
        self.letters = 0  # in the buffer
        self.linked = 0  # letters of them that are links
        self.chosen = 0  # letters of them that were chosen
        self.links = 0  # links that are open
        self.furniture = 0  # menus and the like that are open
        self.pre = 0
        self.level = 0  # of the heading that is open
        self.item = False  # the next text begins a list item
        self.term = False  # the buffer ends in a term whose definition follows

    def through(self, root: etree._Element) -> list[Piece]:
        walker = etree.iterwalk(root, events=("start", "end"))
        consumed = None
        for event, element in walker:
            if event == "start":
                if self._consumes(element):
                    consumed = element
                    walker.skip_subtree()
                else:
                    self._start(element)
                    self._write((element, "text"))
            else:
                if element is consumed:
                    consumed = None
                else:
                    self._end(element)
                if element is not root:
                    self._write((element, "tail"))
        self._flush(root)
        return self.found

    def _consumes(self, element: etree._Element) -> bool:
        """Whether an element was taken in as a whole: data tables, raised figures, scripts."""
        if element.tag == "table" and is_data(element):
            self._flush(element)
            self._table(element)
            return True
        if element.tag == "sup" and (figures := _figures(element)):
            self.buffer.append(figures.translate(_RAISED))
            return True
        return element.tag in ("script", "head")

    def _start(self, element: etree._Element) -> None:
        tag = element.tag
        if tag == "br":
            self.buffer.append("\n")
        elif tag in _BLOCKS:
            if tag == "div" and self.level:
                self.buffer.append(" ")
            elif tag == "dt" or not self.term:
                self._flush(element)
            self.item = self.item or tag in ("li", "dt", "dd")
            self.level = int(tag[1]) if tag in _HEADINGS else self.level
        self.pre += tag == "pre"
        self.links += _leads_away(element)
        self.furniture += _is_furniture(element)

    def _end(self, element: etree._Element) -> None:
        tag = element.tag
        if tag == "dt" and "".join(self.buffer).strip():
            self.buffer.append(" " if self.buffer[-1].rstrip().endswith(":") else ": ")
            self.term = True
        elif tag in _BLOCKS and not (tag == "div" and self.level):
            self._flush(element)
            self.item = self.item and tag not in ("li", "dd")
        self.pre -= tag == "pre"
        self.links -= _leads_away(element)
        self.furniture -= _is_furniture(element)

    def _write(self, string: String) -> None:
        element, where = string
        text = element.text if where == "text" else element.tail
        if text:
            self.buffer.append(text if self.pre else re.sub(r"\s+", " ", text))
            letters = len("".join(text.split()))
            self.letters += letters
            self.linked += letters if self.links else 0
            self.chosen += letters if string in self.strings else 0
            self.term = self.term and not letters

    def _flush(self, place: etree._Element) -> None:
        """Ends a paragraph. Two line breaks in a row part paragraphs too."""
        raw = "".join(self.buffer)
        raw = raw.rstrip().removesuffix(":") if self.term else raw  # a term without its definition
        linked, chosen = self.linked / max(1, self.letters), self.chosen / max(1, self.letters)
        level, self.level, self.term = self.level, 0, False
        self.buffer, self.letters, self.linked, self.chosen = [], 0, 0, 0
        for text in map(one_line, [raw] if level else re.split(r"\n[^\S\n]*\n", raw)):
            if text:
                kind: Literal["heading", "text", "item"] = "item" if self.item else "text"
                if level and len(text) <= LONGEST_HEADING:
                    kind = "heading"
                self.item = self.item and kind == "heading"
                self.found.append(Piece(Block(kind, text, level or 2), text, linked, chosen, self.furniture > 0, place))

    def _table(self, table: etree._Element) -> None:
        for part, cells in _table_parts(table, self.strings):
            text = " ".join(cell.text for cell in cells)
            linked = sum(cell.linked * len(cell.text) for cell in cells) / max(1, len(text))
            chosen = sum(cell.chosen * len(cell.text) for cell in cells) / max(1, len(text))
            self.found.append(Piece(part, text, linked, chosen, self.furniture > 0, table))


_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def _leads_away(element: etree._Element) -> bool:
    return element.tag == "a" and not (element.get("href") or "#").startswith("#")


def _is_furniture(element: etree._Element) -> bool:
    if element.tag == "header":
        return not any(above.tag in ("article", "main", "section") for above in element.iterancestors())
    return element.tag in _FURNITURE or element.get("role") in _FURNITURE_ROLES


def _figures(element: etree._Element) -> str:
    """The figures of a raised number: written on the line, ten squared would read 102."""
    text = "".join(element.itertext()).strip()
    return text if re.fullmatch(r"[+\-−]?[0-9n]{1,3}", text) else ""


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    head: bool
    linked: float
    chosen: float
    repeated: bool = False  # it stands here because it spans several places


def is_data(table: etree._Element) -> bool:
    """Whether a table holds data rather than laying out a page."""
    if table.get("role") in ("presentation", "none"):
        return False
    rows = _own_rows(table)
    if next(table.iterdescendants("table"), None) is not None:
        return False
    if next(table.iter("th", "caption", "thead"), None) is not None:
        return True
    cells = [cell for row in rows for cell in row.iterchildren("td")]
    longest = max((sum(map(len, cell.itertext())) for cell in cells), default=0)
    return len(rows) > 1 and len(cells) >= 2 * len(rows) and longest <= _LONGEST_CELL


_LONGEST_CELL = 400  # characters; a table without any header that holds more lays out prose
_MOST_SPANNED = 64  # columns; a cell that claims to span more is damaged


def _own_rows(table: etree._Element) -> list[etree._Element]:
    return [
        row
        for child in table
        for row in ([child] if child.tag == "tr" else child.iterchildren("tr"))
        if child.tag in ("tr", "thead", "tbody", "tfoot")
    ]


def _table_parts(table: etree._Element, strings: Container[String]) -> Iterator[tuple[Part, list[_Cell]]]:
    """Captions and rows that span the whole table as text, the rest as tables with the header they stand under."""
    for caption in table.iterchildren("caption"):
        cell = _cell(caption, strings)
        yield Block("text", cell.text), [cell]
    rows = _grid(table, strings)
    width = max(map(len, rows), default=0)
    while width > 1 and rows and _spans_all(rows[0], width):  # a title within the table
        yield _line(rows.pop(0))
    header = _header_rows(rows)
    run = rows[:header]
    for row in rows[header:]:
        if width > 1 and _spans_all(row, width):
            if len(run) > header:
                yield _rows(run, header)
            yield _line(row)
            run = rows[:header]
        else:
            run.append(row)
    if len(run) > header or header == len(rows) > 0:
        yield _rows(run, header)


def _rows(rows: list[list[_Cell]], header: int) -> tuple[Part, list[_Cell]]:
    table = Table(tuple(_texts(row, header) for row in rows), header)
    return table, [cell for row in rows for cell in row if not cell.repeated]


def _line(row: list[_Cell]) -> tuple[Part, list[_Cell]]:
    return Block("text", row[0].text), row[:1]


def _texts(row: list[_Cell], header: int) -> tuple[str, ...]:
    """A row's texts. Without a header, the head of a pair names the other: `Born: 1879`."""
    texts = tuple(cell.text for cell in row)
    named = (row[0].head and not row[-1].head) or texts[0].endswith(":")
    if not header and len(row) == 2 and named and all(texts):
        return (f"{texts[0].rstrip(':')}: {texts[1]}",)
    return texts


def _spans_all(row: list[_Cell], width: int) -> bool:
    return len(row) == width and bool(row[0].text) and all(cell.repeated for cell in row[1:])


def _header_rows(rows: list[list[_Cell]]) -> int:
    """How many rows name the columns: those of head cells, or failing any, those that read like it."""
    if not any(cell.head for row in rows for cell in row):
        return header_of([tuple(cell.text for cell in row) for row in rows])
    return next((i for i, row in enumerate(rows) if not all(cell.head for cell in row if cell.text)), len(rows))


def _grid(table: etree._Element, strings: Container[String]) -> list[list[_Cell]]:
    """The cells by row, each in every place that it covers; rows without text are left out."""
    rows: list[list[_Cell]] = []
    hanging: dict[int, tuple[_Cell, int]] = {}  # by column: a cell from above, and for how many rows more
    for element in _own_rows(table):
        row: list[_Cell] = []
        for child in element.iterchildren("td", "th"):
            _hang(row, hanging)
            cell = _cell(child, strings)
            wide, high = _span(child, "colspan", _MOST_SPANNED), _span(child, "rowspan", 10_000)
            for i in range(wide):
                if high > 1:
                    hanging[len(row)] = (_again(cell), high - 1)
                row.append(_again(cell) if i else cell)
        _hang(row, hanging)
        if any(cell.text for cell in row):
            rows.append(row)
    return rows


def _hang(row: list[_Cell], hanging: dict[int, tuple[_Cell, int]]) -> None:
    while len(row) in hanging:
        cell, left = hanging.pop(len(row))
        if left > 1:
            hanging[len(row)] = (cell, left - 1)
        row.append(cell)


def _again(cell: _Cell) -> _Cell:
    return replace(cell, repeated=True)


def _cell(element: etree._Element, strings: Container[String]) -> _Cell:
    inside = pieces(element, strings)
    text = " ".join(piece.text for piece in inside)
    linked, chosen = (
        sum(share * len(piece.text) for share, piece in zip(shares, inside, strict=True)) / max(1, len(text))
        for shares in ([piece.linked for piece in inside], [piece.chosen for piece in inside])
    )
    head = element.tag == "th" or element.getparent().getparent().tag == "thead"
    return _Cell(text, head, linked, chosen)


def _span(element: etree._Element, name: str, most: int) -> int:
    value = (element.get(name) or "1").strip()
    return min(most, max(1, int(value))) if re.fullmatch(r"[0-9]{1,5}", value) else 1
