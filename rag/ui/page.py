"""The page: a conversation on one side, its sources on the other. Wires Gradio's events to the HTML."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from rag.types import Answer, Document, Scope, SumberError, Turn
from rag.ui.conversation import (
    Exchange,
    answer_body,
    conversation,
    error_body,
    history,
    invitation_to,
    partial_body,
    stopped_body,
)
from rag.ui.desk import Desk, storable
from rag.ui.door import Door
from rag.ui.filters import filters, scope_of
from rag.ui.library import library_list, reader, reader_problem, status_line
from rag.ui.listening import Listening
from rag.ui.sources import answer_sources, source_groups

HERE = Path(__file__).parent
STYLE = HERE / "style.css"
FILTERS_STYLE = HERE / "filters.css"
SCRIPT = HERE / "page.js"
FILTERS = HERE / "filters.js"
FAVICON = HERE / "favicon.svg"

PAPER, PAPER_DARK = "#fbfcfb", "#131716"  # as in style.css
STATUS_SECONDS = 0.7  # between looks at the first reading; ends when it has ended
UNEXPECTED = "Something went wrong inside Sumber; the terminal it runs in says what. Ask again, or in other words."

MASTHEAD = """
<header class="masthead"><h1><a href="./">Sumber</a></h1><p>Answers from your own documents, quoted and checked</p>
<a class="new" href="./">New conversation</a></header>
"""
TABS = """
<nav class="tabs" aria-label="Beside the conversation">
<button type="button" data-show="sources" aria-pressed="false">Sources</button>
<button type="button" data-show="library" aria-pressed="true">Documents</button>
</nav>
"""
READER = '<div class="reading" data-opening="{}"><button type="button" class="close" data-close>← Back</button>{}</div>'

# Each hands clicks of its component to Python, or tells page.js that its component has new content.
CHOOSE = """
element.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-question]");
  if (chip) trigger("choose", { question: chip.dataset.question });
});
"""
GROWN = 'watch("value", () => window.sumber.grown(element));'
OPEN = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-document]");
  if (button) trigger("open_document", { ...button.dataset });
});
"""
CITED = OPEN + 'watch("value", () => window.sumber.cited(element));'
OPENED = 'watch("value", () => window.sumber.opened(element));'

FOCUS = "() => window.sumber.ready()"
# What is chosen is read when a question is sent: no choice is under way while another is still being stored.
SEND_CHOICE = "(...inputs) => [...inputs.slice(0, -1), window.sumberChoice()]"
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

Exchanges = tuple[Exchange, ...]
Updates = tuple[Any, ...]  # of the components that an event names as its outputs, in their order


class Page:
    """The handlers behind the page. Holds nothing of a conversation: that is in each browser tab's own state."""

    def __init__(self, door: Door, desk: Desk, max_question: int) -> None:
        self._door = door
        self._desk = desk
        self._max_question = max_question
        self._openings = itertools.count()

    def build(self) -> gr.Blocks:
        with gr.Blocks(title="Sumber", analytics_enabled=False, fill_width=True) as blocks:
            exchanges = gr.State(())
            clock = gr.Timer(STATUS_SECONDS)
            _pane("masthead", MASTHEAD)
            status = _pane("status")
            with gr.Row(elem_id="desk"):
                with gr.Column(elem_id="talk"):
                    invitation = _pane("invitation", script=CHOOSE)
                    talk = _pane("conversation", conversation(()), GROWN)
                    with gr.Column(elem_id="composer"):
                        with gr.Row(elem_id="asking"):
                            question = self._text_box()
                            send = gr.Button("Ask", elem_id="send", variant="primary", min_width=0, scale=0)
                            stop = gr.Button("Stop", elem_id="stop", min_width=0, scale=0)
                        narrowed = _pane("filters", script=FILTERS.read_text(encoding="utf-8"))
                with gr.Column(elem_id="evidence"):
                    _pane("tabs", TABS)
                    sources = _pane("sources", source_groups({}), CITED)
                    library = _pane("library", script=OPEN)
                    reading = _pane("reader", script=OPENED)

            seen = [status, library, invitation, narrowed, clock]
            blocks.load(self.look, None, seen, queue=False, **QUIET).then(None, None, None, js=FOCUS, **QUIET)
            clock.tick(self.tick, None, seen, queue=False, **QUIET)
            shown = [question, send, exchanges, talk, sources]
            # The desk limits how many questions wait; a second limit here would only hide its sentence. What is sent
            # while an earlier sending is under way, if only of nothing, comes after it and is not lost.
            asking: dict[str, Any] = {
                "concurrency_limit": None,
                "trigger_mode": "always_last",
                "js": SEND_CHOICE,
                **QUIET,
            }
            put = [question.submit, send.click]
            typed = gr.on(put, self.converse, [question, exchanges, narrowed], shown, **asking)
            chosen = invitation.choose(self.choose, [exchanges, narrowed], shown, **asking)
            stop.click(self.stop, exchanges, None, queue=False, **QUIET)
            for asked in (typed, chosen):
                failed = asked.failure(self.fail, exchanges, shown, queue=False, **QUIET)
                for ended in (asked, failed):
                    ended.then(None, None, None, js=FOCUS, **QUIET)
            for pane in (sources, library):
                pane.open_document(self.open_document, None, reading, queue=False, **QUIET)
            # Queued, Gradio would call itself over HTTP; the desk is queue enough.
            gr.api(self.ask, api_name="ask", queue=False)
        return blocks

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

    def look(self) -> Updates:
        """Status, list, invitation, filters and clock, as they are now."""
        readiness = self._desk.readiness
        is_reading = readiness.stage != "ready"
        entries = self._door.documents()
        invited = invitation_to(entries, str(self._door.corpus), is_reading)
        return status_line(readiness), library_list(entries), invited, filters(entries), gr.Timer(active=is_reading)

    def tick(self) -> Updates:
        """How far the reading is; all else only when it has ended, because listing many documents takes time."""
        readiness = self._desk.readiness
        if readiness.stage == "ready":
            return self.look()
        return status_line(readiness), gr.skip(), gr.skip(), gr.skip(), gr.skip()

    async def converse(self, question: str, exchanges: Exchanges, choice: str | None) -> AsyncIterator[Updates]:
        """Shows the question at once, then each sentence, and takes no other question until it is answered or stopped.

        An error is the answer in its place.
        """
        if not question.strip():
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        now = asked = Exchange(len(exchanges) + 1, storable(question.strip()), listening=Listening())
        yield gr.Textbox(value="", interactive=False), gr.Button(interactive=False), *self._shown((*exchanges, now))
        try:
            async for now in self._answering(asked, history(exchanges), scope_of(choice)):
                if now.is_waiting:
                    yield gr.skip(), gr.skip(), *self._shown((*exchanges, now))
        except SumberError as error:
            now = _failed(now, str(error))
        yield gr.Textbox(interactive=True), gr.Button(interactive=True), *self._shown((*exchanges, now))

    async def _answering(self, asked: Exchange, earlier: Sequence[Turn], scope: Scope) -> AsyncIterator[Exchange]:
        """The turn with each sentence as it is checked, then with the answer, or as it was when it was stopped."""
        now, listening = asked, asked.listening
        assert listening
        outcome = asyncio.wrap_future(self._desk.ask(asked.question, earlier, scope, listening.tell))
        try:
            async for answer in listening.so_far(asked.question, outcome):
                now = await asyncio.to_thread(self._grown, now, answer)
                yield now
            if listening.stopped:
                yield replace(now, said=now.said or "", body=stopped_body(now.body), listening=None)
            else:
                yield await asyncio.to_thread(self._completed, now, outcome.result(), scope)
        finally:  # also when the page is closed meanwhile
            listening.stop()
            outcome.cancel()

    async def choose(self, exchanges: Exchanges, choice: str | None, event: gr.EventData) -> AsyncIterator[Updates]:
        """Asks one of the questions that the page offered."""
        async for updates in self.converse(str(event.question), exchanges, choice):
            yield updates

    async def stop(self, exchanges: Exchanges) -> None:
        """Ends the waiting. The answering ends at its next sentence, if it cannot be ended before it begins."""
        for exchange in exchanges:
            if exchange.listening:
                exchange.listening.stop()

    def fail(self, exchanges: Exchanges) -> Updates:
        """Ends the wait for an answer that will not come."""
        exchanges = tuple(_failed(e, UNEXPECTED) if e.is_waiting else e for e in exchanges)
        return gr.Textbox(interactive=True), gr.Button(interactive=True), *self._shown(exchanges)

    def open_document(self, event: gr.EventData) -> str:
        """The document that a button names, at the quote it names. What a browser sends is not trusted to be either."""
        try:
            document = self._door.document(str(event.document))
        except SumberError as error:
            shown = reader_problem(str(error))
        else:
            start, end = (int(offset) if offset.isdecimal() else 0 for offset in (str(event.start), str(event.end)))
            shown = reader(document, start, end)
        # Numbered, so that opening the same place again is a change that page.js hears of.
        return READER.format(next(self._openings), shown)

    def _text_box(self) -> gr.Textbox:
        return gr.Textbox(
            label="Your question",
            show_label=False,
            placeholder="Ask your documents",
            lines=1,  # with one line Enter sends, and Shift+Enter begins another
            max_lines=6,
            max_length=self._max_question,
            container=False,
            elem_id="question",
        )

    def _shown(self, exchanges: Exchanges) -> Updates:
        """The state and both panes of a conversation. The sources stay as they are until the answer has some."""
        groups = {exchange.turn: exchange.sources for exchange in exchanges if exchange.sources}
        awaited = any(exchange.is_waiting and not exchange.sources for exchange in exchanges)
        return exchanges, conversation(exchanges), gr.skip() if awaited else source_groups(groups)

    def _grown(self, now: Exchange, answer: Answer) -> Exchange:
        body = partial_body(now.turn, answer)
        return replace(now, said=answer.text, body=body, sources=self._sources(now.turn, answer))

    def _completed(self, now: Exchange, answer: Answer, scope: Scope) -> Exchange:
        indexed = [entry for entry in self._door.documents() if entry.state == "indexed"]
        facts = [(one.path, one.published, one.language, one.publisher, one.kind) for one in indexed]
        searched = sum(scope.holds(*known) for known in facts)
        return replace(
            now,
            said=answer.text if answer.status == "answered" else "",
            body=answer_body(now.turn, now.question, answer, searched, len(indexed)),
            sources=self._sources(now.turn, answer),
            listening=None,
        )

    def _sources(self, turn: int, answer: Answer) -> str:
        """The cards of an answer; none for one that only helps along, so that those before it stay in view."""
        if answer.status == "answered" and not answer.citations:
            return ""
        shown = answer.citations if answer.status == "answered" else answer.passages
        return answer_sources(turn, answer, self._documents([one.document for one in shown]))

    def _documents(self, paths: Sequence[str]) -> dict[str, Document]:
        """Those of the documents that are still in the library."""
        found = {}
        for path in dict.fromkeys(paths):
            with contextlib.suppress(SumberError):
                found[path] = self._door.document(path)
        return found


def _failed(now: Exchange, sentence: str) -> Exchange:
    return replace(now, said=None, body=error_body(sentence), sources="", listening=None)


def theme() -> gr.themes.Base:
    """Gradio's plainest theme, without the fonts that it would fetch; all else is in style.css."""
    base = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    # The two colours that the page has before its style has arrived.
    return base.set(body_background_fill=PAPER, body_background_fill_dark=PAPER_DARK)


def head() -> str:
    """The style, in the head because Gradio's own `css` loses what stands inside a media query."""
    return "".join(f"<style>{path.read_text(encoding='utf-8')}</style>" for path in (STYLE, FILTERS_STYLE))


def _pane(name: str, value: str = "", script: str | None = None) -> Any:
    """A part of the page that is HTML. Typed loosely: Gradio makes its events from the names in the script."""
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=script, html_template="${value}")
