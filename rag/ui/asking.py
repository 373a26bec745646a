"""The Ask page: conversations kept at the side, one of them in the middle, its sources beside it. Wires the events."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field

from rag.answers import standing
from rag.conversations import Conversation, ConversationError, SavedTurn, now
from rag.types import EVERYTHING, Answer, Citation, Document, Passage, Scope, SumberError
from rag.ui.conversation import (
    Exchange,
    Talk,
    answer_body,
    conversation,
    error_body,
    invitation_to,
    partial_body,
    reopened_body,
    stopped_body,
    tools,
)
from rag.ui.desk import Desk, storable
from rag.ui.door import Door
from rag.ui.feedback import FeedbackForm, feedback_buttons
from rag.ui.filters import filters, scope_of
from rag.ui.frame import LIBRARY, QUIET, masthead, pane, worded
from rag.ui.history import History, Person, history_of, person_of
from rag.ui.keeping import Keeper
from rag.ui.listening import Listening
from rag.ui.reader import OPEN, Reader
from rag.ui.sources import Standings, answer_sources, source_groups
from rag.ui.wording import in_own_language, known, say

UNEXPECTED = known(
    "Something went wrong inside Sumber; the terminal it runs in says what. Ask again, or in other words."
)
FILTERS = Path(__file__).parent / "filters.js"
MOST_SOUGHT = 10  # quotes of a reopened conversation that are sought in all documents: each takes about 0.1 seconds

HEAD = """
<button type="button" class="open" data-history aria-expanded="false" aria-controls="history">{conversations}</button>
<a class="new" href="./" aria-label="{new_conversation}"><span class="long">{new_conversation}</span>
<span class="short">{new}</span></a>
"""
# Above the text box while an earlier question is changed there.
EDITING = """
<p class="editing" role="status" hidden><span></span>
<button type="button" class="open" data-cancel>{cancel}</button></p>
"""
# What stands above the page for a moment: a look at a source, and the keys.
FLOATING = """
<div class="peek" id="peek" popover="manual" role="tooltip"></div>
<dialog class="removing" id="keys" aria-labelledby="keys-title"><form method="dialog"><h3 id="keys-title">{title}</h3>
<dl>{keys}</dl><label><input type="checkbox" name="single" checked> {single}</label>
<p><button class="press" value="" autofocus>{close}</button></p></form></dialog>
<dialog class="removing" id="copying" aria-labelledby="copying-title"><form method="dialog">
<h3 id="copying-title">{copy}</h3><p>{refused}</p><textarea readonly rows="8" aria-label="{text}"></textarea>
<p><button class="press" value="">{close}</button></p></form></dialog>
<p class="copied" role="status"></p>
"""
KEYS = (
    ("Enter", known("asks")),
    ("Shift Enter", known("begins a new line")),
    ("Esc", known("closes what is open")),
    ("/", known("goes to the text box")),
    ("e", known("edits the last question")),
    ("c", known("copies the last answer")),
    ("n", known("begins a new conversation")),
    ("?", known("shows this list")),
)
CITED = '<p class="facts"></p>'

# Each hands clicks of its component to Python, or tells asking.js that its component has new content.
CHOOSE = """
element.tabIndex = 0; // it may scroll, and then the keyboard has to reach it
element.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-question]");
  if (chip) trigger("choose", { question: chip.dataset.question });
});
"""
GROWN = (
    OPEN
    + """
element.addEventListener("click", (event) => {
  const again = event.target.closest("[data-again]");
  if (again) trigger("again", { turn: again.dataset.again });
});
watch("value", () => window.sumber.grown(element));
"""
)
CITING = OPEN + 'watch("value", () => window.sumber.cited(element));'

FOCUS = "() => window.sumber.ready()"
BEGIN = "() => { window.sumber.begin(); return [window.sumber.sending()]; }"
# What is chosen is read when a question is sent: no choice is under way while another is still being stored.
SEND = "(...inputs) => [...inputs.slice(0, -2), window.sumberChoice(), window.sumber.sending()]"

Updates = tuple[Any, ...]  # of the components that an event names as its outputs, in their order


class Sent(BaseModel):
    """What a page sends along with a question."""

    model_config = ConfigDict(extra="forbid")

    conversation: str = ""  # the id of the one that is shown
    turn: int = Field(0, ge=0)  # whose question is asked in other words; 0 for a new one


class AskPage:
    """The handlers behind the page. Each browser tab's state has its conversation, which is kept after each turn."""

    def __init__(self, door: Door, desk: Desk, keeper: Keeper, max_question: int) -> None:
        self._door = door
        self._desk = desk
        self._keeper = keeper
        self._max_question = max_question
        self._reader = Reader(door)
        self._history = History()
        self._feedback = FeedbackForm(door, desk)

    def build(self, blocks: gr.Blocks) -> None:
        talk = gr.State(Talk())
        masthead("Ask", _head)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="aside"):
                listed = self._history.build(talk)
            with gr.Column(elem_id="talk"):
                invitation = pane("invitation", script=CHOOSE + LIBRARY)
                shown = pane("conversation", lambda: conversation(Talk()), GROWN)
                with gr.Column(elem_id="composer"):
                    pane("editing", lambda: EDITING.format(cancel=say("Cancel")))
                    with gr.Row(elem_id="asking"):
                        question = self._text_box()
                        send = gr.Button(elem_id="send", variant="primary", min_width=0, scale=0)
                        worded(send, value=lambda: say("Ask"))
                        stop = worded(gr.Button(elem_id="stop", min_width=0, scale=0), value=lambda: say("Stop"))
                    with gr.Row(elem_id="below"):
                        narrowed = pane("filters", script=FILTERS.read_text(encoding="utf-8"))
                        pane("keys-button", _keys_button)
                pane("floating", _floating)
                self._feedback.build(talk)
            with gr.Column(elem_id="evidence"):
                sources = pane("sources", lambda: source_groups({}), CITING)
                self._reader.build(sources, shown)
                pane("cited", lambda: CITED)

        outputs = [question, send, talk, shown, sources, listed]
        blocks.load(self.begin, listed, outputs[2:], js=BEGIN, queue=False, **QUIET)
        invitation.library_changed(self.look, None, [invitation, narrowed], queue=False, **QUIET)
        # The desk limits how many questions wait; a second limit here would only hide its sentence. What is sent
        # while an earlier sending is under way, if only of nothing, comes after it and is not lost.
        asking: dict[str, Any] = {"concurrency_limit": None, "js": SEND, **QUIET}
        sending = [talk, narrowed, listed]
        put = [question.submit, send.click]
        typed = gr.on(put, self.converse, [question, *sending], outputs, trigger_mode="always_last", **asking)
        chosen = invitation.choose(self.choose, sending, outputs, trigger_mode="always_last", **asking)
        repeated = shown.again(self.again, sending, outputs, trigger_mode="once", **asking)
        stop.click(self.stop, talk, None, queue=False, **QUIET)
        for asked in (typed, chosen, repeated):
            failed = asked.failure(self.fail, talk, outputs, queue=False, **QUIET)
            for ended in (asked, failed):
                ended.then(None, None, None, js=FOCUS, **QUIET)
        listed.delete_talk(self.delete, talk, outputs[2:], queue=False, **QUIET)
        # Queued, Gradio would call itself over HTTP; the desk is queue enough.
        gr.api(self.ask, api_name="ask", queue=False)

    async def ask(self, question: str) -> str:
        """Answer a question from the person's own documents, by quoting them.

        Gives JSON. The status is "answered" or "not_found". Every sentence has the numbers of its citations, and every
        citation the exact quote, the document and the page. With "not_found" the documents do not answer the question,
        and the passages are only the nearest ones.

        Args:
            question: What to find out, in plain words.
        """
        answer = await asyncio.wrap_future(self._desk.ask(question))
        return json.dumps(answer.to_dict(), ensure_ascii=False)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def look(self) -> Updates:
        """The invitation and the filters, as they fit the library now."""
        entries = self._door.documents()
        invited = invitation_to(entries, str(self._door.corpus), self._keeper.state.stage != "ready")
        return invited, filters(entries)

    async def begin(self, sent: str | None, request: gr.Request) -> Updates:
        """The list, and the conversation that the address names."""
        person, named = person_of(request), Sent.model_validate_json(sent or "{}").conversation
        talk, notice = Talk(), ""
        try:
            talk = await asyncio.to_thread(self._opened, person, named)
        except ConversationError as error:
            notice = str(error)
        # Where there is nothing to show, nothing is: a question may have been asked meanwhile.
        shown = self._shown(talk) if talk.kept else (gr.skip(),) * 3
        return *shown, await asyncio.to_thread(history_of, person, talk, notice)

    def delete(self, talk: Talk, request: gr.Request, event: gr.EventData) -> Updates:
        """Takes a conversation out of the list; the one that is shown leaves the page as well."""
        person, named = person_of(request), str(event.id)
        if person is None or (talk.is_waiting and talk.kept and talk.kept.id == named):
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        try:
            deleted = next((one for one in person.conversations.list() if one.id == named), None)
            person.conversations.delete(named)
        except ConversationError as error:
            return gr.skip(), gr.skip(), gr.skip(), history_of(person, talk, str(error))
        if talk.kept and talk.kept.id == named:
            return *self._shown(Talk()), history_of(person, Talk(), deleted=deleted)
        return gr.skip(), gr.skip(), gr.skip(), history_of(person, talk, deleted=deleted)

    def _opened(self, person: Person | None, named: str) -> Talk:
        """A conversation that was kept, as it stands today; an empty one where none is named."""
        if person is None or not named:
            return Talk()
        kept = person.conversations.open(named)
        paths = [one.document for turn in kept.turns if turn.answer for one in _shown_of(turn.answer)]
        documents = self._documents(paths)
        sought: dict[str, Sequence[Passage]] = {}
        exchanges = []
        for number, turn in enumerate(kept.turns, 1):
            standings = self._standings(turn, documents, sought) if self._keeper.state.stage == "ready" else {}
            body = reopened_body(number, turn, standings)
            cards = self._sources(number, turn.answer, documents, standings) if turn.answer else ""
            opinion = feedback_buttons(number, turn.question, None if turn.is_stopped else turn.answer)
            words = tools(number, turn.question, turn.answer) + opinion
            exchanges.append(Exchange(number, turn.question, body, cards, words))
        return Talk(kept, tuple(exchanges))

    def _standings(
        self, turn: SavedTurn, documents: Mapping[str, Document], sought: dict[str, Sequence[Passage]]
    ) -> Standings:
        """How the citations of a turn stand today, by their numbers."""

        def find(quote: str) -> Sequence[Passage]:
            if quote not in sought:
                with contextlib.suppress(SumberError):
                    sought[quote] = (
                        () if len(sought) >= MOST_SOUGHT else self._door.retrieve(quote[: self._max_question])
                    )
            return sought.get(quote, ())

        found = {}
        for citation in turn.answer.citations if turn.answer else ():
            document = documents.get(citation.document)
            text, sha256 = (document.text, document.sha256) if document else (None, None)
            found[citation.number] = standing(citation, text, turn.hashes.get(citation.document), sha256, find)
        return found

    def _shown(self, talk: Talk) -> Updates:
        """The state and both panes of a conversation. The sources stay as they are until the answer has some."""
        groups = {exchange.turn: exchange.sources for exchange in talk.exchanges if exchange.sources}
        awaited = any(exchange.is_waiting and not exchange.sources for exchange in talk.exchanges)
        return talk, conversation(talk), gr.skip() if awaited else source_groups(groups)

    # --- questions --------------------------------------------------------------------------------------------------

    @in_own_language
    async def converse(
        self, question: str, talk: Talk, choice: str | None, sent: str | None, request: gr.Request
    ) -> AsyncIterator[Updates]:
        """Asks what was written in the text box, and empties that."""
        emptied = gr.Textbox(value="", interactive=False)
        async for updates in self._asked(question, talk, choice, sent, request, emptied):
            yield updates

    async def _asked(
        self,
        question: str,
        talk: Talk,
        choice: str | None,
        sent: str | None,
        request: gr.Request,
        box: gr.Textbox | None = None,
    ) -> AsyncIterator[Updates]:
        """Shows the question at once, then each sentence, and takes no other question until it is answered or stopped.

        An error is the answer in its place.
        """
        if not question.strip() or talk.is_waiting:
            yield (gr.skip(),) * 6
            return
        person, where = person_of(request), Sent.model_validate_json(sent or "{}")
        if not talk.kept and where.conversation:  # the server was started anew since the page was opened
            with contextlib.suppress(ConversationError):
                talk = await asyncio.to_thread(self._opened, person, where.conversation)
        if where.turn:
            talk = talk.before(where.turn)
        talk = replace(talk, kept=talk.kept or _begun())
        asked = Exchange(len(talk.exchanges) + 1, storable(question.strip()), listening=Listening())
        yield (
            box or gr.Textbox(interactive=False),
            gr.Button(interactive=False),
            *self._shown(talk.showing(asked)),
            gr.skip(),
        )
        outcome: tuple[Exchange, SavedTurn]
        try:
            async for now_shown, saved in self._answering(asked, talk, choice):
                if saved is None:
                    yield gr.skip(), gr.skip(), *self._shown(talk.showing(now_shown)), gr.skip()
                else:
                    outcome = now_shown, saved
        except SumberError as error:
            outcome = _failed(asked, str(error))
        talk = await asyncio.to_thread(_kept, talk, *outcome, person)
        listed = await asyncio.to_thread(history_of, person, talk)
        yield gr.Textbox(interactive=True), gr.Button(interactive=True), *self._shown(talk), listed

    async def _answering(
        self, asked: Exchange, talk: Talk, choice: str | None
    ) -> AsyncIterator[tuple[Exchange, SavedTurn | None]]:
        """The turn with each sentence as it is checked; then, to be kept, with the answer or as it was when stopped."""
        so_far, partial, listening, scope = asked, None, asked.listening, scope_of(choice)
        assert listening
        outcome = asyncio.wrap_future(self._desk.ask(asked.question, talk.history, scope, listening.tell))
        try:
            async for partial in listening.so_far(asked.question, outcome):
                so_far = await asyncio.to_thread(self._grown, so_far, partial)
                yield so_far, None
            if listening.stopped:
                yield await asyncio.to_thread(self._stopped, so_far, partial, scope)
            else:
                yield await asyncio.to_thread(self._completed, so_far, outcome.result(), scope)
        finally:  # also when the page is closed meanwhile
            listening.stop()
            outcome.cancel()

    @in_own_language
    async def choose(
        self, talk: Talk, choice: str | None, sent: str | None, request: gr.Request, event: gr.EventData
    ) -> AsyncIterator[Updates]:
        """Asks one of the questions that the page offered."""
        async for updates in self._asked(str(event.question), talk, choice, sent, request):
            yield updates

    @in_own_language
    async def again(
        self, talk: Talk, choice: str | None, sent: str | None, request: gr.Request, event: gr.EventData
    ) -> AsyncIterator[Updates]:
        """Asks the question of a turn once more, in the place of that turn."""
        turn, where = int(event.turn), Sent.model_validate_json(sent or "{}")
        if not talk.kept and where.conversation:
            talk = await asyncio.to_thread(self._opened, person_of(request), where.conversation)
        if 1 <= turn <= len(talk.exchanges):
            where = where.model_copy(update={"turn": turn})
            question = talk.exchanges[turn - 1].question
            async for updates in self._asked(question, talk, choice, where.model_dump_json(), request):
                yield updates

    async def stop(self, talk: Talk) -> None:
        """Ends the waiting. The answering ends at its next sentence, if it cannot be ended before it begins."""
        for exchange in talk.exchanges:
            if exchange.listening:
                exchange.listening.stop()

    def fail(self, talk: Talk, request: gr.Request) -> Updates:
        """Ends the wait for an answer that will not come."""
        person = person_of(request)
        for exchange in talk.exchanges:
            if exchange.is_waiting:
                talk = _kept(talk, *_failed(exchange, UNEXPECTED), person)
        return gr.Textbox(interactive=True), gr.Button(interactive=True), *self._shown(talk), history_of(person, talk)

    def _text_box(self) -> gr.Textbox:
        box = gr.Textbox(
            show_label=False,
            lines=1,  # with one line Enter sends, and Shift+Enter begins another
            max_lines=6,
            max_length=self._max_question,
            container=False,
            elem_id="question",
        )
        worded(box, label=lambda: say("Your question"), placeholder=lambda: say("Ask your documents"))
        return box

    # --- one turn ---------------------------------------------------------------------------------------------------

    def _grown(self, now_shown: Exchange, answer: Answer) -> Exchange:
        documents = self._documents([one.document for one in _shown_of(answer)])
        body = partial_body(now_shown.turn, answer)
        return replace(now_shown, body=body, sources=self._sources(now_shown.turn, answer, documents))

    def _stopped(self, now_shown: Exchange, partial: Answer | None, scope: Scope) -> tuple[Exchange, SavedTurn]:
        hashes = _hashes(self._documents([one.document for one in partial.citations] if partial else ()))
        saved = SavedTurn(now_shown.question, now(), partial, is_stopped=True, scope=scope, hashes=hashes)
        words = tools(now_shown.turn, now_shown.question, partial)
        return replace(now_shown, body=stopped_body(now_shown.body), tools=words, listening=None), saved

    def _completed(self, now_shown: Exchange, answer: Answer, scope: Scope) -> tuple[Exchange, SavedTurn]:
        indexed = [entry for entry in self._door.documents() if entry.state == "indexed"]
        facts = [(one.path, one.published, one.language, one.publisher, one.kind) for one in indexed]
        searched = sum(scope.holds(*known) for known in facts)
        documents = self._documents([one.document for one in _shown_of(answer)])
        question, turn = now_shown.question, now_shown.turn
        body = answer_body(turn, question, answer, searched, len(indexed), self._unknown(answer))
        cards = self._sources(turn, answer, documents)
        saved = SavedTurn(question, now(), answer, scope=scope, hashes=_hashes(documents) if answer.citations else {})
        words = tools(turn, question, answer) + feedback_buttons(turn, question, answer)
        return Exchange(turn, question, body, cards, words), saved

    def _unknown(self, answer: Answer) -> Sequence[str]:
        """Words of a question that is declined which no document has."""
        return self._door.unknown_words(answer.question) if answer.status == "not_found" else ()

    def _sources(
        self, turn: int, answer: Answer, documents: Mapping[str, Document], standings: Standings | None = None
    ) -> str:
        """The cards of an answer; none for one that only helps along, so that those before it stay in view."""
        if answer.status == "answered" and not answer.citations:
            return ""
        return answer_sources(turn, answer, documents, standings)

    def _documents(self, paths: Sequence[str]) -> dict[str, Document]:
        """Those of the documents that are still in the library."""
        found = {}
        for path in dict.fromkeys(paths):
            with contextlib.suppress(SumberError):
                found[path] = self._door.document(path)
        return found


def _head() -> str:
    return HEAD.format(conversations=say("Conversations"), new_conversation=say("New conversation"), new=say("New"))


def _keys_button() -> str:
    title = say("Keys")
    return f'<button type="button" class="keys" data-keys aria-label="{title}" title="{title}">?</button>'


def _floating() -> str:
    keys = "".join(
        f"<div><dt>{' '.join(f'<kbd>{key}</kbd>' for key in pressed.split())}</dt><dd>{say(does)}</dd></div>"
        for pressed, does in KEYS
    )
    return FLOATING.format(
        title=say("Keys"),
        keys=keys,
        single=say("Single keys work while no text is being written"),
        close=say("Close"),
        copy=say("Copy it from here"),
        refused=say("The browser did not let Sumber use the clipboard. The text is selected: press Ctrl or ⌘ and C."),
        text=say("The answer and its sources"),
    )


def _shown_of(answer: Answer) -> Sequence[Citation | Passage]:
    """What the cards of an answer are about."""
    return answer.citations if answer.status == "answered" else answer.passages


def _hashes(documents: Mapping[str, Document]) -> dict[str, str]:
    return {path: document.sha256 for path, document in documents.items()}


def _begun() -> Conversation:
    began = now()
    return Conversation(secrets.token_hex(16), began, began)


def _failed(asked: Exchange, sentence: str) -> tuple[Exchange, SavedTurn]:
    shown = Exchange(asked.turn, asked.question, error_body(sentence), tools=tools(asked.turn, asked.question, None))
    return shown, SavedTurn(asked.question, failure=sentence, scope=EVERYTHING)


def _kept(talk: Talk, shown: Exchange, saved: SavedTurn, person: Person | None) -> Talk:
    """The conversation with a turn that has ended, on disk where there is somebody to keep it for."""
    kept = (talk.kept or _begun()).with_turn(saved)
    talk = replace(talk.showing(shown), kept=kept, problem="")
    try:
        if person:
            person.conversations.save(kept)
    except ConversationError as error:
        return replace(talk, problem=str(error))
    return talk
