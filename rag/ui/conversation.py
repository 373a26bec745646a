"""The conversation: questions, answers with their markers, refusals and errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from rag.types import Answer, Citation, DocumentEntry, Sentence, Turn
from rag.ui.listening import Listening
from rag.ui.markup import VERDICTS, Stroke, confidence_words, counted, paint, percent, sentence_case

MAX_HINTS = 5  # titles or questions offered before the first question

_FULL_STOP = re.compile(r"[.!?…。！？][\s\"'”’»」』)\]]*$")  # what ends without one is a line of a list, or a lead-in

# Questions about documents that come with Sumber, each offered only where its document is in the library.
EXAMPLES = (
    ("2016-cooperation-center-opens.md", "When did the Korea-Indonesia E-Government Cooperation Center open?"),
    ("2017-officials-training-visit.md", "How much money have Korea and Indonesia put into the Cooperation Center?"),
    ("2025-data-centre-cancelled.md", "What was the main reason Indonesia gave for leaving the data center project?"),
    ("2023-asean-korea-digital.md", "By how much was ASEAN's economy projected to grow in 2023?"),
    ("2016-cooperation-center-opens.md", "What does a train ticket from Jakarta to Bandung cost?"),  # they do not say
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn of a conversation as the page keeps it: a question, and what there is of its answer as HTML."""

    turn: int
    question: str
    said: str | None = None  # in answer; nothing of a question that is declined, None of one that failed
    body: str = ""
    sources: str = ""
    listening: Listening | None = None  # while it is being answered

    @property
    def is_waiting(self) -> bool:
        return self.listening is not None


def history(exchanges: Sequence[Exchange]) -> list[Turn]:
    """What was asked and answered before, for a question that leans on it."""
    return [Turn(exchange.question, exchange.said) for exchange in exchanges if exchange.said is not None]


def conversation(exchanges: Iterable[Exchange]) -> str:
    turns = "".join(_turn(exchange) for exchange in exchanges)
    return f'<div class="log" role="log" aria-live="polite" aria-label="Conversation">{turns}</div>'


def answer_body(turn: int, asked: str, answer: Answer, searched: int, library: int) -> str:
    """An answer, or the refusal, as it stands under its question.

    Args:
        searched: documents that the question was put to.
        library: documents that there are.
    """
    where = counted(library, "document") if searched == library else f"{searched:,} of {counted(library, 'document')}"
    if answer.status == "not_found":
        body = _refusal(turn, answer, where, is_out_of_scope=bool(library) and not searched)
    else:
        asked_of = "" if searched == library else f" · asked of {where}"
        body = f"{_reply(turn, answer)}{_assurance(turn, answer, asked_of)}{_remark(answer)}"
    if answer.question == asked:
        return body
    return f'<p class="understood" dir="auto">Understood as: {escape(answer.question)}</p>{body}'


def partial_body(turn: int, answer: Answer) -> str:
    """As much of an answer as there is yet."""
    return _reply(turn, answer)


def stopped_body(body: str) -> str:
    """What there was of an answer when it was stopped, marked as such."""
    words = "Stopped here; there may have been more to say." if body else "Stopped before there was an answer."
    return f'{body}<p class="aside stopped" role="note">{words}</p>'


def error_body(sentence: str) -> str:
    return f'<p class="problem" role="alert">{escape(sentence_case(sentence))}</p>'


def invitation_to(entries: Sequence[DocumentEntry], folder: str, is_reading: bool) -> str:
    """What stands there until something is asked, as it fits the library. The style hides it from the first turn on."""
    indexed = [entry for entry in entries if entry.state == "indexed"]
    if not indexed and is_reading:
        return _greeting(
            "Your documents are being read.", "Ask already if you like: the answer comes when they are ready."
        )
    if not indexed:
        return _greeting(
            "Your library is empty.",
            f"Put files into <code>{escape(folder)}</code> and start Sumber again. It reads text, Markdown, PDF, Word,"
            " web pages and more, and by itself sends nothing anywhere.",
        )
    return _greeting(
        "Ask your documents.",
        "Every sentence of an answer leads to the passage it stands on."
        " What the documents do not say, Sumber does not say.",
        _hints(indexed),
    )


def _greeting(title: str, text: str, more: str = "") -> str:
    return f'<section class="welcome"><h2>{title}</h2><p>{text}</p>{more}</section>'


def _hints(indexed: Sequence[DocumentEntry]) -> str:
    """Questions where the library has documents that Sumber came with, otherwise what it is about."""
    paths = {entry.path for entry in indexed}
    questions = [escape(question) for path, question in EXAMPLES if path in paths][:MAX_HINTS]
    if questions:
        chip = '<li><button type="button" class="chip" data-question="{0}">{0}</button></li>'
        return _hint_list("For example", "chips", [chip.format(question) for question in questions])
    titles = [f'<li dir="auto">{escape(entry.title)}</li>' for entry in indexed[:MAX_HINTS]]
    if len(indexed) > MAX_HINTS:
        titles.append(f"<li>and {counted(len(indexed) - MAX_HINTS, 'other')}</li>")
    return _hint_list("They are about", "titles", titles)


def _hint_list(title: str, style: str, items: Sequence[str]) -> str:
    return f'<p class="kicker" id="hints">{title}</p><ul class="{style}" aria-labelledby="hints">{"".join(items)}</ul>'


def _turn(exchange: Exchange) -> str:
    body = exchange.body
    if exchange.is_waiting:
        words = "Reading on" if body else "Looking through your documents"
        body += f'<p class="thinking">{words}<span aria-hidden="true"></span></p>'
    state = " waiting" if exchange.is_waiting else ""
    return (
        f'<article class="turn{state}" id="t{exchange.turn}">'
        f'<h2 class="question" dir="auto">{escape(exchange.question)}</h2>{body}</article>'
    )


def _reply(turn: int, answer: Answer) -> str:
    by_number = {citation.number: citation for citation in answer.citations}
    marked: set[int] = set()
    sentences = [_sentence(turn, sentence, by_number, marked) for sentence in answer.sentences]
    return f'<p class="reply" dir="auto">{" ".join(sentences)}</p>'


def _assurance(turn: int, answer: Answer, asked_of: str) -> str:
    """How likely it is right and what it stands on. Words of help, which cite nothing, have neither."""
    if not answer.citations:
        return ""
    return (
        f'<p class="aside">{confidence_words(answer.confidence)} ({percent(answer.confidence)})'
        f' · <a href="#g{turn}" data-goto>{counted(len(answer.citations), "source")}</a>{asked_of}</p>'
    )


def _remark(answer: Answer) -> str:
    """What a reader should know of how it came about: a model that failed, words that no document holds."""
    return f'<p class="aside remark" role="note" dir="auto">{escape(answer.remark)}</p>' if answer.remark else ""


def _sentence(turn: int, sentence: Sentence, by_number: dict[int, Citation], marked: set[int]) -> str:
    text = paint(sentence.text, [Stroke(start, end, "strong") for start, end in sentence.marks])
    markers = "".join(_marker(turn, by_number[n], marked) for n in sentence.citations if n in by_number)
    doubt = ""
    if sentence.verdict in ("partly", "unsupported"):
        reason = f": {escape(sentence.reason)}" if sentence.reason else ""
        doubt = f' <span class="doubt">{VERDICTS[sentence.verdict]}{reason}</span>'
    line = "" if _FULL_STOP.search(sentence.text) else " line"
    return f'<span class="sentence{line}">{text}{markers}{doubt}</span>'


def _marker(turn: int, citation: Citation, marked: set[int]) -> str:
    """The [n] behind a sentence. The first one of each number has the name that its card leads back to."""
    number = citation.number
    name = "" if number in marked else f' id="m{turn}-{number}"'
    marked.add(number)
    label = escape(f"Source {number}: {citation.credit}")
    return f'<a class="marker"{name} href="#s{turn}-{number}" data-goto aria-label="{label}">[{number}]</a>'


def _refusal(turn: int, answer: Answer, where: str, is_out_of_scope: bool) -> str:
    if is_out_of_scope:
        widen = '<button type="button" class="open" data-widen>Ask all documents from now on</button>'
        return f'<div class="refusal"><p class="reply">{escape(answer.text)}</p>{_remark(answer)}{widen}</div>'
    nearest = ""
    if answer.passages:
        nearest = f' <a href="#g{turn}" data-goto>See the nearest passages</a>'
    withheld = ""
    if answer.confidence > 0:
        withheld = f" The best answer found was {percent(answer.confidence)} likely to be right, too little to give it."
    return (
        f'<div class="refusal"><p class="reply">{escape(answer.text)}</p>{_remark(answer)}'
        f'<p class="aside" dir="auto">Looked for “{escape(answer.question)}” in {where}.{withheld}{nearest}</p></div>'
    )
