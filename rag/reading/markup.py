"""Plain text and Markdown, with front matter."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

import yaml

from rag.reading.blocks import Block, Content, Facts, Part, Table, name_of, one_line, rows
from rag.reading.furniture import set_aside
from rag.reading.head import facts_of_head
from rag.text import blocks
from rag.types import Document, Section

_FRONT_MATTER = re.compile(r"\A---[^\S\n]*\n(.{0,65536}?)\n(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL)
_HEADING = re.compile(r"(#{1,6})[^\S\n]+(\S[^\n]*)")
_UNDERLINE = re.compile(r" {0,3}(={2,}|-{2,})[^\S\n]*")
_TITLE = re.compile(r"[^-#>|*+\s]")  # what an underlined heading begins with
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\n]*)")
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


def read_text(document: str, sha256: str, text: str) -> Document:
    """A plain text file. Where it was copied from a web page, the furniture of the page is set aside."""
    facts, body = front_matter(text)
    said = facts_of_head(body)
    kept, aside = set_aside(body)
    stated = {"title": said.title, "publisher": said.publisher, "published": said.published}
    return _document(document, sha256, kept, {**stated, **facts}, aside=aside)


def read_markdown(document: str, sha256: str, text: str) -> Document:
    """A Markdown file; its first top heading becomes its title, the others its sections.

    The text stays as written, save that each row of a table becomes a line with the names of its columns.
    """
    facts, body = front_matter(text)
    body = _tables_in_rows(body)
    headings = list(_headings(body))
    top = next((title for level, title, _ in headings if level == 1), None)
    sections = tuple(Section(title, start) for level, title, start in headings if (level, title) != (1, top))
    return _document(document, sha256, body, facts, top, sections)


def content(document: Document) -> Content:
    """A document as parts, to be a part of another: of an archive or a mail."""
    parts: list[Part] = [Block("aside", line) for line in document.set_aside.splitlines()]
    for start, end in blocks(document.text):
        line = document.text[start:end].strip()
        if heading := _HEADING.fullmatch(line):
            parts.append(Block("heading", heading[2], len(heading[1])))
        else:
            parts.append(Block("item", line[2:]) if line.startswith(("- ", "* ")) else Block("text", line))
    return Content(tuple(parts), Facts(document.title, document.publisher, document.published, document.url))


_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?")
_CELL_END = re.compile(r"(?<!\\)\|")


def _tables_in_rows(text: str) -> str:
    """A Markdown text with its tables written as rows; what stands in a code block is no table."""
    lines, written, fence, at = text.split("\n"), [], "", 0
    while at < len(lines):
        line = lines[at]
        if mark := _FENCE.match(line):
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        end = at + 2
        if not fence and end <= len(lines) and _heads_table(line, lines[at + 1].strip()):
            while end < len(lines) and "|" in lines[end]:
                end += 1
            cells = [_cells(one) for one in (line, *lines[at + 2 : end])]
            written.append("\n\n".join(rows(Table(tuple(cells)))))
            at = end
        else:
            written.append(line)
            at += 1
    return "\n".join(written)


def _heads_table(line: str, rule: str) -> bool:
    return "|" in line and "|" in rule and bool(_RULE.fullmatch(rule)) and len(_cells(line)) == len(_cells(rule))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.replace("\\|", "|").strip() for cell in _CELL_END.split(line.strip().strip("|")))


def _headings(text: str) -> Iterator[tuple[int, str, int]]:
    """Level, title and offset of each heading, be it after # or underlined; what stands in a code block is none."""
    fence = ""
    above: list[re.Match[str]] = []  # the lines of the paragraph so far
    for line in re.finditer(r"[^\n]+", text):
        if above and above[-1].end() + 1 < line.start():
            above = []
        mark = _FENCE.match(line.group())
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
        elif not fence and (match := _HEADING.match(line.group())) and (title := _line(_unclosed(match[2]))):
            yield len(match[1]), title, line.start()
        elif not fence and len(above) == 1 and (rule := _UNDERLINE.fullmatch(line.group())):
            underlined = _line(above[0].group()) or ""
            if _TITLE.match(underlined):
                yield 1 if rule[1].startswith("=") else 2, underlined, above[0].start()
        above.append(line)


def _unclosed(title: str) -> str:
    """A heading without the # that may close it: `One ##` is One, `C#` is C#."""
    bare = title.rstrip().rstrip("#")
    return bare if not bare or bare[-1].isspace() else title


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The facts between `---` lines at the head of a text, and the rest. What is no valid YAML mapping stays text."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    try:
        facts = yaml.load(match[1], yaml.BaseLoader)  # strings only: a date is no object, a merge copies nothing
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return {}, text
    return (facts, text[match.end() :]) if isinstance(facts, dict) else ({}, text)


def _document(
    document: str,
    sha256: str,
    body: str,
    facts: dict[str, Any],
    title: str | None = None,
    sections: tuple[Section, ...] = (),
    aside: str = "",
) -> Document:
    url = _line(facts.get("url"))
    return Document(
        path=document,
        sha256=sha256,
        text=body,
        title=_line(facts.get("title")) or title or name_of(document),
        publisher=_line(facts.get("publisher") or facts.get("author")),
        published=_date(facts.get("published") or facts.get("date")),
        url=url if url and re.match(r"https?://", url) else None,
        language=_line(facts.get("language")),
        kind=_line(facts.get("kind")),
        sections=sections,
        set_aside=aside,
    )


def _line(value: object) -> str | None:
    """A fact as one line of bounded length, or None where it is no plain value."""
    if not isinstance(value, str | int | float | datetime.date) or isinstance(value, bool):
        return None
    return None if value in ("null", "~") else one_line(str(value))[:300] or None


def _date(value: object) -> str | None:
    """An ISO date as precise as it was given; anything else is left out, since a wrong date is worse than none."""
    if isinstance(value, datetime.datetime):
        value = value.date()
    text = _line(value) or ""
    match = _DATE.match(text)
    if not match or (len(text) > match.end() and text[match.end()] not in "T "):
        return None
    try:
        datetime.date.fromisoformat((match.group() + "-01-01")[:10])
    except ValueError:
        return None
    return match.group()
