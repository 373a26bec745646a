"""The reader: a whole document beside what led to it, and the events that open it there."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Any

import gradio as gr

from rag.types import Document, SumberError
from rag.ui.door import Door
from rag.ui.frame import QUIET, pane
from rag.ui.markup import Stroke, breakable, credit, error_words, headings, language_of, outside_link, paint, shifted
from rag.ui.wording import counted, language, say

MAX_SHOWN = 400_000  # characters of a document in the reader, about 200 pages: a browser lays them out at once
MAX_SET_ASIDE = 40_000  # and of what was set aside from it

SHELL = '<div class="reading" data-opening="{}"><button type="button" class="close" data-close>{}</button>{}</div>'

# The script of a pane with buttons that open documents, and that of the reader's own.
OPEN = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-document]");
  if (button) trigger("open_document", { ...button.dataset });
});
"""
OPENED = 'watch("value", () => window.sumber.opened(element));'


class Reader:
    """The pane that documents are opened in, for any page that has buttons for it."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._openings = itertools.count()

    def build(self, *openers: Any) -> None:
        """The pane, opened by the buttons in other panes; these have `OPEN` in their script."""
        reading = pane("reader", script=OPENED)
        for opener in openers:
            opener.open_document(self.open_document, None, reading, queue=False, **QUIET)

    def open_document(self, event: gr.EventData) -> str:
        """The document that a button names, at the quote it names. What a browser sends is not trusted to be either."""
        try:
            document = self._door.document(str(event.document))
        except SumberError as error:
            shown = reader_problem(str(error))
        else:
            start, end = (int(offset) if offset.isdecimal() else 0 for offset in (str(event.start), str(event.end)))
            shown = reader(document, start, end)
        # Numbered, so that opening the same place again is a change that reader.js hears of.
        return SHELL.format(next(self._openings), say("← Back"), shown)


def reader(document: Document, start: int = 0, end: int = 0) -> str:
    """A whole document, page by page where it has pages, with the quote highlighted under the id "quote"."""
    first, last = _window(len(document.text), start, end)
    strokes = [*headings(document), Stroke(start, end, "mark", "quote")]
    cuts = [first, *(page for page in document.pages if first < page < last), last]
    leaves = "".join(_leaf(document, strokes, begin, finish) for begin, finish in pairwise(cuts) if begin < finish)
    leaves = leaves or f'<p lang="{language()}">{say("This document has no text.")}</p>'
    clipped = "" if (first, last) == (0, len(document.text)) else _clipped(first, last, len(document.text))
    return (
        f'<header><h2 tabindex="-1" id="reading" dir="auto">{escape(credit(document))}</h2>'
        f'<p class="facts"><span class="path">{escape(document.path)}</span>{outside_link(document.url)}</p>'
        f"{_set_aside(document.set_aside)}</header>"
        f'{clipped}<div class="leaves"{language_of(document.language)}>{leaves}</div>'
    )


def reader_problem(sentence: str) -> str:
    return f'<p class="problem" role="alert">{error_words(sentence)}</p>'


def _set_aside(text: str) -> str:
    """What was read but is no content, folded, so that anyone can see that nothing was lost."""
    if not text.strip():
        return ""
    lines = counted(len(text.splitlines()), "line")
    more = len(text) - MAX_SET_ASIDE
    rest = f'<p class="empty">{say("and {n} more characters", n=more)}</p>' if more > 0 else ""
    title = say("Set aside as no part of the text: {lines}", lines=lines)
    return (
        f'<details class="set-aside"><summary>{title}</summary>'
        f'<div class="leaf" dir="auto">{breakable(text[:MAX_SET_ASIDE])}</div>{rest}</details>'
    )


def _window(length: int, start: int, end: int) -> tuple[int, int]:
    """What of a text is shown: all of it, or of one too long the part around the quote."""
    if length <= MAX_SHOWN:
        return 0, length
    first = max(0, min((start + end - MAX_SHOWN) // 2, length - MAX_SHOWN))
    return first, first + MAX_SHOWN


def _clipped(first: int, last: int, length: int) -> str:
    words = say(
        "This document is long: characters {first} to {last} of {length} are shown.",
        first=first + 1,
        last=last,
        length=length,
    )
    return f'<p class="empty">{words}</p>'


def _leaf(document: Document, strokes: Sequence[Stroke], begin: int, finish: int) -> str:
    within = [stroke for stroke in strokes if stroke.start < finish and stroke.end > begin]
    page = sum(start <= begin for start in document.pages)
    label = f'<p class="folio">{say("page {n}", n=page)}</p>' if page else ""
    text = paint(document.text[begin:finish], shifted(within, -begin)).strip("\n\f")
    return f'{label}<div class="leaf">{text}</div>'
