"""An answer after the fact: read back from JSON, how its quotes stand today, and as Markdown. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeVar, cast
from urllib.parse import quote as percent_encoded
from urllib.parse import urlsplit

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from rag.types import Answer, Citation, Passage, SumberError

LONGEST_LINK = 2000  # characters; browsers and sitemaps stop at about this length
SHORTEST_ELSEWHERE = 25  # characters; a shorter sentence ("See below.") stands in other documents by chance

Moment = AwareDatetime  # a time without its zone is refused where it is read
T = TypeVar("T")


class DamagedError(SumberError):
    """Stored data is not what was written. The message names the first thing wrong with it."""


@lru_cache(maxsize=16)
def _reader(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def read(kind: type[T], data: bytes | str) -> T:
    """JSON as one of our dataclasses, every field checked. Fields that it does not know are passed over.

    Raises:
        DamagedError: it is no JSON, or a field is missing or of another kind.
    """
    try:
        return cast(T, _reader(cast(Any, kind)).validate_json(data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "as a whole"
        raise DamagedError(f"the stored data is damaged ({place}: {first['msg']}). Restore it from a copy") from error
    except SumberError as error:  # a Scope refuses a date with an error of its own
        raise DamagedError(f"the stored data is damaged ({error}). Restore it from a copy") from error


# --- how a quote stands today ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What has become of a citation since it was shown.

    "unchanged": the quote stands where it stood. "moved": elsewhere in its document, or in another. "source changed":
    the document no longer holds it. "gone": neither the document nor the quote is there.
    """

    state: Literal["unchanged", "moved", "source changed", "gone"]
    document: str = ""  # where the quote stands now; empty where it stands nowhere
    start: int = 0  # code points in that document's stored text
    end: int = 0
    is_edited: bool = False  # the file is not the one that was quoted, whether or not the quote still stands


def standing(
    citation: Citation,
    text_now: str | None,
    hash_then: str | None,
    hash_now: str | None,
    find_elsewhere: Callable[[str], Sequence[Passage]],
) -> Standing:
    """How a citation stands today.

    Args:
        text_now: stored text of its document, None where that is no longer indexed.
        hash_then, hash_now: sha256 of the document's bytes.
        find_elsewhere: passages near to a text, such as `Assistant.retrieve` finds; asked only where the document
            itself no longer holds the quote. Only one with the quote's own words counts.
    """
    document, is_edited = citation.document, hash_then != hash_now
    if text_now is not None:
        if 0 <= citation.start < citation.end and text_now[citation.start : citation.end] == citation.quote:
            return Standing("unchanged", document, citation.start, citation.end, is_edited)
        span = nearest_place(citation.quote, text_now, citation.start)
        if span:
            return Standing("moved", document, *span, is_edited)
    for passage in find_elsewhere(citation.quote) if len(citation.quote) >= SHORTEST_ELSEWHERE else ():
        span = nearest_place(citation.quote, passage.text, 0)
        if span:
            start, end = span
            return Standing("moved", passage.document, passage.start + start, passage.start + end, is_edited)
    return Standing("gone" if text_now is None else "source changed", is_edited=is_edited)


def nearest_place(quote: str, text: str, start: int) -> tuple[int, int] | None:
    """Where a text holds the words of a quote nearest to an offset; line breaks and runs of spaces count as one."""
    words = quote.split()
    if not words:
        return None
    # No part of a longer word or number, where the quote begins or ends with a letter or digit.
    pattern = r"(?:(?<!\w)|(?!\w))" + r"\s+".join(map(re.escape, words)) + r"(?:(?!\w)|(?<!\w))"
    spans = (match.span() for match in re.finditer(pattern, text))
    return min(spans, key=lambda span: abs(span[0] - start), default=None)


# --- Markdown --------------------------------------------------------------------------------------------------------

# Every sign that Markdown or one of its dialects gives a meaning to, and what would become a link of itself.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#+=|~^$&@%]|:(?=//)|(?<=\w)\.(?=\w)|^[-:]")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_JOINERS = "\u200c\u200d"  # join or part letters in Persian, Hindi and others; no sign is seen, but they matter


def one_line(text: str) -> str:
    """Text on one line, without characters that are not seen: controls, and what turns the direction of writing."""
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace() or c in _JOINERS).split())


def inert(text: str) -> str:
    """Text on one line, as Markdown that shows just that text: no link, image, HTML or other markup comes of it."""
    return _NUMBERED.sub(r"\1\\\2", _MARKUP.sub(lambda sign: "\\" + sign.group(), one_line(text)))


def markdown(answer: Answer, label: str) -> str:
    """An answer with its sources as footnotes. The label keeps their names apart in a text with several answers."""
    known = {citation.number for citation in answer.citations}
    sentences = [
        inert(sentence.text) + "".join(f"[^{label}-{number}]" for number in sentence.citations if number in known)
        for sentence in answer.sentences
    ]
    parts = [" ".join(sentences) or inert(answer.text)]
    if answer.remark:
        parts.append(inert(answer.remark))
    if answer.citations:
        parts.append(f"Likely right: {answer.confidence:.0%}")
    parts += [_footnote(citation, label) for citation in answer.citations]
    return "\n\n".join(parts)


def _footnote(citation: Citation, label: str) -> str:
    facts = [inert(citation.credit or citation.document)]
    if citation.page is not None:
        facts.append(f"page {citation.page}")
    facts += [f"<{link}>" for link in (web_link(citation.url),) if link]
    return f"[^{label}-{citation.number}]: {', '.join(facts)}: “{inert(citation.quote)}” ({citation.verdict})"


def web_link(url: str | None) -> str:
    """An http or https address with all but plain signs percent-encoded; empty for anything else."""
    try:
        parts = urlsplit(url or "")
    except ValueError:  # such as a bracket without its partner
        return ""
    link = percent_encoded(url or "", safe="/:?#@!$&'()*+,;=%~", errors="replace")
    return link if parts.scheme in ("http", "https") and parts.hostname and len(link) <= LONGEST_LINK else ""
