"""What a person says of an answer, from the buttons under it into their own question set.

A page names a turn, a kind and a place in a document. What was asked and answered is the server's own, and so is the
text of every quote. feedback.js puts what is made here under the answer it is about.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, get_args
from zlib import crc32

import gradio as gr

from rag.conversations import ConversationError, Feedback, Kind, SavedTurn
from rag.text import content_terms, sentences
from rag.types import Answer, Document, Passage, SumberError, Turn
from rag.ui.conversation import Talk
from rag.ui.desk import Desk, storable
from rag.ui.door import Door
from rag.ui.frame import QUIET, pane
from rag.ui.history import person_of
from rag.ui.markup import credit, error_words, language_of
from rag.ui.sets import FEEDBACK
from rag.ui.wording import known, say

SCRIPT = Path(__file__).parent / "feedback.js"
OFFERED = 6  # passages to choose from at a time; more, and searching in other words is quicker than reading on
LONGEST_WORDS = 400  # characters of a right answer, and of a search
LONGEST_QUOTE = 2_000  # characters; a sentence is seldom a quarter of it
LONGEST_LINE = 90  # characters of a sentence in the list of them

# What can be said of an answer and of a refusal: the kind, in words, and whether it needs to be told what is right.
OF_ANSWER: tuple[tuple[Kind, str], ...] = (
    ("right", known("Right")),
    ("wrong", known("Wrong")),
    ("wrong source", known("Wrong source")),
    ("should have declined", known("Should have declined")),
)
OF_REFUSAL: tuple[tuple[Kind, str], ...] = (
    ("should have answered", known("Should have answered")),
    ("right", known("Rightly declined")),
)
ASKED: dict[Kind, str] = {
    "wrong": known("What is right?"),
    "wrong source": known("Which passage is the right source?"),
    "should have answered": known("What should it have said?"),
}
LOST = known("this turn is no longer there. Ask the question again.")
CHANGED = known("the document has changed meanwhile. Search again, and choose the passage anew.")
NO_COOKIE = known("this browser accepts no cookie from Sumber. Allow it, and try again.")

FORM = """
<form class="saying" data-turn="{turn}" data-kind="{kind}" aria-label="{title}"><h3>{title}</h3>
{answer}<label class="field">{choose}<input type="search" name="words" maxlength="{longest}" value="{words}"
autocomplete="off" dir="auto"></label><div class="offered-passages" role="group" aria-label="{found}">{passages}</div>
<p class="problem" role="alert" hidden></p><p class="buttons"><button class="press">{keep}</button>
<button type="button" class="press plain" data-leave>{cancel}</button></p></form>
"""
ANSWER = """
<label class="field">{label}<input name="answer" maxlength="{longest}" autocomplete="off"
dir="auto" placeholder="{hint}"></label>
"""
KEPT = """
<p class="saying told" data-turn="{turn}" data-kind="{kind}" role="status">{words} <code dir="auto">{path}</code>
<button type="button" class="open" data-take-back="{id}">{undo}</button></p>
"""


def feedback_buttons(turn: int, question: str, answer: Answer | None) -> str:
    """What can be said of an answer; nothing of words of help, which are none."""
    if answer is None or (answer.status == "answered" and not answer.citations):
        return ""
    offered = OF_ANSWER if answer.status == "answered" else OF_REFUSAL
    buttons = "".join(
        f'<button type="button" class="tool" data-say="{kind}" aria-pressed="false">{say(words)}</button>'
        for kind, words in offered
    )
    # The question too: turns of two conversations have the same number.
    of = f"{turn}-{crc32(question.encode('utf-8', 'replace'))}"
    place = f'class="feedback" data-of="{of}" data-turn="{turn}"'
    return f'<div {place} role="group" aria-label="{say("What you say of it")}">{buttons}</div>'


@dataclass(frozen=True, slots=True)
class Said:
    """A turn of a conversation that something is said of."""

    number: int
    turn: SavedTurn
    history: list[Turn]


class FeedbackForm:
    """The handlers behind the buttons and the form."""

    def __init__(self, door: Door, desk: Desk) -> None:
        self._door = door
        self._desk = desk
        self._made = itertools.count()

    def build(self, talk: gr.State) -> None:
        """The pane that what is made here arrives in, before feedback.js puts it in its place."""
        arriving = pane("feedback", script=SCRIPT.read_text(encoding="utf-8"))
        arriving.say(self.say, talk, arriving, queue=False, **QUIET)
        arriving.seek_passages(self.seek, None, arriving, queue=False, trigger_mode="always_last", **QUIET)
        arriving.record(self.record, talk, arriving, queue=False, **QUIET)
        arriving.take_back(self.take_back, None, arriving, queue=False, **QUIET)

    async def say(self, talk: Talk, request: gr.Request, event: gr.EventData) -> str:
        """Keeps what needs no more words; asks for what is right where that is needed."""
        said, kind = _said(talk, event.turn), _kind(event.kind)
        if said is None or kind is None:
            return self._sent(_problem(LOST, event.turn))
        if kind not in ASKED:
            return await asyncio.to_thread(self._keep, said, kind, (), (), request)
        passages = await self._found(said.turn.question)
        return self._sent(_form(said, kind, passages))

    async def seek(self, event: gr.EventData) -> str:
        """Passages for the words that were searched for."""
        words = storable(str(event.words))[:LONGEST_WORDS]
        return self._sent(f'<div class="sought">{await self._found(words)}</div>')

    async def record(self, talk: Talk, request: gr.Request, event: gr.EventData) -> str:
        """Keeps what the form says."""
        said, kind = _said(talk, event.turn), _kind(event.kind)
        if said is None or kind is None:
            return self._sent(_problem(LOST, event.turn))
        answer = storable(str(event.answer))[:LONGEST_WORDS]
        try:
            quotes = [self._quote(str(event.place), str(event.document))] if event.place else []
        except SumberError as error:
            return self._sent(_problem(str(error), event.turn))
        return await asyncio.to_thread(self._keep, said, kind, quotes, [answer], request)

    def take_back(self, request: gr.Request, event: gr.EventData) -> str:
        """Forgets what was said last."""
        person = person_of(request)
        if person is None:
            return gr.skip()  # type: ignore[no-any-return]
        try:
            Feedback(person.data, person.token).remove(str(event.id))
        except ConversationError as error:
            return self._sent(_problem(str(error), event.turn))
        return self._sent(f'<p class="saying" data-turn="{_number(event.turn)}" role="status">{say("Taken back.")}</p>')

    def _keep(
        self,
        said: Said,
        kind: Kind,
        chosen: Sequence[tuple[str, str]],
        accepted: Sequence[str],
        request: gr.Request,
    ) -> str:
        person = person_of(request)
        if person is None:
            return self._sent(_problem(NO_COOKIE, said.number))
        kept = Feedback(person.data, person.token)
        try:
            id_ = kept.record(kind, said.turn.question, said.history, said.turn.answer, chosen, accepted)
        except ConversationError as error:
            return self._sent(_problem(str(error), said.number))
        link = f'<a href="./evaluation?set={FEEDBACK}">{say("your own set")}</a>'
        words = say("Kept as a question of {set}, to be evaluated with.", set=link)
        path = escape(str(kept.path))
        return self._sent(KEPT.format(turn=said.number, kind=kind, words=words, path=path, id=id_, undo=say("Undo")))

    async def _found(self, words: str) -> str:
        try:
            found = await asyncio.wrap_future(self._desk.retrieve(words, OFFERED))
        except SumberError as error:
            return _empty(error_words(str(error)))
        return await asyncio.to_thread(self._offered, words, found)

    def _offered(self, words: str, passages: Sequence[Passage]) -> str:
        """Passages to choose from, each with its sentences, of which the nearest to the words is chosen."""
        items = []
        for number, passage in enumerate(passages):
            try:
                document = self._door.document(passage.document)
            except SumberError:  # gone since
                continue
            if document.text[passage.start : passage.end] == passage.text:
                items.append(_offer(number, passage, document, words))
        return (
            f"<ul>{''.join(items)}</ul>" if items else _empty(say("No passage has anything of this. Try other words."))
        )

    def _quote(self, place: str, path: str) -> tuple[str, str]:
        """The (document, quote) at a place, which must be of the document as it is now."""
        document = self._door.document(path)
        known = re.fullmatch(r"(\d{1,9})-(\d{1,9})-(\w{64})", place, re.ASCII)
        if not known or known[3] != document.sha256:
            raise SumberError(CHANGED)
        return document.path, document.text[int(known[1]) : int(known[2])][:LONGEST_QUOTE].strip()

    def _sent(self, html: str) -> str:
        """Numbered, so that the same again is a change that feedback.js hears of."""
        return f'<div data-number="{next(self._made)}">{html}</div>'


def _said(talk: Talk, number: Any) -> Said | None:
    """The turn that a page names, if it has an answer; with what was said before it."""
    turn, turns = _number(number), talk.kept.turns if talk.kept else ()
    if not 0 < turn <= len(turns) or turns[turn - 1].answer is None:
        return None
    return Said(turn, turns[turn - 1], talk.before(turn).history)


def _kind(sent: Any) -> Kind | None:
    return next((kind for kind in get_args(Kind) if kind == sent), None)


def _number(sent: Any) -> int:
    return int(sent) if re.fullmatch(r"\d{1,4}", str(sent), re.ASCII) else 0


def _form(said: Said, kind: Kind, passages: str) -> str:
    """What asks for the right answer, or its source."""
    answer = ANSWER.format(
        longest=LONGEST_WORDS,
        label=say("A few words that a right answer has"),
        hint=say("such as a name, a number or a date"),
    )
    return FORM.format(
        turn=said.number,
        kind=kind,
        title=say(ASKED[kind]),
        answer="" if kind == "wrong source" else answer,
        choose=say("Search for the passage") if kind == "wrong source" else say("Or choose the passage that says it"),
        longest=LONGEST_WORDS,
        words=escape(said.turn.question[:LONGEST_WORDS]),
        found=say("Passages"),
        passages=passages,
        keep=say("Keep"),
        cancel=say("Cancel"),
    )


def _problem(sentence: str, turn: Any) -> str:
    words = error_words(f"{sentence.removesuffix('.')}.")
    return f'<p class="saying problem" data-turn="{_number(turn)}" role="alert">{words}</p>'


def _empty(words: str) -> str:
    return f'<p class="empty" role="status">{words}</p>'


def _offer(number: int, passage: Passage, document: Document, words: str) -> str:
    """A passage with a radio button, and its sentences with another choice: the quote."""
    spans = sentences(passage.text)
    spans = [span for span in spans if not passage.text.startswith("#", span[0])] or spans  # headings answer nothing
    best = _nearest(passage.text, spans, words)
    options, shown = [], []
    for place, (start, end) in enumerate(spans):
        sentence = " ".join(passage.text[start:end].split())
        line = sentence if len(sentence) <= LONGEST_LINE else f"{sentence[:LONGEST_LINE].rstrip()} …"
        at = f"{passage.start + start}-{passage.start + end}-{document.sha256}"
        options.append(f'<option value="{at}"{" selected" if place == best else ""}>{escape(line)}</option>')
        mark = "mark" if place == best else "span"
        shown.append(f"<{mark} data-sentence>{escape(sentence)}</{mark}>")
    page = say("page {n}", n=passage.page) if passage.page else ""
    where = ", ".join(filter(None, (credit(document), passage.section, page)))
    return (
        f'<li><label><input type="radio" name="passage" value="{number}" data-path="{escape(passage.document)}">'
        f'<span dir="auto">{escape(where)}</span></label>'
        f"<blockquote{language_of(document.language)}>{' '.join(shown)}</blockquote>"
        f'<label class="field quote" hidden>{say("The sentence that says it")}'
        f'<select dir="auto">{"".join(options)}</select></label></li>'
    )


def _nearest(text: str, spans: Sequence[tuple[int, int]], words: str) -> int:
    """The number of the sentence that shares most with the words; the first of equals."""
    sought = set(content_terms(words))
    shared = [len(sought & set(content_terms(text[start:end]))) for start, end in spans]
    return shared.index(max(shared)) if shared else 0
