"""The cards beside the conversation: each quote inside its surroundings, with its credit and its verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from rag.answers import Standing
from rag.types import Answer, Citation, Document, Passage
from rag.ui.markup import (
    VERDICTS,
    Stroke,
    credit,
    headings,
    language_of,
    open_button,
    outside_link,
    paint,
    shifted,
)
from rag.ui.wording import counted, known, say

CONTEXT_CHARACTERS = 200  # of surrounding text on each side of a quote: three or four lines of a card
MAX_NEAREST = 4  # cards of passages that do not answer
LONGEST_NEAREST = 400  # characters of a passage on such a card

NOTHING_ASKED = known("The passages behind an answer are shown here, each inside its own text.")

Documents = Mapping[str, Document]
Standings = Mapping[int, Standing]  # how citations stand today, by their numbers


def answer_sources(turn: int, answer: Answer, documents: Documents, standings: Standings | None = None) -> str:
    """The cards of one answer: what it cites, or for one withheld the nearest passages, labelled as not answering."""
    standings = standings or {}
    if answer.status == "answered":
        title, asked = counted(len(answer.citations), "source"), escape(answer.question)
        cards = [_citation_card(turn, one, documents, standings.get(one.number)) for one in answer.citations]
    else:
        title = say("Nearest passages")
        asked = say("They do not answer: {question}", question=escape(answer.question))
        cards = [
            _passage_card(turn, n, passage, documents) for n, passage in enumerate(answer.passages[:MAX_NEAREST], 1)
        ]
    body = "".join(cards) or f'<p class="empty">{say("No passage comes near it.")}</p>'
    return f'<h2 tabindex="-1" id="g{turn}">{title}</h2><p class="asked" dir="auto">{asked}</p>{body}'


def source_groups(groups: Mapping[int, str]) -> str:
    """The cards of the whole conversation by turn. Those of the last answer are shown; a marker shows its own."""
    last = max(groups, default=0)
    sections = (
        f'<section class="group" data-turn="{turn}"{"" if turn == last else " hidden"}>{cards}</section>'
        for turn, cards in groups.items()
    )
    return "".join(sections) or f'<p class="empty">{say(NOTHING_ASKED)}</p>'


def place_of(citation: Citation, standing: Standing | None) -> tuple[str, int, int] | None:
    """Document and offsets where a quote stands today, None where it stands nowhere. Without a standing, as it did."""
    if standing is None:
        return citation.document, citation.start, citation.end
    return (standing.document, standing.start, standing.end) if standing.document else None


def standing_words(citation: Citation, standing: Standing) -> str:
    """What has become of a citation since, with a sign."""
    if standing.state == "unchanged":
        return say("✓ still there, in an edited document") if standing.is_edited else say("✓ stands unchanged")
    if standing.state == "moved" and standing.document == citation.document:
        return say("→ moved within the document")
    if standing.state == "moved":
        return say("→ now in {document}", document=standing.document)
    return say("◐ the document no longer says this") if standing.state == "source changed" else say("✕ document gone")


def _citation_card(turn: int, citation: Citation, documents: Documents, standing: Standing | None) -> str:
    document = documents.get(citation.document)
    facts = [f'<span class="verdict {citation.verdict}">{say(VERDICTS[citation.verdict])}</span>']
    if standing:
        style = standing.state.replace(" ", "-")
        facts.append(f'<span class="standing {style}">{escape(standing_words(citation, standing))}</span>')
    place = place_of(citation, standing)
    if place:
        opens = open_button(place[0], say("Open document"), *place[1:])
    else:
        opens = open_button(citation.document, say("Open document as it is now")) if document else ""
    return _card(
        name=f"s{turn}-{citation.number}",
        number=str(citation.number),
        credit=credit(citation),
        quote=_in_context(citation, document),
        facts=[*facts, _page(citation.page), outside_link(citation.url)],
        actions=[opens, f'<a class="back" href="#m{turn}-{citation.number}" data-goto>{say("Back to the answer")}</a>'],
        language=document.language if document else None,
    )


def _passage_card(turn: int, number: int, passage: Passage, documents: Documents) -> str:
    document = documents.get(passage.document)
    section = f"<span>{escape(passage.section)}</span>" if passage.section else ""
    return _card(
        name=f"n{turn}-{number}",
        number="",
        credit=credit(document) if document else passage.title,
        quote=_nearest(passage, document),
        facts=[
            '<span class="verdict unsupported">' + say("✕ does not answer") + "</span>",
            section,
            _page(passage.page),
        ],
        actions=[open_button(passage.document, say("Open document"), passage.start, passage.end)],
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
    return f"<span>{say('page {n}', n=page)}</span>" if page else ""


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
