"""Office packages: zip files of XML parts that name each other. Also what a file is that should be one and is not."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rag.reading.archives import bounded_zip
from rag.reading.blocks import Block, Facts, Part, one_line
from rag.types import ReadingError

Element = Any  # of lxml, which has no types

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of the old Office formats, and of encrypted new ones
_KINDS = {"word/": ("a Word document", ".docx"), "ppt/": ("a presentation", ".pptx"), "xl/": ("a workbook", ".xlsx")}


@dataclass(frozen=True, slots=True)
class Package:
    """The parts of an open package by name."""

    archive: zipfile.ZipFile

    def xml(self, part: str | None) -> Element | None:
        """The root of a part, None where there is no such part. Entities are left alone, nothing is fetched."""
        from lxml import etree

        if part is None or part not in self.archive.NameToInfo:
            return None
        return etree.fromstring(
            self.archive.read(part),
            etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True),
        )

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """Kind and name of the parts that a part names, by the id it gives them."""
        folder, file = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        return {
            one.get("Id"): (
                one.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/"),
            )
            for one in (() if root is None else root)
            if one.get("TargetMode") != "External"
        }

    def one(self, part: str, kind: str) -> str | None:
        """The first part of a kind that a part names."""
        return next((name for one, name in self.related(part).values() if one == kind), None)


def opened(data: bytes, folder: str, suffix: str) -> Package:
    """Opens a package that keeps what counts in a folder: `word/`, `ppt/`, `xl/`, or `content.xml` itself.

    Raises:
        ReadingError: it is encrypted, is something else, or is damaged.
    """
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise ReadingError("it is encrypted; save it without a password")
        raise ReadingError(f"it is in an old Office format, not a {suffix} file; open it and save it as {suffix}")
    if not data.startswith(b"PK"):
        raise ReadingError(f"it is no {suffix} file, or damaged; open it in its own program and save it as {suffix}")
    archive = bounded_zip(data)
    names = archive.namelist()
    if not any(name.startswith(folder) for name in names):
        for other, (words, better) in _KINDS.items():
            if any(name.startswith(other) for name in names):
                raise ReadingError(f"by its content it is {words}, not a {suffix} file; rename it to end in {better}")
        raise ReadingError(f"by its content it is a zip archive, not a {suffix} file")
    return Package(archive)


def local(element: Element | None) -> str:
    """The name of an element without its namespace: the strict and the usual Office formats differ in nothing else."""
    tag = None if element is None else element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    """An attribute by its name without namespace."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def below(element: Element | None, *names: str) -> Iterator[Element]:
    """The elements of these names anywhere below an element, in order."""
    if element is not None:
        yield from element.iter(*(f"{{*}}{name}" for name in names))


def child(element: Element | None, *path: str) -> Element | None:
    """The first child of a child of these names."""
    for name in path:
        element = None if element is None else next((one for one in element if local(one) == name), None)
    return element


def value(element: Element | None, *path: str) -> str | None:
    """The `val` of a child of a child of these names."""
    found = child(element, *path)
    return None if found is None else attribute(found, "val")


def is_on(element: Element | None, name: str) -> bool:
    """Whether a switch stands below an element and is not turned off."""
    return child(element, name) is not None and value(element, name) not in {"0", "false", "off"}


def chosen(element: Element) -> Iterator[Element]:
    """What is shown of alternatives: the first choice, or else the fallback."""
    for one in element:
        yield from one
        return


def facts(root: Element | None, parts: Iterable[Part] = ()) -> Facts:
    """Title and author that a package states. When it was saved is not when it was published.

    Args:
        parts: what the package holds. A title that is seen there is more up to date than the one stated.
    """
    seen = any(isinstance(part, Block) and part.kind == "heading" and part.level == 1 for part in parts)
    found = {local(one): one_line(one.text or "") for one in below(root, "title", "creator", "initial-creator")}
    title, author = found.get("title", ""), found.get("creator") or found.get("initial-creator") or ""
    return Facts(
        title=None if seen or _NO_TITLE.search(title) else title[:300] or None,
        publisher=None if author.lower() in _NO_AUTHOR else author[:300] or None,
    )


# What programs put there when nobody said anything.
_NO_TITLE = re.compile(
    r"^(?:microsoft \w+ - .*|power ?point.{0,15}|(?:slide|folie) \d+|untitled.*|(?:word )?document ?\d*|title"
    r"|.*\.\w{3,4})$",
    re.IGNORECASE,
)
_NO_AUTHOR = {
    *("admin", "administrator", "author", "microsoft office user", "openpyxl", "owner", "pc", "python-docx"),
    *("steve canny", "unknown", "user", "utente", "windows user", "microsoft", "libreoffice", "asus", "acer", "hp"),
}


def chart(root: Element | None) -> tuple[tuple[str, ...], ...]:
    """The values of a chart as rows, a column for each series; empty where it keeps none."""
    columns: list[dict[str, str]] = []
    names: list[str] = [""]
    for series in below(root, "ser"):
        categories, values = (
            next((one for one in (child(series, name) for name in either) if one is not None), None)
            for either in (("cat", "xVal"), ("val", "yVal"))
        )
        labels = _points(categories)
        columns.append({labels.get(key, str(int(key) + 1)): one for key, one in _points(values).items()})
        names.append(" ".join(_points(child(series, "tx")).values()) or "value")
    shown = list(dict.fromkeys(label for column in columns for label in column))
    rows = [(label, *(column.get(label, "") for column in columns)) for label in shown]
    return (tuple(names), *rows) if rows else ()


def chart_title(root: Element | None) -> str:
    """What stands above a chart."""
    return "".join(run.text or "" for run in below(child(root, "chart", "title"), "t"))


def _points(element: Element | None) -> dict[str, str]:
    """The kept values of a part of a series by their index; of labels on several levels the lowest."""
    level = next(below(element, "lvl"), element)
    points = {
        one.get("idx", "0"): rounded("".join(v.text or "" for v in below(one, "v"))) for one in below(level, "pt")
    }
    return points or {key: one.text or "" for key, one in zip("0", below(element, "v"), strict=False)}


def rounded(number: str) -> str:
    """A number without the digits beyond what its storage holds: 4.3 for 4.2999999999999998."""
    return f"{float(number):.15g}" if re.fullmatch(r"-?\d+\.\d{15,}", number) else number
