"""Plain text and Markdown, with front matter."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import yaml

from rag.types import Document, Section

_FRONT_MATTER = re.compile(r"\A---[^\S\n]*\n(.{0,65536}?)\n(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL)
_HEADING = re.compile(r"(#{1,6})[^\S\n]+(\S[^\n]*)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\n]*)")
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_HEAD_LINES = 40  # how far down a text without front matter its headline is sought
_PROSE = 120  # characters; a line this long is running text, and a headline stands above it


def read_text(document: str, sha256: str, text: str) -> Document:
    """A plain text file; its headline becomes its title."""
    facts, body = front_matter(text)
    return _document(document, sha256, body, facts, _headline(body))


def read_markdown(document: str, sha256: str, text: str) -> Document:
    """A Markdown file; its first top heading becomes its title, the others its sections. The text stays as written."""
    facts, body = front_matter(text)
    headings = list(_headings(body))
    top = next((title for level, title, _ in headings if level == 1), None)
    sections = tuple(Section(title, start) for level, title, start in headings if (level, title) != (1, top))
    return _document(document, sha256, body, facts, top, sections)


def _headings(text: str) -> Iterator[tuple[int, str, int]]:
    """Level, title and offset of each heading; what stands in a code block is none."""
    fence = ""
    for line in re.finditer(r"[^\n]+", text):
        mark = _FENCE.match(line.group())
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
        elif not fence and (match := _HEADING.match(line.group())) and (title := _line(_unclosed(match[2]))):
            yield len(match[1]), title, line.start()


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
    document: str, sha256: str, body: str, facts: dict[str, Any], title: str | None, sections: tuple[Section, ...] = ()
) -> Document:
    url = _line(facts.get("url"))
    return Document(
        path=document,
        sha256=sha256,
        text=body,
        title=_line(facts.get("title")) or title or _name(document),
        publisher=_line(facts.get("publisher") or facts.get("author")),
        published=_date(facts.get("published") or facts.get("date")),
        url=url if url and re.match(r"https?://", url) else None,
        language=_line(facts.get("language")),
        kind=_line(facts.get("kind")),
        sections=sections,
    )


def _line(value: object) -> str | None:
    """A fact as one line of bounded length, or None where it is no plain value."""
    if not isinstance(value, str | int | float | datetime.date) or isinstance(value, bool):
        return None
    return None if value in ("null", "~") else " ".join(_UNSHOWABLE.sub(" ", str(value)).split())[:300] or None


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


def _name(document: str) -> str:
    """A file name as a title: `2024-annual_report.md` reads "2024 annual report"."""
    stem = PurePosixPath(document).stem
    return " ".join(re.sub(r"[_-]+", " ", stem).split()) or document


def _headline(text: str) -> str | None:
    """The last line of a text's head that reads like a headline above running text, if any."""
    found = None
    for line in map(str.strip, text.splitlines()[:_HEAD_LINES]):
        if len(line) >= _PROSE:
            return found
        words = line.split()
        capitals = sum(1 for word in words if len(word) > 3 and word[0].isupper())
        if (
            3 <= len(words) <= 25
            and capitals >= 2
            and line[0].isalnum()
            and line[-1] not in ".:;,"
            and not _is_note(line)
        ):
            found = line
    return None


def _is_note(line: str) -> bool:
    """Whether a line is a byline, a date line or a path of links rather than a headline."""
    return bool(re.search(r"\s[>|/»]\s|\d{1,2}:\d{2}|\w\s?: |\d{4}[.-]\d{1,2}[.-]\d{1,2}", line))
