"""Text to HTML that is safe in a page. What a person or a document wrote gets there escaped, and no other way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise
from typing import Literal
from urllib.parse import urlsplit

from rag.types import Document, Verdict

# Signs beside the words: a verdict is never told by colour alone.
VERDICTS: dict[Verdict, str] = {
    "verbatim": "✓ verbatim",
    "supported": "✓ supported",
    "partly": "◐ partly supported",
    "unsupported": "✕ not supported",
}

# From this probability of being right, in these words.
CONFIDENCE = (
    (0.85, "Very likely right"),
    (0.65, "Likely right"),
    (0.5, "More likely right than wrong"),
    (0.0, "Uncertain"),
)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A part of a text, in code points, and the element that it stands in."""

    start: int
    end: int
    element: Literal["mark", "strong", "b", "i"]  # "b" is a heading, "i" its signs, which the style hides
    id: str = ""


def paint(text: str, strokes: Iterable[Stroke]) -> str:
    """The escaped text with its strokes. They may overlap and may exceed the text; an id is given out once."""
    kept = [_within(stroke, len(text)) for stroke in strokes]
    kept = [stroke for stroke in kept if stroke.start < stroke.end]
    coming = sorted(kept, key=lambda stroke: stroke.start, reverse=True)
    cuts = sorted({0, len(text)}.union(*((stroke.start, stroke.end) for stroke in kept)))
    current: list[Stroke] = []
    pieces = []
    for start, end in pairwise(cuts):
        current = [stroke for stroke in current if stroke.end > start]
        while coming and coming[-1].start == start:
            current.append(coming.pop())
        piece = escape(text[start:end])
        for stroke in current:
            name = f' id="{stroke.id}"' if stroke.id and stroke.start == start else ""
            piece = f"<{stroke.element}{name}>{piece}</{stroke.element}>"
        pieces.append(piece)
    return "".join(pieces)


def _within(stroke: Stroke, length: int) -> Stroke:
    """What a text of this length has of a stroke; the id is where the stroke begins."""
    name = stroke.id if stroke.start >= 0 else ""
    return replace(stroke, start=max(stroke.start, 0), end=min(stroke.end, length), id=name)


def shifted(strokes: Iterable[Stroke], by: int) -> list[Stroke]:
    """The strokes for a text that begins elsewhere."""
    return [replace(stroke, start=stroke.start + by, end=stroke.end + by) for stroke in strokes]


def headings(document: Document) -> list[Stroke]:
    """Section titles where the stored text holds them, just before or at the beginning of their section."""
    text = document.text
    strokes = []
    for section in document.sections:
        reach = len(section.title) + 8  # room for blank lines and heading signs between title and text
        found = text.find(section.title, max(0, section.start - reach), section.start + reach)
        if not section.title or found < 0:
            continue
        strokes.append(Stroke(found, found + len(section.title), "b"))
        line = text.rfind("\n", 0, found) + 1
        if text[line:found].strip("#").isspace():
            strokes.append(Stroke(line, found, "i"))
    return strokes


def language_of(language: str | None) -> str:
    """Attributes of a block of someone's text: its direction, and its language where that is known."""
    return f' dir="auto" lang="{escape(language)}"' if language else ' dir="auto"'


def outside_link(url: str | None) -> str:
    """A link to where a document came from, named by its host; nothing for anything but a plain web address."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:  # such as a bracket without its partner
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    return f'<a class="outside" href="{escape(url)}" rel="noopener noreferrer" target="_blank">{escape(host)} ↗</a>'


def open_button(document: str, words: str, start: int = 0, end: int = 0, style: str = "open") -> str:
    """A button that opens a document in the reader, at a quote where one is given."""
    place = f'data-document="{escape(document)}" data-start="{start}" data-end="{end}"'
    return f'<button type="button" class="{style}" {place}>{escape(words)}</button>'


def confidence_words(confidence: float) -> str:
    return next(words for least, words in CONFIDENCE if confidence >= least or not least)


def percent(probability: float) -> str:
    """Never rounded up to certainty, nor down to impossibility."""
    return f"{min(max(math.floor(probability * 100), 1), 99)} %"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def sentence_case(text: str) -> str:
    """The library's messages begin with a small letter, as fits a command line."""
    return text[:1].upper() + text[1:]
