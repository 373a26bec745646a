"""The page: a conversation on one side, its sources on the other. Wires Gradio's events to the HTML."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from rag.types import Answer, Document, SumberError
from rag.ui.conversation import Exchange, answer_body, conversation, error_body, history, welcome
from rag.ui.desk import Desk, storable
from rag.ui.door import Door
from rag.ui.library import library_list, reader, reader_problem, status_line
from rag.ui.sources import answer_sources, source_groups

HERE = Path(__file__).parent
STYLE = HERE / "style.css"
SCRIPT = HERE / "page.js"
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
TALK = """
element.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-question]");
  if (chip) trigger("choose", { question: chip.dataset.question });
});
watch("value", () => window.sumber.grown(element));
"""
OPEN = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-document]");
  if (button) trigger("open_document", { ...button.dataset });
});
"""
CITED = OPEN + 'watch("value", () => window.sumber.cited());'
OPENED = 'watch("value", () => window.sumber.opened(element));'

FOCUS = "() => window.sumber.ready()"
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

Exchanges = tuple[Exchange, ...]


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
                    talk = _pane("conversation", script=TALK)
                    with gr.Row(elem_id="composer"):
                        question = self._text_box()
                        send = gr.Button("Ask", elem_id="send", variant="primary", min_width=0, scale=0)
                with gr.Column(elem_id="evidence"):
                    _pane("tabs", TABS)
                    sources = _pane("sources", source_groups({}), CITED)
                    library = _pane("library", script=OPEN)
                    reading = _pane("reader", script=OPENED)

            loaded = blocks.load(self.look, exchanges, [status, library, talk, clock], queue=False, **QUIET)
            loaded.then(None, None, None, js=FOCUS, **QUIET)
            clock.tick(self.tick, exchanges, [status, library, talk, clock], queue=False, **QUIET)
            shown = [question, send, exchanges, talk]
            asking = [question.submit, send.click]
            # What is sent while an earlier sending is under way, if only of nothing, comes after it and is not lost.
            once_more = {"trigger_mode": "always_last", "queue": False, **QUIET}
            typed = gr.on(asking, self.begin, [question, exchanges], shown, **once_more)
            chosen = talk.choose(self.choose, exchanges, shown, queue=False, **QUIET)
            for begun in (typed, chosen):
                # The desk limits how many questions wait; a second limit here would only hide its sentence.
                panes = [exchanges, talk, sources]
                answered = begun.then(self.answer, exchanges, panes, concurrency_limit=None, **QUIET)
                failed = answered.failure(self.fail, exchanges, [exchanges, talk], queue=False, **QUIET)
                for ended in (answered, failed):
                    opened = ended.then(self.end, None, [question, send], queue=False, **QUIET)
                    opened.then(None, None, None, js=FOCUS, **QUIET)
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

    def look(self, exchanges: Exchanges) -> tuple[Any, ...]:
        """Status, list, conversation and clock, as they are now."""
        readiness = self._desk.readiness
        is_reading = readiness.stage != "ready"
        entries = self._door.documents()
        talk = gr.skip() if exchanges else conversation((), welcome(entries, str(self._door.corpus), is_reading))
        return status_line(readiness), library_list(entries), talk, gr.Timer(active=is_reading)

    def tick(self, exchanges: Exchanges) -> tuple[Any, ...]:
        """How far the reading is; all else only when it has ended, because listing many documents takes time."""
        readiness = self._desk.readiness
        if readiness.stage == "ready":
            return self.look(exchanges)
        return status_line(readiness), gr.skip(), gr.skip(), gr.skip()

    def begin(self, question: str, exchanges: Exchanges) -> tuple[Any, ...]:
        """Shows the question at once and takes no other until it is answered."""
        if not question.strip():
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        exchanges = (*exchanges, Exchange(len(exchanges) + 1, storable(question.strip())))
        closed = gr.Textbox(value="", interactive=False), gr.Button(interactive=False)
        return *closed, exchanges, conversation(exchanges)

    def choose(self, exchanges: Exchanges, event: gr.EventData) -> tuple[Any, ...]:
        """Asks one of the questions that the page offered."""
        return self.begin(str(event.question), exchanges)

    async def answer(self, exchanges: Exchanges) -> tuple[Any, ...]:
        """Answers the question that waits, if one does; an error a person can mend becomes its answer."""
        if not exchanges or not exchanges[-1].is_waiting:
            return gr.skip(), gr.skip(), gr.skip()
        *earlier, waiting = exchanges
        try:
            answer = await asyncio.wrap_future(self._desk.ask(waiting.question, history(earlier)))
            done = await asyncio.to_thread(self._completed, waiting, answer)
        except SumberError as error:
            done = replace(waiting, body=error_body(str(error)))
        exchanges = (*earlier, done)
        groups = {exchange.turn: exchange.sources for exchange in exchanges if exchange.sources}
        return exchanges, conversation(exchanges), source_groups(groups)

    def fail(self, exchanges: Exchanges) -> tuple[Any, ...]:
        """Ends the wait for an answer that will not come."""
        exchanges = tuple(replace(e, body=error_body(UNEXPECTED)) if e.is_waiting else e for e in exchanges)
        return exchanges, conversation(exchanges)

    def end(self) -> tuple[Any, ...]:
        return gr.Textbox(interactive=True), gr.Button(interactive=True)

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

    def _completed(self, waiting: Exchange, answer: Answer) -> Exchange:
        shown = answer.citations if answer.status == "answered" else answer.passages
        searched = sum(entry.state == "indexed" for entry in self._door.documents())
        return replace(
            waiting,
            said=answer.text,
            body=answer_body(waiting.turn, waiting.question, answer, searched),
            sources=answer_sources(waiting.turn, answer, self._documents([one.document for one in shown])),
        )

    def _documents(self, paths: Sequence[str]) -> dict[str, Document]:
        """Those of the documents that are still in the library."""
        found = {}
        for path in dict.fromkeys(paths):
            with contextlib.suppress(SumberError):
                found[path] = self._door.document(path)
        return found


def theme() -> gr.themes.Base:
    """Gradio's plainest theme, without the fonts that it would fetch; all else is in style.css."""
    base = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    # The two colours that the page has before its style has arrived.
    return base.set(body_background_fill=PAPER, body_background_fill_dark=PAPER_DARK)


def head() -> str:
    """The style, in the head because Gradio's own `css` loses what stands inside a media query."""
    return f"<style>{STYLE.read_text(encoding='utf-8')}</style>"


def _pane(name: str, value: str = "", script: str | None = None) -> Any:
    """A part of the page that is HTML. Typed loosely: Gradio makes its events from the names in the script."""
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=script, html_template="${value}")
