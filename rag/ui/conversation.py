"""The conversation: questions, answers with their markers, refusals and errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from rag.answers import Standing, one_line, web_link
from rag.conversations import Conversation, SavedTurn, titled
from rag.smalltalk import language_of
from rag.text import without_references
from rag.types import Answer, Citation, DocumentEntry, Sentence, Turn
from rag.ui.frame import documents_link
from rag.ui.listening import Listening
from rag.ui.markup import (
    VERDICTS,
    Stroke,
    confidence_words,
    credit,
    error_words,
    in_english,
    paint,
    percent,
    place_attributes,
)
from rag.ui.sources import MAX_NEAREST, Standings, place_of
from rag.ui.why import NOT_TRACED, why
from rag.ui.wording import counted, say

MAX_HINTS = 5  # titles or questions offered before the first question
MOST_UNKNOWN = 8  # words of a question that are named as being in no document

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
    """One turn of a conversation as a page shows it: a question, and what there is of its answer as HTML."""

    turn: int
    question: str
    body: str = ""
    sources: str = ""
    tools: str = ""  # what can be done with the answer
    listening: Listening | None = None  # while it is being answered

    @property
    def is_waiting(self) -> bool:
        return self.listening is not None


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as a tab of a browser has it: what is kept of it, and what is shown."""

    kept: Conversation | None = None
    exchanges: tuple[Exchange, ...] = ()
    problem: str = ""  # why it is not kept on disk, as a sentence

    @property
    def is_waiting(self) -> bool:
        return any(exchange.is_waiting for exchange in self.exchanges)

    @property
    def history(self) -> list[Turn]:
        """What was asked and answered before, for a question that leans on it."""
        return self.kept.history if self.kept else []

    def before(self, turn: int) -> Talk:
        """The conversation as it was before one of its turns. The title goes with the question that gave it."""
        kept = self.kept
        if kept and turn == 1 and kept.turns and kept.title == titled(kept.turns[0].question):
            kept = replace(kept, title="")
        kept = kept and replace(kept, turns=kept.turns[: turn - 1])
        return replace(self, kept=kept, exchanges=self.exchanges[: turn - 1])

    def showing(self, exchange: Exchange) -> Talk:
        """The same with a turn that is new, or has more to show than before."""
        return replace(self, exchanges=(*self.exchanges[: exchange.turn - 1], exchange))


def conversation(talk: Talk) -> str:
    turns = "".join(_turn(exchange) for exchange in talk.exchanges)
    place = f' data-conversation="{talk.kept.id}"' if talk.kept and talk.kept.turns and not talk.problem else ""
    return f'<div class="log" role="log" aria-live="polite" aria-label="{say("Conversation")}"{place}>{turns}</div>'


def answer_body(
    turn: int,
    asked: str,
    answer: Answer,
    searched: int,
    library: int,
    unknown: Sequence[str] = (),
) -> str:
    """An answer, or the refusal, as it stands under its question.

    Args:
        searched: documents that the question was put to.
        library: documents that there are.
        unknown: words of the question that no document has.
    """
    where = counted(library, "document")
    if searched != library:
        where = say("{n} of {all}", n=searched, all=where)
    if answer.status == "not_found":
        body = _refusal(turn, answer, where, unknown, is_out_of_scope=bool(library) and not searched)
    else:
        asked_of = "" if searched == library else f" · {say('asked of {documents}', documents=where)}"
        body = f"{_reply(turn, answer)}{_assurance(turn, answer, asked_of)}{_remark(answer)}"
    return f"{_understood(asked, answer)}{body}{why(answer)}"


def reopened_body(turn: int, saved: SavedTurn, standings: Standings) -> str:
    """A turn that was kept, as it stands today.

    Args:
        standings: of its citations by number, as far as they are known.
    """
    if saved.failure:
        return error_body(saved.failure)
    answer = saved.answer
    if answer is None:
        return stopped_body("")
    if saved.is_stopped:
        body = stopped_body(_reply(turn, answer, standings))
    elif answer.status == "not_found":
        body = _refusal(turn, answer, "", (), is_out_of_scope=False)
    else:
        body = f"{_reply(turn, answer, standings)}{_assurance(turn, answer, '')}{_remark(answer)}"
    lost = f'<p class="not-traced">{say(NOT_TRACED)}</p>' if answer.citations or answer.passages else ""
    return f"{_understood(saved.question, answer)}{body}{_standing(answer, standings)}{lost}"


def _understood(asked: str, answer: Answer) -> str:
    if answer.question == asked:
        return ""
    words = say("Understood as: {question}", question=escape(answer.question))
    return f'<p class="understood" dir="auto">{words}</p>'


def _standing(answer: Answer, standings: Standings) -> str:
    """What has become of the sources since, in a sentence."""
    if not answer.citations:
        return ""
    if not standings:
        words = say("The documents are being read; open this again to see how its sources stand.")
        return f'<p class="since" role="note">{words}</p>'
    lost = [one for one in standings.values() if one.state in ("source changed", "gone")]
    moved = sum(one.state == "moved" for one in standings.values())
    if lost:
        sources = counted(len(standings), "source")
        words = say("◐ Since then {n} of {sources} changed or went.", n=len(lost), sources=sources)
    elif moved:
        words = say("→ Its sources still say this, {n} of {all} in another place.", n=moved, all=len(standings))
    else:
        words = say("✓ Its sources still say this, where they did.")
    return f'<p class="since" role="note">{words}</p>'


def partial_body(turn: int, answer: Answer) -> str:
    """As much of an answer as there is yet."""
    return _reply(turn, answer)


def stopped_body(body: str) -> str:
    """What there was of an answer when it was stopped, marked as such."""
    words = (
        say("Stopped here; there may have been more to say.") if body else say("Stopped before there was an answer.")
    )
    return f'{body}<p class="aside stopped" role="note">{words}</p>'


def error_body(sentence: str) -> str:
    return f'<p class="problem" role="alert">{error_words(sentence)}</p>'


def invitation_to(entries: Sequence[DocumentEntry], folder: str, is_reading: bool) -> str:
    """What stands there until something is asked, as it fits the library. The style hides it from the first turn on."""
    indexed = [entry for entry in entries if entry.state == "indexed"]
    if not indexed and is_reading:
        return _greeting(
            say("Your documents are being read."),
            say("Ask already if you like: the answer comes when they are ready."),
        )
    if not indexed:
        how = say(
            "Put files into {folder}, or add them under {documents}: they are read at once.",
            folder=f"<code>{escape(folder)}</code>",
            documents=documents_link(),
        )
        return _greeting(
            say("Your library is empty."),
            how + " "
            + say("Sumber reads text, Markdown, PDF, Word, web pages and more, and by itself sends nothing anywhere."),
        )  # fmt: skip
    return _greeting(
        say("Ask your documents."),
        say(
            "Every sentence of an answer leads to the passage it stands on."
            " What the documents do not say, Sumber does not say."
        ),
        _hints(indexed),
    )


def _greeting(title: str, text: str, more: str = "") -> str:
    return f'<section class="welcome"><h2>{title}</h2><p>{text}</p>{more}</section>'


def _hints(indexed: Sequence[DocumentEntry]) -> str:
    """Questions where the library has documents that Sumber came with, otherwise what it is about."""
    paths = {entry.path for entry in indexed}
    questions = [escape(question) for path, question in EXAMPLES if path in paths][:MAX_HINTS]
    if questions:
        chip = '<li><button type="button" class="chip" lang="en" data-question="{0}">{0}</button></li>'
        return _hint_list(say("For example"), "chips", [chip.format(question) for question in questions])
    titles = [f'<li dir="auto">{escape(entry.title)}</li>' for entry in indexed[:MAX_HINTS]]
    if len(indexed) > MAX_HINTS:
        titles.append(f"<li>{say('and {more}', more=counted(len(indexed) - MAX_HINTS, 'other'))}</li>")
    return _hint_list(say("They are about"), "titles", titles)


def _hint_list(title: str, style: str, items: Sequence[str]) -> str:
    return f'<p class="kicker" id="hints">{title}</p><ul class="{style}" aria-labelledby="hints">{"".join(items)}</ul>'


def tools(turn: int, question: str, answer: Answer | None) -> str:
    """What can be done with a turn that has ended. What a person says of an answer has its place at the end."""
    copy = ""
    if answer and answer.sentences:
        copy = f'<button type="button" class="tool" data-copy="{escape(plain(answer))}">{say("Copy")}</button>'
    again = f'<button type="button" class="tool" data-again="{turn}">{say("Ask again")}</button>'
    place = f'data-edit="{turn}" data-text="{escape(question)}"'
    edit = f'<button type="button" class="tool" {place}>{say("Edit question")}</button>'
    return f'<div class="tools-of-turn" role="group" aria-label="{say("This turn")}">{copy}{again}{edit}</div>'


def plain(answer: Answer) -> str:
    """An answer as text to paste elsewhere, its sources as footnotes.

    It is without the numbers of a document's own notes, which would be taken for those of the footnotes.
    """
    known = {citation.number for citation in answer.citations}
    text = " ".join(
        _unnumbered(one.text) + "".join(f" [{number}]" for number in one.citations if number in known)
        for one in answer.sentences
    )
    return "\n\n".join([text, *(_footnote(citation) for citation in answer.citations)])


def _footnote(citation: Citation) -> str:
    page = say("page {n}", n=citation.page) if citation.page else ""
    facts = ", ".join(filter(None, (one_line(credit(citation) or citation.document), page, web_link(citation.url))))
    return f"[{citation.number}] {facts}: “{_unnumbered(citation.quote)}”"


def _unnumbered(text: str) -> str:
    return without_references(one_line(text))


def _turn(exchange: Exchange) -> str:
    body = exchange.body
    if exchange.is_waiting:
        words = say("Reading on") if body else say("Looking through your documents")
        body += f'<p class="thinking">{words}<span aria-hidden="true"></span></p>'
    state = " waiting" if exchange.is_waiting else ""
    return (
        f'<article class="turn{state}" id="t{exchange.turn}">'
        f'<h2 class="question" dir="auto">{escape(exchange.question)}</h2>{body}'
        f'<div class="after" aria-live="off">{exchange.tools}</div></article>'
    )


def _reply(turn: int, answer: Answer, standings: Standings | None = None) -> str:
    by_number = {citation.number: citation for citation in answer.citations}
    marked: set[int] = set()
    sentences = [_sentence(turn, sentence, by_number, standings or {}, marked) for sentence in answer.sentences]
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
    return (
        f'<p class="aside remark" role="note"{_spoken(answer.remark)}>{escape(answer.remark)}</p>'
        if answer.remark
        else ""
    )


def _spoken(words: str) -> str:
    """Attributes of what an answer says by itself, which is in the language of its question."""
    return f' dir="auto" lang="{language_of(words)}"'


def _sentence(
    turn: int, sentence: Sentence, by_number: Mapping[int, Citation], standings: Standings, marked: set[int]
) -> str:
    text = paint(sentence.text, [Stroke(start, end, "strong") for start, end in sentence.marks])
    markers = "".join(
        _marker(turn, by_number[n], standings.get(n), marked) for n in sentence.citations if n in by_number
    )
    doubt = ""
    if sentence.verdict in ("partly", "unsupported"):
        reason = f": {in_english(sentence.reason)}" if sentence.reason else ""
        doubt = f' <span class="doubt">{say(VERDICTS[sentence.verdict])}{reason}</span>'
    line = "" if _FULL_STOP.search(sentence.text) else " line"
    return f'<span class="sentence{line}"><bdi>{text}</bdi>{markers}{doubt}</span>'


def _marker(turn: int, citation: Citation, standing: Standing | None, marked: set[int]) -> str:
    """The [n] behind a sentence: leads to the quote in its document, or to its card where the document has it no more.

    The first one of each number has the name that its card leads back to.
    """
    number = citation.number
    name = "" if number in marked else f' id="m{turn}-{number}"'
    marked.add(number)
    label = escape(say("Source {n}: {credit}", n=number, credit=credit(citation)))
    place = place_of(citation, standing)
    leads = place_attributes(*place) if place else "data-goto"
    return f'<a class="marker"{name} href="#s{turn}-{number}" {leads} aria-label="{label}">[{number}]</a>'


def _refusal(turn: int, answer: Answer, where: str, unknown: Sequence[str], is_out_of_scope: bool) -> str:
    """Why there is no answer, and what to do about it."""
    reply = f'<p class="reply"{_spoken(answer.text)}>{escape(answer.text)}</p>{_remark(answer)}'
    if is_out_of_scope:
        words = say("Ask all documents from now on")
        return f'<div class="refusal">{reply}<button type="button" class="open" data-widen>{words}</button></div>'
    tries = "".join(f"<li>{one}</li>" for one in _tries(unknown))
    facts = [*_facts(turn, answer, where, unknown), (say("To try"), f"<ul>{tries}</ul>")]
    rows = "".join(f"<div><dt>{name}</dt><dd>{fact}</dd></div>" for name, fact in facts)
    return f'<div class="refusal">{reply}<dl class="aside">{rows}</dl></div>'


def _facts(turn: int, answer: Answer, where: str, unknown: Sequence[str]) -> list[tuple[str, str]]:
    """What was looked for, and how near anything came."""
    trace = answer.trace
    looked = f"<bdi>“{escape(trace.searched if trace else answer.question)}”</bdi>"
    sought = say("{words} in {documents}.", words=looked, documents=where) if where else f"{looked}."
    facts = [(say("Looked for"), sought)]
    if unknown:
        words = ", ".join(f"<bdi>“{escape(word)}”</bdi>" for word in unknown[:MOST_UNKNOWN])
        facts.append((say("In no document"), f"{words}."))
    if answer.confidence > 0:
        sure, least = percent(answer.confidence), percent(trace.threshold) if trace else ""
        best = (
            say("{sure} likely to be right; an answer takes {least}.", sure=sure, least=least)
            if trace
            else say("{sure} likely to be right; too little to give it.", sure=sure)
        )
        facts.append((say("Best answer found"), best))
    if answer.passages:
        count = counted(min(len(answer.passages), MAX_NEAREST), "passage")
        link = f'<a href="#g{turn}" data-goto>{count}</a>'
        facts.append((say("Nearest"), say("{passages}, none of which answers it.", passages=link)))
    return facts


def _tries(unknown: Sequence[str]) -> list[str]:
    """What may help, the likeliest first."""
    words = [f"<bdi>“{escape(word)}”</bdi>" for word in unknown[:1]]
    return [
        *(say("Other words for {word}: the documents may use them.", word=word) for word in words),
        say("One thing at a time, by the names that the documents use."),
        say("If a document is missing, add it under {documents}.", documents=documents_link()),
    ]
