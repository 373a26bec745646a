"""The words of a question that no document holds so: slips of the pen and British spelling, which are mended, and what
is to be told of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.text import STOP_WORDS, Span, content_terms, name_spans, other_spelling, terms
from rag.types import Passage

SHORTEST = 4  # letters of a word that is mended; shorter ones are near to too many others
LONG = 8  # letters from which on a word may have two slips
MOST_WORDS = 40  # of a question that are looked at
SPELT = 5  # passages with a word, whose spelling is looked at
FAMILIAR = 0.35  # below it a question is in another language than the model's, which then knows nothing of its words

_WORD = re.compile(r"(?<![\w'’-])[^\W\d_]+(?![\w'’-])")  # no part of a compound
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")  # Kana, Han and Hangul, which have no capitals
_ASKS_IN_KOREAN = re.compile("누구|누가|무엇|무얼|무슨|뭐|뭘|언제|어디|어느|어떤|어떻|얼마|몇|며칠|왜$")
# The verb, which ends a Korean question: only there do these endings tell it from a noun.
_LAST_IN_KOREAN = re.compile(r"(?<=[요까다나냐니죠지라래줘])(?=\s*(?:[?.!]|$))|(?<=[는은인던]가)(?=\s*(?:[?.!]|$))")


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


def strangers(question: str, model: Spelling, lexicon: Lexicon) -> list[str]:
    """The words of a question, as written, that no document holds in any form and that say what it is about.

    These are numbers, names, and in a language that the model or the documents know (most of its words) others:
    rare ones, which the model's vocabulary does not hold whole. Of Kana, Han and Hangul then all but what asks.
    """
    words = list(re.finditer(r"\w+", question))[:MOST_WORDS]
    topical = {match: own for match in words if (own := content_terms(match.group())) and not _asks(match, question)}
    known = lexicon.frequency([term for own in topical.values() for term in own])
    missing = [match for match, own in topical.items() if not any(known[term] for term in own)]
    is_known = model.familiarity(question) >= FAMILIAR or 2 * len(missing) < len(topical)
    common = set(model.whole_words(question))
    names = name_spans(question)

    def is_telling(word: re.Match[str]) -> bool:
        if any(map(str.isdigit, word.group())):
            return True
        if _UNSPACED.search(word.group()):
            return is_known
        is_named = word is not words[0] and any(start <= word.start() < end for start, end in names)
        return is_named or (is_known and word.span() not in common)

    return list(dict.fromkeys(word.group() for word in missing if is_telling(word)))


def _asks(word: re.Match[str], question: str) -> bool:
    """Whether a Korean word asks, or is the verb at the end; other words that only ask are stop words."""
    return bool(_ASKS_IN_KOREAN.match(word.group()) or _LAST_IN_KOREAN.match(question, word.end()))


def mended(question: str, found: Sequence[Slip]) -> str:
    """The question with the words that were meant."""
    for slip in reversed(found):
        start, end = slip.span
        question = question[:start] + slip.meant + question[end:]
    return question


def respelt(question: str, model: Spelling, lexicon: Lexicon) -> str:
    """The question with British words in American spelling where the documents have only that, and the other way round.

    Words are found in either spelling; this is for the model, to which they are two words.
    """
    for match in reversed(list(_WORD.finditer(question))[:MOST_WORDS]):
        word, other = match.group(), other_spelling(match.group())
        if not other or model.whole_words(other) != [(0, len(other))]:
            continue
        passages = lexicon.passages([one for one, _ in lexicon.search(terms(word), SPELT)])
        held = {own.casefold() for one in passages.values() for own in _WORD.findall(one.text)}
        if other in held and word.casefold() not in held:
            written = other.capitalize() if word.istitle() else other
            question = question[: match.start()] + written + question[match.end() :]
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
