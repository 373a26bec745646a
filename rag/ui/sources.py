"""The cards beside the conversation: each quote inside its surroundings, with its credit and its verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from rag.types import Answer, Citation, Document, Passage
from rag.ui.markup import VERDICTS, Stroke, counted, headings, language_of, open_button, outside_link, paint, shifted

CONTEXT_CHARACTERS = 200  # of surrounding text on each side of a quote: three or four lines of a card
MAX_NEAREST = 4  # cards of passages that do not answer
LONGEST_NEAREST = 400  # characters of a passage on such a card

NOTHING_ASKED = '<p class="empty">The passages behind an answer are shown here, each inside its own text.</p>'

Documents = Mapping[str, Document]


def answer_sources(turn: int, answer: Answer, documents: Documents) -> str:
    """The cards of one answer: what it cites, or for one withheld the nearest passages, labelled as not answering."""
    if answer.status == "answered":
        title, about = counted(len(answer.citations), "source"), ""
        cards = [_citation_card(turn, citation, documents) for citation in answer.citations]
    else:
        title, about = "Nearest passages", "They do not answer: "
        cards = [
            _passage_card(turn, n, passage, documents) for n, passage in enumerate(answer.passages[:MAX_NEAREST], 1)
        ]
    body = "".join(cards) or '<p class="empty">No passage comes near it.</p>'
    asked = f'<p class="asked" dir="auto">{about}{escape(answer.question)}</p>'
    return f'<h2 tabindex="-1" id="g{turn}">{title}</h2>{asked}{body}'


def source_groups(groups: Mapping[int, str]) -> str:
    """The cards of the whole conversation by turn. Those of the last answer are shown; a marker shows its own."""
    last = max(groups, default=0)
    sections = (
        f'<section class="group" data-turn="{turn}"{"" if turn == last else " hidden"}>{cards}</section>'
        for turn, cards in groups.items()
    )
    return "".join(sections) or NOTHING_ASKED


def _citation_card(turn: int, citation: Citation, documents: Documents) -> str:
    document = documents.get(citation.document)
    verdict = f'<span class="verdict {citation.verdict}">{VERDICTS[citation.verdict]}</span>'
    return _card(
        name=f"s{turn}-{citation.number}",
        number=str(citation.number),
        credit=citation.credit,
        quote=_in_context(citation, document),
        facts=[verdict, _page(citation.page), outside_link(citation.url)],
        actions=[
            open_button(citation.document, "Open document", citation.start, citation.end),
            f'<a class="back" href="#m{turn}-{citation.number}" data-goto>Back to the answer</a>',
        ],
        language=document.language if document else None,
    )


def _passage_card(turn: int, number: int, passage: Passage, documents: Documents) -> str:
    document = documents.get(passage.document)
    section = f"<span>{escape(passage.section)}</span>" if passage.section else ""
    return _card(
        name=f"n{turn}-{number}",
        number="",
        credit=document.credit if document else passage.title,
        quote=_nearest(passage, document),
        facts=['<span class="verdict unsupported">✕ does not answer</span>', section, _page(passage.page)],
        actions=[open_button(passage.document, "Open document", passage.start, passage.end)],
        language=document.language if document else None,
    )


def _card(
    *, name: str, number: str, credit: str, quote: str, facts: list[str], actions: list[str], language: str | None
) -> str:
    badge = f'<span class="number" aria-hidden="true">{number}</span>' if number else ""
    return (
        f'<article class="card" id="{name}" tabindex="-1" aria-labelledby="{name}-credit">'
        f'<h3 id="{name}-credit" dir="auto">{badge}<span>{escape(credit)}</span></h3>'
        f"<blockquote{language_of(language)}>{quote}</blockquote>"
        f'<p class="facts">{"".join(facts)}</p><p class="actions">{"".join(actions)}</p></article>'
    )


def _page(page: int | None) -> str:
    return f"<span>page {page}</span>" if page else ""


def _in_context(citation: Citation, document: Document | None) -> str:
    """The quote highlighted inside its surroundings; alone where the document has changed or gone since."""
    if not document or document.text[citation.start : citation.end] != citation.quote:
        return f"<mark>{escape(citation.quote)}</mark>"
    start = _word_after(document.text, citation.start - CONTEXT_CHARACTERS, citation.start)
    end = _word_before(document.text, citation.end, citation.end + CONTEXT_CHARACTERS)
    return _excerpt(document, start, end, [Stroke(citation.start, citation.end, "mark")])


def _nearest(passage: Passage, document: Document | None) -> str:
    """The beginning of a passage; as the passage has it where the document has changed or gone since."""
    if not document or document.text[passage.start : passage.end] != passage.text:
        return escape(passage.text[:LONGEST_NEAREST])
    end = passage.end
    if end - passage.start > LONGEST_NEAREST:
        end = _word_before(document.text, passage.start, passage.start + LONGEST_NEAREST)
    return _excerpt(document, passage.start, end, [])


def _excerpt(document: Document, start: int, end: int, strokes: list[Stroke]) -> str:
    """A stretch of a document, with dots where its line began before or its text goes on, and narrow blank lines."""
    near = [stroke for stroke in headings(document) if start <= stroke.start and stroke.end <= end]
    text = paint(document.text[start:end], shifted(near + strokes, -start)).strip()
    narrow = re.sub(r"\n\s*\n", '<span class="gap"></span>', text)
    before = "… " if document.text[:start].rstrip(" ")[-1:] not in ("", "\n") else ""
    after = " …" if document.text[end:].strip() else ""
    return before + narrow + after


def _word_after(text: str, start: int, latest: int) -> int:
    """Where the first whole word begins, at `latest` at the latest."""
    if start <= 0:
        return 0
    blank = text.find(" ", start, latest)
    return start if blank < 0 else blank + 1


def _word_before(text: str, earliest: int, end: int) -> int:
    """Where the last whole word ends, at `earliest` at the earliest."""
    if end >= len(text):
        return len(text)
    blank = text.rfind(" ", earliest, end)
    return end if blank < 0 else blank
