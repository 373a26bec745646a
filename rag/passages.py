"""A `Document` to passages: sentence-aligned, inside the embedding model's window, every character in exactly one."""

from __future__ import annotations

import hashlib
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Protocol

from rag.config import INDEX_FORMAT
from rag.text import Span, sentences
from rag.types import Document, ModelError, Passage

HEADING_TOKENS = 48  # word pieces that title and section may take of the model's window; longer ones are cut
MARKERS = 8  # word pieces kept free for the model's own start and end and for what joins heading and text


class Tokenizer(Protocol):
    """What splitting needs to know of the embedding model."""

    @property
    def max_tokens(self) -> int: ...

    def token_spans(self, text: str) -> list[Span]: ...


def split(document: Document, tokenizer: Tokenizer, tokens: int) -> list[Passage]:
    """Passages of at most `tokens` word pieces, in document order; together they are the whole stored text.

    A passage never crosses a section or a page. A sentence longer than a passage is cut between words.
    """
    if tokenizer.max_tokens < HEADING_TOKENS + MARKERS + 16:
        raise ModelError("the embedding model reads too little at once. Choose another")
    limit = min(tokens, tokenizer.max_tokens - HEADING_TOKENS - MARKERS)
    spans = _packed(document, _Pieces(document.text, tokenizer), limit)
    return [_passage(document, ordinal, start, end) for ordinal, (start, end) in enumerate(spans)]


def embedded_text(passage: Passage, tokenizer: Tokenizer) -> str:
    """What of a passage is embedded: its title, section and text. Title and section help a passage to be found."""
    heading = passage.title if not passage.section else f"{passage.title} – {passage.section}"
    spans = tokenizer.token_spans(heading)
    if len(spans) > HEADING_TOKENS:
        heading = heading[: spans[HEADING_TOKENS - 1][1]]
    return f"{heading}\n{passage.text.strip()}"


class _Pieces:
    """The word pieces of a text, to count and to cut by."""

    def __init__(self, text: str, tokenizer: Tokenizer) -> None:
        self.starts, self.ends = array("l"), array("l")
        for begin, stop in _stretches(text):
            for start, end in tokenizer.token_spans(text[begin:stop]):
                for first, last in _counted(begin + start, begin + end):
                    self.starts.append(first)
                    self.ends.append(last)

    def count(self, start: int, end: int) -> int:
        return bisect_left(self.starts, end) - bisect_right(self.ends, start)

    def cut(self, start: int, end: int, limit: int) -> int:
        """Where a stretch from start must end to hold at most `limit` word pieces."""
        first = bisect_right(self.ends, start)
        return self.starts[first + limit] if first + limit < len(self.starts) else end


_STRETCH = 50_000  # characters given to the tokenizer at once: what it notes of a text takes a hundred times its size


def _stretches(text: str) -> Iterator[Span]:
    """A text in parts that end at white space, where no word piece crosses."""
    begin = 0
    while begin < len(text):
        space = re.compile(r"\s").search(text, begin + _STRETCH)
        end = space.end() if space else len(text)
        yield begin, end
        begin = end


_LONGEST_PIECE = 24  # characters; what is longer is an unknown word, whose parts may be many pieces


def _counted(start: int, end: int) -> list[Span]:
    return [(start, end)] if end - start <= _LONGEST_PIECE else [(at, at + 1) for at in range(start, end)]


def _packed(document: Document, pieces: _Pieces, limit: int) -> Iterator[Span]:
    """Spans that hold as many whole sentences as fit, and meet without gaps."""
    text = document.text
    borders = sorted({section.start for section in document.sections} | set(document.pages))
    begin = end = 0
    for start, stop in _units(text, pieces, limit):
        crosses = bisect_right(borders, start) > bisect_right(borders, begin) and not only_headings(text[begin:start])
        too_long = pieces.count(begin, stop) > limit or stop - begin > limit * _CHARACTERS
        if end > begin and (crosses or too_long):
            yield begin, start
            begin = start
        end = stop
    if text:
        yield begin, len(text)


def only_headings(text: str) -> bool:
    """Whether a stretch holds nothing but Markdown headings: they stay with what follows them."""
    return all(line.lstrip().startswith("#") for line in text.splitlines() if line.strip())


_CHARACTERS = 12  # a word of more than 100 characters is one word piece to BERT, so characters are bounded as well


def _units(text: str, pieces: _Pieces, limit: int) -> Iterator[Span]:
    """Sentences, those too long for a passage in several units."""
    for first, end in sentences(text):
        start = first
        while pieces.count(start, end) > limit or end - start > limit * _CHARACTERS:
            cut = _between_words(text, start, min(pieces.cut(start, end, limit), start + limit * _CHARACTERS))
            yield start, cut
            start = cut
        if start < end:
            yield start, end


def _between_words(text: str, start: int, cut: int) -> int:
    """The last white space before a cut, where there is one in its last fifth."""
    for position in range(cut, start + (cut - start) * 4 // 5, -1):
        if text[position - 1].isspace():
            return position
    return cut


def _passage(document: Document, ordinal: int, start: int, end: int) -> Passage:
    at = bisect_right(document.sections, start, key=lambda section: section.start) - 1
    while at + 1 < len(document.sections) and (following := document.sections[at + 1].start) < end:
        if not only_headings(document.text[start:following]):
            break
        at += 1
    section = document.sections[at].title if at >= 0 else None
    identity = f"{document.path}\0{document.sha256}\0{ordinal}\0{INDEX_FORMAT}"
    return Passage(
        id=hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:24],
        document=document.path,
        title=document.title,
        section=section,
        page=bisect_right(document.pages, start) or None if document.pages else None,
        text=document.text[start:end],
        start=start,
        end=end,
    )
