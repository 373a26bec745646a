"""A Word document's text in reading order, out of its XML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from rag.reading.blocks import Block, Part, Table, one_line
from rag.reading.grids import Row, table_parts
from rag.reading.numbering import Numbering
from rag.reading.packages import (
    Element,
    Package,
    attribute,
    below,
    chart,
    chart_title,
    child,
    chosen,
    is_on,
    local,
    value,
)

_LEFT_OUT = {"del", "moveFrom", "rPr", "pPr", "rt"}  # deleted, moved away, settings, readings above East Asian signs
_PLAIN = {"t": "", "tab": " ", "br": " ", "cr": " ", "ptab": " ", "noBreakHyphen": "-"}  # "" is its own text
_ANCHORED = {"txbxContent", "chart", "footnoteReference", "endnoteReference"}
_TITLE, _CONTENTS = "title", ("toc ", "table of figures")


def parts(package: Package) -> tuple[Part, ...]:
    """Everything in a document, with heading levels that leave 1 to its title."""
    main = package.one("", "officeDocument") or "word/document.xml"
    root = package.xml(main)
    kinds = dict(package.related(main).values())
    styles = _styles(package.xml(kinds.get("styles")))
    numbering = Numbering.of(package.xml(kinds.get("numbering")))
    notes = {
        (kind, attribute(note, "id") or ""): note
        for kind in ("footnote", "endnote")
        for note in below(package.xml(kinds.get(f"{kind}s")), kind)
        if attribute(note, "type") in {None, "normal"}
    }
    found = titled(list(Story(package, main, styles, numbering, notes).parts(child(root, "body"))))
    for kind, name in sorted(package.related(main).values()):
        if kind in {"header", "footer", "comments"}:
            story = Story(package, name, styles, numbering, notes)
            found += [
                Block("aside", part.text)
                for one in below(package.xml(name), "hdr", "ftr", "comment")
                for part in story.parts(one)
                if isinstance(part, Block)
            ]
    return tuple(found)


def titled(found: list[Part]) -> list[Part]:
    """Heading 1 becomes level 2, below the title, unless it is the only one and stands first: then it is the title."""
    headings = [part for part in found if isinstance(part, Block) and part.kind == "heading"]
    top = [part for part in headings if part.level == 1]
    if any(part.level == 0 for part in headings) or len(top) != 1 or headings[0] is not top[0]:
        return [
            replace(part, level=part.level + 1) if isinstance(part, Block) and part.kind == "heading" else part
            for part in found
        ]
    return found


@dataclass(frozen=True, slots=True)
class Style:
    """What counts of a paragraph's style. `level` is 0 for the title, None where it is no heading."""

    name: str = ""
    level: int | None = None
    list_id: str | None = None
    list_level: int = 0


def _styles(root: Element | None) -> dict[str, Style]:
    """The paragraph styles by their id, with what they take over from the style they are based on."""
    elements = {attribute(one, "styleId") or "": one for one in below(root, "style")}
    found: dict[str, Style] = {}
    for key, element in elements.items():
        chain = [element]
        while (base := elements.get(value(chain[-1], "basedOn") or "")) is not None and base not in chain:
            chain.append(base)
        first = {
            what: next((one for at in chain if (one := value(at, *path)) is not None), None)
            for what, path in {
                "level": ("pPr", "outlineLvl"),
                "list": ("pPr", "numPr", "numId"),
                "list_level": ("pPr", "numPr", "ilvl"),
            }.items()
        }
        name = (value(element, "name") or "").lower()
        level = _outline(first["level"])
        if name.startswith("heading ") and name[8:9].isdigit():
            level = int(name[8])
        found[key] = Style(name, 0 if name == _TITLE else level, first["list"], int(first["list_level"] or 0))
    return found


def _outline(level: str | None) -> int | None:
    """The heading level of an outline level, which counts from 0; 9 there is running text."""
    return int(level) + 1 if level is not None and level.isdigit() and int(level) < 9 else None


@dataclass(slots=True)
class Story:
    """One flow of text: the body, a note, a page head. `after` is what waits for the end of a paragraph or table."""

    package: Package
    part: str
    styles: dict[str, Style]
    numbering: Numbering
    notes: dict[tuple[str, str], Element]
    after: list[Part] = field(default_factory=list)

    def parts(self, element: Element | None) -> Iterator[Part]:
        """The paragraphs and tables directly in an element, or in what only wraps them."""
        for one in () if element is None else element:
            name = local(one)
            if name == "p":
                yield self._paragraph(one)
            elif name == "tbl":
                yield from self._table(one)
            elif name == "AlternateContent":
                yield from self.parts(next(iter(one), None))
            elif name in {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"}:
                yield from self.parts(one)
            after, self.after = self.after, []
            yield from after

    def _paragraph(self, element: Element) -> Block:
        style = self.styles.get(value(element, "pPr", "pStyle") or "", Style())
        text = one_line(self._text(element))
        own = _outline(value(element, "pPr", "outlineLvl"))
        level = style.level if own is None else own
        label = ""
        list_id = value(element, "pPr", "numPr", "numId") or style.list_id
        if list_id and list_id != "0" and text:
            depth = value(element, "pPr", "numPr", "ilvl")
            label = self.numbering.label(list_id, int(depth) if depth else style.list_level)
        shown = f"{label} {text}" if label else text
        if level is not None and text:
            return Block("heading", shown, level)
        if style.name.startswith(_CONTENTS):
            return Block("aside", text)
        return Block("item" if list_id and list_id != "0" else "text", shown)

    def _text(self, element: Element) -> str:
        """The text of a paragraph. Text boxes, charts and notes in it come after it."""
        name = local(element)
        if name in _LEFT_OUT or (name == "r" and is_on(child(element, "rPr"), "vanish")):
            return ""
        if name in _PLAIN:
            return _PLAIN[name] or element.text or ""
        if name in _ANCHORED:
            self.after += self._anchored(name, element)
            return ""
        inner = list(chosen(element) if name == "AlternateContent" else element)
        if name in _FORMULAS:
            return _formula(name, [self._text(one) for one in inner if not local(one).endswith("Pr")])
        text = "".join(map(self._text, inner))
        return f"{text} " if name == "oMath" and local(element.getnext()) == name else text

    def _anchored(self, name: str, element: Element) -> Iterator[Part]:
        key = attribute(element, "id") or ""
        if name == "chart":
            root = self.package.xml(self.package.related(self.part).get(key, ("", None))[1])
            yield Block("text", chart_title(root))
            yield Table(chart(root))
            return
        inside = element if name == "txbxContent" else self.notes.get((name.removesuffix("Reference"), key))
        yield from replace(self, after=[]).parts(inside)

    def _table(self, element: Element) -> Iterator[Part]:
        cells = [cell for row in _inside(element, "tr") for cell in _inside(row, "tc")]
        if len(cells) == 1:  # a frame rather than a table
            yield from self.parts(cells[0])
            return
        rows: list[Row] = []
        above: dict[int, str] = {}
        named = 0
        for row in _inside(element, "tr"):
            properties = child(row, "trPr")
            if child(properties, "del") is not None:
                continue
            named += is_on(properties, "tblHeader") and named == len(rows)
            texts = [""] * _span(value(properties, "gridBefore") or "0")
            for cell in _inside(row, "tc"):
                merged = child(cell, "tcPr", "vMerge")
                goes_on = merged is not None and value(cell, "tcPr", "vMerge") in {None, "continue"}
                text = above.get(len(texts), "") if goes_on else self._cell(cell)
                span = _span(value(cell, "tcPr", "gridSpan") or "1")
                above.update(dict.fromkeys(range(len(texts), len(texts) + span), text))
                texts += [text] * span
            rows.append(tuple(texts))
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


def _span(said: str) -> int:
    return min(64, int(said))  # Word has no more columns than this


def _inside(element: Element, name: str) -> Iterator[Element]:
    """The rows of a table or the cells of a row, also those in a content control or inserted."""
    for one in element:
        if local(one) == name:
            yield one
        elif local(one) in {"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"}:
            yield from _inside(one, name)


_FORMULAS = {"f": "/", "sSup": "^", "sSub": "_", "func": " ", "d": ", ", "rad": "√", "nary": "∑", "m": "; ", "mr": ", "}


def _formula(name: str, operands: list[str]) -> str:
    """A formula on one line: (a+b)/2, x^2, √(x), log (x)."""
    operands = list(filter(None, operands))
    if name == "d":
        return f"({', '.join(operands)})"
    operands = [one if one.isalnum() or one.startswith("(") else f"({one})" for one in operands]
    if name == "rad":
        return "√" + "".join(operands[-1:])
    return f" ∑ {' '.join(operands)}" if name == "nary" else _FORMULAS[name].join(operands)
