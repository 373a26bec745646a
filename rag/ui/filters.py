"""The controls that narrow a question to some documents. filters.js words what is chosen and sends it along."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.types import DocumentEntry, Scope
from rag.ui.shapes import Narrowing
from rag.ui.wording import counted, say

MAX_OFFERED = 3_000  # documents to choose from: beyond about a megabyte of list the page opens slowly
DATE = r"\d{4}(-\d{2}(-\d{2})?)?"  # as Scope takes it, so that the page can say so before the question is sent


def scope_of(sent: str | None) -> Scope:
    """What a page sent as its choice. Nothing is all documents.

    Raises:
        QuestionError: a date is none.
    """
    return Narrowing.model_validate_json(sent or "{}").scope


def filters(entries: Sequence[DocumentEntry]) -> str:
    """The line that says which documents are asked, and folded under it what that is chosen with."""
    indexed = sorted((e for e in entries if e.state == "indexed"), key=lambda e: (e.title.casefold(), e.path))
    if not indexed:
        return ""
    undated = sum(entry.published is None for entry in indexed)
    without = say("Without a date, and so left out: {documents}.", documents=counted(undated, "document"))
    more = len(indexed) - MAX_OFFERED
    return (
        f'<details class="filters"><summary><span class="scope">{say("All documents")}</span></summary>'
        f'<div class="choices" role="group" aria-label="{say("Which documents are asked")}">'
        f'<label class="field">{say("Documents")}<input type="search" name="find" autocomplete="off"'
        f' placeholder="{say("Search titles and file names")}"></label>'
        f'<ul class="offered">{"".join(map(_offer, indexed[:MAX_OFFERED]))}</ul>'
        f"{_hint(say('and {n} more, which the fields below narrow too.', n=more)) if more > 0 else ''}"
        f"{_hint(say('No title or file name has these words.'), 'data-none hidden')}"
        '<button type="button" class="open" data-choose hidden></button><div class="fields">'
        f"{_dates() if undated < len(indexed) else ''}"
        '<p class="problem" role="alert" data-no-date hidden></p>'
        f"{_select('language', say('Language'), [entry.language for entry in indexed])}"
        f"{_select('publisher', say('Publisher'), [entry.publisher for entry in indexed])}</div>"
        f"{_hint(without, 'data-undated hidden')}"
        f'</div></details><button type="button" class="open" data-widen hidden>{say("Ask all documents")}</button>'
    )


def _hint(words: str, state: str = "") -> str:
    return f'<p class="hint" {state}>{words}</p>'


def _offer(entry: DocumentEntry) -> str:
    facts = " · ".join(fact for fact in (entry.path, entry.published) if fact)
    return (
        f'<li><label><input type="checkbox" name="document" value="{escape(entry.path)}">'
        f'<span dir="auto">{escape(entry.title)}</span> <small>{escape(facts)}</small></label></li>'
    )


def _dates() -> str:
    field = (
        '<label class="field">{1}<input name="{0}" pattern="{2}" maxlength="10" placeholder="{3}"'
        ' autocomplete="off" spellcheck="false"></label>'
    )
    hint = say("2017 or 2017-10")
    return field.format("after", say("Published since"), DATE, hint) + field.format(
        "before", say("Published until"), DATE, hint
    )


def _select(name: str, words: str, known: Sequence[str | None]) -> str:
    """A choice among what the documents have, where they do not all have the same."""
    offered = {value.casefold(): escape(value) for value in known if value}
    if len(offered) + (None in known) < 2:
        return ""
    options = f'<option value="">{say("Any")}</option>' + "".join(
        f'<option value="{value}">{value}</option>' for _, value in sorted(offered.items())
    )
    return f'<label class="field">{words}<select name="{name}">{options}</select></label>'
