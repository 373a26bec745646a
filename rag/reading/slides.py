"""A presentation's slides in order, each read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.reading.blocks import Block, Part, Table, one_line
from rag.reading.grids import Row, header_of, table_parts
from rag.reading.packages import Element, Package, attribute, below, chart, chart_title, child, local

_TITLES = {"title", "ctrTitle"}
_FURNITURE = {"dt", "ftr", "sldNum", "hdr"}
_BODIES = {"body", "obj", None}
_LINE = 12_700 * 18  # EMU; shapes that begin within 18 points of each other stand side by side

_FAR = 1 << 40


def parts(package: Package) -> tuple[Part, ...]:
    """Everything on the slides. The title of a title slide that comes first is the document's."""
    main = package.one("", "officeDocument") or "ppt/presentation.xml"
    known = package.related(main)
    names = [known.get(_relation(one), ("", ""))[1] for one in below(package.xml(main), "sldId")]
    found: list[Part] = []
    for number, name in enumerate(names, 1):
        found += [replace(part, page=number) for part in _slide(package, name, number) if _says_something(part)]
    return tuple(found)


def _relation(element: Element) -> str:
    """The id of a relation, which is in a namespace where the element's own id is in none."""
    return next((text for key, text in element.attrib.items() if key.endswith("}id")), "")


def _says_something(part: Part) -> bool:
    return bool(part.rows) if isinstance(part, Table) else bool(part.text.strip())


def _slide(package: Package, name: str, number: int) -> Iterator[Part]:
    root = package.xml(name)
    if root is None:
        return
    related = package.related(name)
    layout = next((part for kind, part in related.values() if kind == "slideLayout"), None)
    master = package.one(layout, "slideMaster") if layout else None
    places = {**_places(package.xml(master)), **_places(package.xml(layout))}
    shapes = sorted(_shapes(child(root, "cSld", "spTree"), places, 0, 0), key=lambda shape: shape.order)
    titles = [shape for shape in shapes if shape.role in _TITLES]
    for shape in titles:
        level = 1 if number == 1 and shape.role == "ctrTitle" else 2
        yield Block("heading", " ".join(text for text, _ in _paragraphs(shape.element)), level)
    for shape in shapes:
        if shape.role not in _TITLES:
            yield from _shape(package, shape, {key: part for key, (_, part) in related.items()})
    for kind, part in sorted(related.values()):
        if kind == "notesSlide":
            for shape in _shapes(child(package.xml(part), "cSld", "spTree"), {}, 0, 0):
                if shape.role == "body":
                    yield from (Block("text", text) for text, _ in _paragraphs(shape.element))
        elif kind == "comments":
            for comment in below(package.xml(part), "cm"):
                yield Block("aside", " ".join(one.text or "" for one in below(comment, "text", "t")))


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape on a slide and what it is there for: title, body, page number, or nothing said."""

    element: Element
    role: str | None
    placeholder: bool
    top: int
    left: int

    @property
    def order(self) -> tuple[int, int, int]:
        return (self.top // _LINE, self.left, self.top)


def _shapes(tree: Element | None, places: dict[str, tuple[int, int]], top: int, left: int) -> Iterator[Shape]:
    """The shapes of a slide, those in groups too, where they stand on the slide."""
    for element in () if tree is None else tree:
        name = local(element)
        if name == "AlternateContent":
            yield from _shapes(next(iter(element), None), places, top, left)
        elif name == "grpSp":
            here = _place(element) or (top, left)
            inner = child(element, "grpSpPr", "xfrm", "chOff")
            shift = (0, 0) if inner is None else (int(inner.get("y", 0)), int(inner.get("x", 0)))
            yield from _shapes(element, places, top + here[0] - shift[0], left + here[1] - shift[1])
        elif name in {"sp", "graphicFrame", "cxnSp", "pic"}:
            mark = next(below(element, "ph"), None)
            role = None if mark is None else mark.get("type")
            place = _place(element)
            if place is None:
                place = next((places[key] for key in _keys(mark) if key in places), (_FAR, 0))
            else:
                place = (place[0] + top, place[1] + left)
            yield Shape(element, role, mark is not None, *place)


def _place(element: Element) -> tuple[int, int] | None:
    frames = (child(element, *path) for path in (("spPr", "xfrm"), ("xfrm",), ("grpSpPr", "xfrm")))
    corner = child(next((frame for frame in frames if frame is not None), None), "off")
    return None if corner is None else (int(corner.get("y", 0)), int(corner.get("x", 0)))


def _keys(mark: Element | None) -> list[str]:
    """By what a placeholder is known to its layout."""
    if mark is None:
        return []
    kind = mark.get("type", "body")
    return [f"#{mark.get('idx', '0')}", "title" if kind in _TITLES else kind]


def _places(root: Element | None) -> dict[str, tuple[int, int]]:
    """Where a layout puts its placeholders."""
    found: dict[str, tuple[int, int]] = {}
    for element in below(root, "sp"):
        mark, place = next(below(element, "ph"), None), _place(element)
        if mark is not None and place is not None:
            for key in _keys(mark):
                found.setdefault(key, place)
    return found


def _shape(package: Package, shape: Shape, related: dict[str, str]) -> Iterator[Part]:
    table = next(below(shape.element, "tbl"), None)
    if table is not None:
        rows = _rows(table)
        flags = child(table, "tblPr")
        said = None if flags is None else flags.get("firstRow")
        yield from table_parts(rows, 1 if said in {"1", "true"} and header_of(rows) < 2 else 0)
        return
    for diagram in below(shape.element, "relIds"):
        for point in below(package.xml(related.get(attribute(diagram, "dm") or "")), "pt"):
            yield from (Block("item", text) for text, _ in _paragraphs(point))
        return
    for one in below(shape.element, "chart"):
        root = package.xml(related.get(_relation(one)))
        yield Block("text", chart_title(root))
        yield Table(chart(root))
        return
    lines = [(text, listed) for text, listed in _paragraphs(shape.element) if text]
    several = shape.placeholder and shape.role in _BODIES and len(lines) > 1
    for text, listed in lines:
        if shape.role in _FURNITURE:
            yield Block("aside", text)
        else:
            yield Block("item" if listed or (listed is None and several) else "text", text)


def _paragraphs(element: Element) -> Iterator[tuple[str, bool | None]]:
    """Each paragraph below an element and whether it says that it has a bullet or a number."""
    for paragraph in below(element, "p"):
        texts = [" " if local(one) in {"br", "tab"} else one.text or "" for one in below(paragraph, "t", "br", "tab")]
        properties = child(paragraph, "pPr")
        marks = {local(one) for one in (() if properties is None else properties)}
        listed = False if "buNone" in marks else True if marks & {"buChar", "buAutoNum", "buBlip"} else None
        yield one_line("".join(texts)), listed


def _rows(table: Element) -> tuple[Row, ...]:
    """The cells of a table; a merged one stands in each place it covers."""
    rows: list[Row] = []
    for row in below(table, "tr"):
        texts: list[str] = []
        for cell in below(row, "tc"):
            if cell.get("vMerge") in {"1", "true"} and rows and len(texts) < len(rows[-1]):
                texts.append(rows[-1][len(texts)])
            elif cell.get("hMerge") in {"1", "true"} and texts:
                texts.append(texts[-1])
            else:
                texts.append(" ".join(text for text, _ in _paragraphs(cell) if text))
        rows.append(tuple(texts))
    return tuple(rows)
