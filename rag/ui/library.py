"""The list of documents, the reader that shows a whole one, and how far the first reading has come."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from rag.types import Document, DocumentEntry
from rag.ui.desk import Readiness
from rag.ui.markup import (
    Stroke,
    counted,
    headings,
    language_of,
    open_button,
    outside_link,
    paint,
    sentence_case,
    shifted,
)

MAX_LISTED = 500  # documents in the list; a longer one is slow to scroll and found by asking
MAX_SHOWN = 400_000  # characters of a document in the reader, about 200 pages: a browser lays them out at once

STAGES = {
    "reading": "Reading your documents",
    "embedding": "Reading your documents",
    "storing": "Storing your documents",
}


def status_line(readiness: Readiness) -> str:
    """How far the first reading has come; empty once there is nothing to tell."""
    progress = readiness.progress
    if readiness.stage == "warming":
        return _status("Warming the model …")
    if readiness.stage == "reading" and progress is None:
        return _status("Reading your documents …")
    if readiness.stage == "reading" and progress is not None:
        words = f"{STAGES[progress.stage]}: {progress.done:,} of {progress.total:,}"
        bar = f'<progress max="{max(progress.total, 1)}" value="{progress.done}" aria-hidden="true"></progress>'
        return _status(f"{words}{', ' + escape(progress.document) if progress.document else ''}{bar}")
    return _status(escape(readiness.notice), "notice") if readiness.notice else _status("", "none")


def library_list(entries: Sequence[DocumentEntry]) -> str:
    """Every document with what is known of it, files that could not be read first, with the reason."""
    if not entries:
        return '<p class="empty">No documents yet.</p>'
    listed = sorted(entries, key=lambda entry: (entry.state == "indexed", entry.title.casefold(), entry.path))
    failed = sum(entry.state == "failed" for entry in entries)
    facts = [f"{counted(sum(entry.passages for entry in entries), 'passage')}, read on this machine"]
    if failed:
        facts.append(f"{counted(failed, 'file')} could not be read")
    rows = "".join(_row(entry) for entry in listed[:MAX_LISTED])
    more = f'<p class="empty">and {len(listed) - MAX_LISTED:,} more</p>' if len(listed) > MAX_LISTED else ""
    return (
        f"<h2>{counted(len(entries) - failed, 'document')}</h2>"
        f'<p class="asked">{" · ".join(facts)}</p><ul class="documents">{rows}</ul>{more}'
    )


def reader(document: Document, start: int = 0, end: int = 0) -> str:
    """A whole document, page by page where it has pages, with the quote highlighted under the id "quote"."""
    first, last = _window(len(document.text), start, end)
    strokes = [*headings(document), Stroke(start, end, "mark", "quote")]
    cuts = [first, *(page for page in document.pages if first < page < last), last]
    leaves = "".join(_leaf(document, strokes, begin, finish) for begin, finish in pairwise(cuts) if begin < finish)
    clipped = "" if (first, last) == (0, len(document.text)) else _clipped(first, last, len(document.text))
    return (
        f'<header><h2 tabindex="-1" id="reading" dir="auto">{escape(document.credit)}</h2>'
        f'<p class="facts"><span class="path">{escape(document.path)}</span>{outside_link(document.url)}</p></header>'
        f'{clipped}<div class="leaves"{language_of(document.language)}>{leaves or "This document has no text."}</div>'
    )


def reader_problem(sentence: str) -> str:
    return f'<p class="problem" role="alert">{escape(sentence_case(sentence))}</p>'


def _status(content: str, style: str = "busy") -> str:
    return f'<p class="status {style}" role="status">{content}</p>'


def _row(entry: DocumentEntry) -> str:
    if entry.failed:
        return (
            f'<li class="failed"><p class="path" dir="auto">{escape(entry.path)}</p>'
            f'<p class="reason">✕ Could not be read: {escape(entry.failed)}</p></li>'
        )
    known = [entry.publisher, entry.published, counted(entry.passages, "passage"), "✓ indexed"]
    if entry.kind == "brief":
        known.insert(0, "Our brief")
    facts = "".join(f"<span>{escape(fact)}</span>" for fact in known if fact)
    return f'<li>{open_button(entry.path, entry.title, style="title")}<p class="facts">{facts}</p></li>'


def _window(length: int, start: int, end: int) -> tuple[int, int]:
    """What of a text is shown: all of it, or of one too long the part around the quote."""
    if length <= MAX_SHOWN:
        return 0, length
    first = max(0, min((start + end - MAX_SHOWN) // 2, length - MAX_SHOWN))
    return first, first + MAX_SHOWN


def _clipped(first: int, last: int, length: int) -> str:
    return f'<p class="empty">This document is long: characters {first + 1:,} to {last:,} of {length:,} are shown.</p>'


def _leaf(document: Document, strokes: Sequence[Stroke], begin: int, finish: int) -> str:
    within = [stroke for stroke in strokes if stroke.start < finish and stroke.end > begin]
    page = sum(start <= begin for start in document.pages)
    label = f'<p class="folio">page {page}</p>' if page else ""
    text = paint(document.text[begin:finish], shifted(within, -begin)).strip("\n\f")
    return f'{label}<div class="leaf">{text}</div>'
