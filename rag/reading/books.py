"""Electronic books: the chapters of an EPUB in reading order. Nothing in them is page furniture."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

from lxml import etree

from rag.reading.archives import bounded_zip, deeper
from rag.reading.blocks import Block, Content, Facts, Part, one_line
from rag.reading.hypertext import parse, pieces, remove_hidden
from rag.reading.isolation import isolated
from rag.reading.packages import Element, Package, attribute, below, child, local
from rag.reading.pages import iso_date, iso_language, page_text, web_address
from rag.types import ReadingError

DAMAGED = "it is a damaged book; get it again"


def read_epub(data: bytes, name: str) -> Content:
    """A book in EPUB, with its headings one level below its title.

    Raises:
        ReadingError: it is no book, is damaged or protected, or unpacks beyond measure.
    """
    with isolated(DAMAGED), bounded_zip(data) as archive:
        return _book(Package(archive))


@dataclass(frozen=True, slots=True)
class _Item:
    """A file that a book lists."""

    path: str
    kind: str
    properties: str


def _book(package: Package) -> Content:
    listing = _listing(package)
    root = package.xml(listing)
    if root is None:
        raise ReadingError("it holds no list of its chapters; get it again")
    facts = _facts(root)
    items = {
        one.get("id", ""): _Item(
            _path(listing, one.get("href", "")), one.get("media-type", ""), one.get("properties", "")
        )
        for one in below(child(root, "manifest"), "item")
    }
    chapters = [items[key] for one in below(child(root, "spine"), "itemref") if (key := one.get("idref")) in items]
    chapters = [one for one in chapters if "nav" not in one.properties.split()]
    sealed = _sealed(package)
    if any(chapter.path in sealed for chapter in chapters):
        raise ReadingError("it is protected against copying; get it without protection")
    labels = _labels(package, [*items.values()])
    parts: list[Part] = [Block("heading", facts.title, 1)] if facts.title else []
    found = [
        part
        for chapter in chapters
        for part in _chapter(package, chapter.path, labels.get(chapter.path))
        if not (isinstance(part, Block) and part.kind == "heading" and one_line(part.text) == facts.title)
    ]
    if all(isinstance(part, Block) and part.kind == "aside" for part in found):
        raise ReadingError("it holds no chapter that can be read; get it again")
    return Content((*parts, *found), facts)


def _listing(package: Package) -> str:
    """The part that lists the chapters: the one the container names, or the only one of its kind."""
    container = package.xml("META-INF/container.xml")
    named = [one.get("full-path", "") for one in below(container, "rootfile")]
    return next((one for one in [*named, *package.archive.namelist()] if one.lower().endswith(".opf")), "")


def _path(beside: str, reference: str) -> str:
    """A part as another one refers to it."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(beside), unquote(reference.partition("#")[0])))


def _sealed(package: Package) -> set[str]:
    """The parts that are encrypted; often these are fonts only."""
    references = below(package.xml("META-INF/encryption.xml"), "CipherReference")
    return {_path("", attribute(one, "URI") or "") for one in references}


def _labels(package: Package, items: list[_Item]) -> dict[str, str]:
    """What the table of contents calls each chapter, for those without a heading of their own."""
    labels: dict[str, str] = {}
    for item in items:
        if "nav" in item.properties.split():
            root = package.xml(item.path)
            found = [(one.get("href", ""), "".join(one.itertext())) for one in below(root, "a")]
        elif item.kind == "application/x-dtbncx+xml":
            root = package.xml(item.path)
            found = [
                (to.get("src", ""), label.text or "")
                for point in below(root, "navPoint")
                if (to := child(point, "content")) is not None
                if (label := child(point, "navLabel", "text")) is not None
            ]
        else:
            continue
        for reference, label in found:
            labels.setdefault(_path(item.path, reference), one_line(label))
    return labels


def _chapter(package: Package, path: str, label: str | None) -> Iterator[Part]:
    if path not in package.archive.NameToInfo:
        yield Block("aside", f"{path} is not in the book")
        return
    root = _tree(package.archive.read(path))
    remove_hidden(root)
    body = child(root, "body")
    parts = [piece.part for piece in pieces(root if body is None else body)]
    if label and parts and not any(isinstance(part, Block) and part.kind == "heading" for part in parts):
        yield Block("heading", label, 2)
    yield from deeper(parts, 2)


def _tree(data: bytes) -> Element:
    """A chapter is XHTML; one that is not well formed is read as a browser reads a page."""
    text = _ENTITY.sub(_character, re.sub(r"\A\s*<\?xml[^>]*\?>", "", page_text(data)))
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        return parse(text)
    for element in root.iter("*"):
        element.tag = local(element)
    return root


_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{0,31});")


def _character(match: re.Match[str]) -> str:
    """The character that HTML gives a name to. A name that only the chapter itself declares stays as it is written."""
    if match[1] in ("amp", "lt", "gt", "quot", "apos"):
        return match.group()
    character = unescape(match.group())
    return "&amp;" + match[1] + ";" if character == match.group() else character


def _facts(root: Element) -> Facts:
    stated: dict[str, list[str]] = {}
    metadata = child(root, "metadata")
    for one in below(metadata, "title", "publisher", "creator", "date", "language", "identifier"):
        if (text := one_line(one.text or "")) and attribute(one, "event") in (None, "publication"):
            stated.setdefault(local(one), []).append(text[:300])
    return Facts(
        title=next(iter(stated.get("title", [])), None),
        publisher=next(iter([*stated.get("publisher", []), *stated.get("creator", [])]), None),
        published=next(filter(None, map(iso_date, stated.get("date", []))), None),
        url=next(filter(None, map(web_address, stated.get("identifier", []))), None),
        language=next(filter(None, map(iso_language, stated.get("language", []))), None),
    )
