"""Text to HTML that is safe in a page. What a person or a document wrote gets there escaped, and no other way."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise
from typing import Literal

from rag.types import Citation, Document, Verdict
from rag.ui.wording import known, language, retold, say, share

# Signs beside the words: a verdict is never told by colour alone.
VERDICTS: dict[Verdict, str] = {
    "verbatim": known("✓ verbatim"),
    "supported": known("✓ supported"),
    "partly": known("◐ partly supported"),
    "unsupported": known("✕ not supported"),
}

# From this probability of being right, in these words.
CONFIDENCE = (
    (0.85, known("Very likely right")),
    (0.65, known("Likely right")),
    (0.5, known("More likely right than wrong")),
    (0.0, known("Uncertain")),
)

# Stricter than urlsplit, which takes "evil.example\@good.example" for good.example, where a browser goes to the other.
_ADDRESS = re.compile(r"https?://([\w.-]{1,253})(?::\d+)?(?:[/?#].*)?", re.IGNORECASE)

# A stretch of a word in escaped text. Chinese, Japanese and Korean can be broken anywhere as they are.
_UNBROKEN = re.compile(r"(?:&#?\w+;|[^\s&\u2e80-\U0010ffff]){100}(?=\S)")


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
        piece = breakable(text[start:end])
        for stroke in current:
            name = f' id="{stroke.id}"' if stroke.id and stroke.start == start else ""
            piece = f"<{stroke.element}{name}>{piece}</{stroke.element}>"
        pieces.append(piece)
    return "".join(pieces)


def breakable(text: str) -> str:
    """The escaped text, with places to break in words that are none, such as an image written into a text.

    In some fonts a browser takes seconds to lay out one of 30,000 characters, and four times that for twice as many.
    """
    return _UNBROKEN.sub(r"\g<0><wbr>", escape(text))


def _within(stroke: Stroke, length: int) -> Stroke:
    """What a text of this length has of a stroke; the id is where the stroke begins."""
    name = stroke.id if stroke.start >= 0 else ""
    return replace(stroke, start=max(stroke.start, 0), end=min(stroke.end, length), id=name)


def shifted(strokes: Iterable[Stroke], by: int) -> list[Stroke]:
    """The strokes for a text that begins elsewhere."""
    return [replace(stroke, start=stroke.start + by, end=stroke.end + by) for stroke in strokes]


def headings(document: Document) -> list[Stroke]:
    """Section titles where the stored text holds them, just before or at the start of their section; and its first."""
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
    return strokes + _first_heading(text, strokes)


def _first_heading(text: str, known: Iterable[Stroke]) -> list[Stroke]:
    """That of the whole document, which is no section of it."""
    found = re.match(r"(#+[ \t]+)\S.*", text)
    if not found or any(stroke.start < found.end() for stroke in known):
        return []
    return [Stroke(found.end(1), found.end(), "b"), Stroke(0, found.end(1), "i")]


def language_of(known_language: str | None) -> str:
    """Attributes of a block of someone's text: its direction, and its language where that is known."""
    return f' dir="auto" lang="{escape(known_language)}"' if known_language else ' dir="auto"'


def in_english(words: str) -> str:
    """Text that is English whatever the page is in, as HTML."""
    return escape(words) if language() == "en" else f'<span lang="en">{escape(words)}</span>'


def error_words(sentence: str) -> str:
    """The sentence of an error as HTML: one of the pages' own in the reader's language, another in English."""
    own = retold(sentence)
    return in_english(sentence_case(sentence)) if own is None else escape(sentence_case(own))


def credit(source: Document | Citation) -> str:
    """Whom a text is credited to, as cards and footnotes show it; a brief says that it is one."""
    plain = replace(source, kind=None).credit
    return say("Our brief of: {credit}", credit=plain) if source.kind == "brief" else plain


def outside_link(url: str | None) -> str:
    """A link to where a document came from, named by its host; nothing for anything but a plain web address.

    A host is named in ASCII, as it is looked up: letters of another alphabet may look the same.
    """
    address = _ADDRESS.fullmatch(url or "")
    try:
        host = address[1].encode("idna").decode("ascii").lower() if address else ""
    except UnicodeError:  # no name of a host
        host = ""
    if not host:
        return ""
    return f'<a class="outside" href="{escape(url or "")}" rel="noopener noreferrer" target="_blank">{host} ↗</a>'


def place_attributes(document: str, start: int, end: int) -> str:
    """What makes an element one that opens a document in the reader, at a quote."""
    return f'data-document="{escape(document)}" data-start="{start}" data-end="{end}"'


def open_button(document: str, words: str, start: int = 0, end: int = 0, style: str = "open") -> str:
    """A button that opens a document in the reader, at a quote where one is given."""
    return f'<button type="button" class="{style}" {place_attributes(document, start, end)}>{escape(words)}</button>'


def confidence_words(confidence: float) -> str:
    return say(next(words for least, words in CONFIDENCE if confidence >= least or not least))


def percent(probability: float) -> str:
    """Never rounded up to certainty, nor down to impossibility."""
    return share(min(max(math.floor(probability * 100), 1), 99))


def sentence_case(text: str) -> str:
    """The library's messages begin with a small letter, as fits a command line."""
    return text[:1].upper() + text[1:]
