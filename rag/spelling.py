"""A question whose slips of the pen are mended, where the documents hold the word that was meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.text import STOP_WORDS, Span, terms
from rag.types import Passage

SHORTEST = 4  # letters of a word that is mended; shorter ones are near to too many others
LONG = 8  # letters from which on a word may have two slips
MOST_WORDS = 40  # of a question that are looked at
FAMILIAR = 0.35  # below it a question is in another language than the model's, which then knows nothing of its words

_WORD = re.compile(r"(?<![\w'’-])[^\W\d_]+(?![\w'’-])")  # no part of a compound


class Spelling(Protocol):
    """What is needed of the embedding model: which words are rightly spelt whether or not the documents hold them."""

    def familiarity(self, question: str) -> float: ...

    def whole_words(self, text: str) -> list[Span]: ...


class Lexicon(Protocol):
    """What is needed of the ledger."""

    def frequency(self, words: Sequence[str]) -> dict[str, int]: ...

    def terms_like(self, beginning: str, shortest: int, longest: int) -> dict[str, int]: ...

    def search(self, words: Sequence[str], limit: int) -> list[tuple[str, float]]: ...

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]: ...


@dataclass(frozen=True, slots=True)
class Slip:
    """A word that no document holds and no dictionary either, and the one of the documents that was likely meant."""

    span: Span  # in the question
    written: str
    meant: str


def slips(question: str, model: Spelling, lexicon: Lexicon) -> list[Slip]:
    """The slips of a question. A name is left alone: Karsten may well be another person than Karsen."""
    if model.familiarity(question) < FAMILIAR:
        return []
    whole = set(model.whole_words(question))
    found = []
    for match in list(_WORD.finditer(question))[:MOST_WORDS]:
        word = match.group()
        if match.span() in whole or len(word) < SHORTEST or not word.islower():
            continue
        own = terms(word)
        if len(own) == 1 and not lexicon.frequency(own)[own[0]]:
            meant = _surface(_nearest(own[0], lexicon), lexicon)
            if meant and OSA.distance(word, meant.casefold()) <= _allowed(word) and meant.casefold() not in STOP_WORDS:
                found.append(Slip(match.span(), word, meant))
    return found


def mended(question: str, found: Sequence[Slip]) -> str:
    """The question with the words that were meant."""
    for slip in reversed(found):
        start, end = slip.span
        question = question[:start] + slip.meant + question[end:]
    return question


def _nearest(term: str, lexicon: Lexicon) -> str:
    """The commonest of the nearest terms that begin alike; "" where none is near enough.

    Two letters exchanged are one slip (optimal string alignment).
    """
    allowed = _allowed(term)
    known = lexicon.terms_like(term[0], len(term) - allowed, len(term) + allowed)
    near = process.extract(term, list(known), scorer=OSA.distance, score_cutoff=allowed, limit=None)
    best = min(near, key=lambda one: (one[1], -known[one[0]], one[0]), default=None)
    return best[0] if best else ""


def _allowed(word: str) -> int:
    return 2 if len(word) >= LONG else 1


def _surface(term: str, lexicon: Lexicon) -> str:
    """A word of the documents that has this term, in small letters where there is one."""
    found: list[str] = []
    for passage in lexicon.passages([one for one, _ in lexicon.search([term] if term else [], 1)]).values():
        words = _WORD.findall(f"{passage.text} {passage.title} {passage.section or ''}")
        found += [word for word in dict.fromkeys(words) if terms(word) == [term]]
    return min(found, key=lambda word: not word.islower(), default="")
