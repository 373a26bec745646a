"""Texts and presentations in the OpenDocument format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from rag.reading.blocks import Block, Content, Part, Table, one_line
from rag.reading.grids import Row, table_parts
from rag.reading.isolation import isolated
from rag.reading.packages import Element, Package, attribute, below, child, facts, local, opened
from rag.reading.word import titled
from rag.types import ReadingError

MOST_REPEATED = 64  # what is said to be repeated more often is the empty rest of a sheet
_LEFT_OUT = {"tracked-changes", "sequence-decls", "forms", "variable-decls", "user-field-decls", "ruby-text"}
_CONTENTS = {
    "table-of-content",
    "illustration-index",
    "table-index",
    "alphabetical-index",
    "user-index",
    "object-index",
}
_HOLD_PARAGRAPHS = {"text-box", "table", "object", "list", "custom-shape", "rect", "ellipse"}


def read_odt(data: bytes, name: str) -> Content:
    """Reads an OpenDocument text or presentation: its text in order, page heads, contents and comments set aside.

    Raises:
        ReadingError: it is encrypted, damaged, or something else.
    """
    with isolated():
        package = opened(data, "content.xml", "." + name.rpartition(".")[2].lower())
        if any(True for _ in below(package.xml("META-INF/manifest.xml"), "encryption-data")):
            raise ReadingError("it is encrypted; save it without a password")
        styles, root = package.xml("styles.xml"), package.xml("content.xml")
        parents = {
            attribute(one, "name") or "": attribute(one, "parent-style-name") or ""
            for part in (styles, root)
            for one in below(part, "style")
        }
        story = Story(package, parents)
        parts = titled([part for one in below(root, "body") for part in story.parts(one)])
        for one in below(styles, "header", "footer", "header-first", "footer-first"):
            parts += [Block("aside", part.text) for part in story.parts(one) if isinstance(part, Block)]
        return Content(tuple(parts), facts(package.xml("meta.xml"), parts))


@dataclass(slots=True)
class Story:
    """One flow of text. `after` is what waits for the end of a paragraph or table: notes, text boxes, charts."""

    package: Package
    parents: dict[str, str]  # style -> the one it is based on
    after: list[Part] = field(default_factory=list)

    def parts(self, element: Element, kind: Literal["text", "item"] = "text") -> Iterator[Part]:
        """The paragraphs and tables in an element, as items where it is a list."""
        slides = 0
        for one in element:
            name = local(one)
            if name == "page":
                slides += 1
                yield from (replace(part, page=slides) for part in self._slide(one))
            elif name == "h":
                yield Block("heading", one_line(self._text(one)), int(attribute(one, "outline-level") or 1))
            elif name == "p":
                text = one_line(self._text(one))
                yield Block("heading", text, 0) if self._is_title(one) else Block(kind, text)
            elif name == "table":
                yield from self._table(one)
            elif name == "object":
                yield from self._object(one)
            elif name == "annotation":
                yield Block("aside", self._lines(one))
            elif name in _CONTENTS:
                yield from (Block("aside", one_line(self._text(line))) for line in below(one, "p"))
            elif name not in _LEFT_OUT:
                yield from self.parts(one, "item" if name == "list" else kind)
            after, self.after = self.after, []
            yield from after

    def _is_title(self, paragraph: Element) -> bool:
        style = attribute(paragraph, "style-name") or ""
        for _ in range(8):  # styles may be based on each other in a circle
            if style == "Title":
                return True
            style = self.parents.get(style, "")
        return False

    def _slide(self, page: Element) -> Iterator[Part]:
        """A slide: its title first, then the rest in order, then its notes."""
        titles = [one for one in page if attribute(one, "class") == "title"]
        for one in titles:
            yield Block("heading", self._lines(one), 1)
        for one in page:
            if one in titles:
                continue
            if attribute(one, "class") in {"header", "footer", "date-time", "page-number"}:
                yield Block("aside", self._lines(one))
            else:
                yield from replace(self, after=[]).parts([one])

    def _text(self, element: Element) -> str:
        """The text of a paragraph. What is anchored in it comes after it."""
        pieces = [element.text or ""]
        for one in element:
            name = local(one)
            if name in {"s", "tab", "line-break"}:
                pieces.append(" ")
            elif name == "note":
                self.after += replace(self, after=[]).parts(child(one, "note-body"))
            elif name == "annotation":
                self.after.append(Block("aside", self._lines(one)))
            elif name in _HOLD_PARAGRAPHS:
                self.after += replace(self, after=[]).parts([one])
            elif name not in _LEFT_OUT and name not in {"title", "desc"}:
                pieces.append(self._text(one))
            pieces.append(one.tail or "")
        return "".join(pieces)

    def _lines(self, element: Element) -> str:
        return one_line(" ".join(self._text(line) for line in below(element, "p")))

    def _object(self, element: Element) -> Iterator[Part]:
        """The values behind a chart."""
        folder = (attribute(element, "href") or "").removeprefix("./")
        root = self.package.xml(f"{folder}/content.xml") if folder else None
        for line in below(child(root, "body"), "title"):
            yield Block("text", self._lines(line))
        for table in below(child(root, "body"), "table"):
            yield from self._table(table)

    def _table(self, element: Element) -> Iterator[Part]:
        rows: list[Row] = []
        covered: dict[tuple[int, int], str] = {}
        cells = [cell for row in _rows(element) for cell in row if local(cell) == "table-cell"]
        if len(cells) == 1:  # a frame rather than a table
            yield from self.parts(cells[0])
            return
        for row in _rows(element):
            texts: list[str] = []
            for cell in row:
                if local(cell) not in {"table-cell", "covered-table-cell"}:
                    continue
                at = (len(rows), len(texts))
                text = covered[at] if at in covered else self._cell(cell)
                down, across = _count(cell, "number-rows-spanned"), _count(cell, "number-columns-spanned")
                covered.update({(at[0] + y, at[1] + x): text for y in range(down) for x in range(across)})
                texts += [text] * _count(cell, "number-columns-repeated")
            rows += [tuple(texts)] * _count(row, "number-rows-repeated")
        named = sum(1 for group in element if local(group) == "table-header-rows" for _ in below(group, "table-row"))
        rows = [row for row in rows if any(row)]
        yield from table_parts(rows, named)

    def _cell(self, cell: Element) -> str:
        """A cell's text in one line. Tables in it follow the table."""
        texts = []
        for part in replace(self, after=[]).parts(cell):
            if isinstance(part, Table):
                self.after.append(part)
            elif part.kind != "aside":
                texts.append(part.text)
        return " ".join(filter(None, texts))


def _rows(element: Element) -> Iterator[Element]:
    """The rows of a table, also those in groups, but not those of tables in its cells."""
    for one in element:
        if local(one) == "table-row":
            yield one
        elif local(one) in {"table-header-rows", "table-rows", "table-row-group"}:
            yield from _rows(one)


def _count(element: Element, name: str) -> int:
    count = int(attribute(element, name) or 1)
    return count if 0 < count <= MOST_REPEATED else 1
