"""A follow-up question made to stand alone, without a language model.

What a turn leaves out is taken from the turn before: its names and topic words, and the names of its answer. A turn
that stands alone is left alone, so a new topic drops the old.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text import content_terms, names, sentences, stem
from rag.types import Inquiry, Turn

_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|this|these|those|former|latter|same|both|else"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )there|that(?!\s+\w+\s+(?:is|was|were|are))|ones?|another|others?"
    r"|dia|mereka|tersebut|itu|nya|beliau)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\s*(?:and|but|so|or|also|then|what about|how about|why|dan|lalu|bagaimana dengan|그리고|그럼)\b", re.IGNORECASE
)
_ENTITY_ASKED = re.compile(r"\b(?:who|whom|whose|which|what|where|siapa|mana)\b", re.IGNORECASE)
BARE = 2  # content words; a question with fewer names no topic of its own ("How much?", "When exactly?")
CARRIED = 10  # words carried over at most
LONGEST = 60  # characters; what is longer is no word to go on with


def inquiry(question: str, history: Sequence[Turn]) -> Inquiry:
    """The question with what it leaves to the turns before; with nothing where it stands alone."""
    topic: list[str] = []
    for turn in history:
        if topic and not _depends(turn.question):
            topic = []
        topic = _joined(_topic(turn), topic)
    if not topic or not _depends(question):
        return Inquiry(question)
    own = set(content_terms(question))
    carried = [word for word in topic if stem(word.strip(".,")) not in own][:CARRIED]
    return Inquiry(question, " ".join(carried), " ".join(turn.answer for turn in history))


def _depends(question: str) -> bool:
    """Whether a question leaves its topic to the turn before."""
    if _POINTS_BACK.search(question) or len(content_terms(question)) < BARE:
        return True
    return bool(_GOES_ON.match(question)) and len(content_terms(question)) <= 2 * BARE and not names(question[1:])[1:]


def _topic(turn: Turn) -> list[str]:
    """The words that say what a turn was about: names and topic words of the question, then names of the answer."""
    words = [word for word in re.findall(r"[\w’'&-]+", turn.question) if len(word) <= LONGEST]
    found = [word for word in words if content_terms(word)]
    if turn.answer and _ENTITY_ASKED.search(turn.question):
        spans = sentences(turn.answer)
        first = turn.answer[slice(*spans[0])] if spans else ""
        found += [word for name in names(first)[:3] for word in name.split()]
    return found


def _joined(first: list[str], second: list[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))
