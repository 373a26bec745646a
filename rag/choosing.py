"""Which sentences are said and in what order, and what is said before them. Scoring them is not its work.

The best sentence, and with it only what it cannot do without: the cause beside an effect, the items under the line that
introduces them, the neighbour that names what a pronoun means, the other source that says something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.differing import amounts_differ, dates_differ, hedged, holds, names_differ, other_year, revokes, yes_or_no
from rag.kinds import FACTS, Kind, answering_parts, fulfils
from rag.smalltalk import language_of
from rag.text import as_said, content_terms, fold, name_spans, sentences, terms
from rag.types import Claim, Passage, Place

MOST_SENTENCES = 3
MOST_ITEMS = 12  # of one list
NEAR = 0.06  # a second sentence is said where its score comes this close to the best, and in lists and reasons
NEAR_SEVERAL = 0.10
NEAR_SURE = 0.03  # where the best holds the very thing asked for
NEAR_DIFFERING = 0.60  # another source that says something else is said where it comes this close
ALIKE = 0.7  # share of the question's terms that two sentences must both hold to speak of the same
LOOKED_AT = 16  # candidates among which other sources are sought

DIFFER = {"en": "The sources differ:", "id": "Sumber-sumbernya berbeda:", "ko": "출처마다 다릅니다:"}
YES_NO = {"en": ("No.", "Yes."), "id": ("Tidak.", "Ya."), "ko": ("아니요.", "네.")}

YEARS = {
    "en": "The source says {given}, not {asked}.",
    "id": "Sumbernya menyebut {given}, bukan {asked}.",
    "ko": "출처에는 {asked}년이 아니라 {given}년으로 나옵니다.",
}
OTHERWISE = {
    "en": "The source says otherwise than the question takes for granted.",
    "id": "Sumbernya mengatakan lain dari yang diandaikan pertanyaan.",
    "ko": "출처의 내용은 질문의 전제와 다릅니다.",
}

Published = Callable[[str], str]  # a document's path to its ISO date, empty where it has none


@dataclass(frozen=True, slots=True)
class Candidate(Place):
    """A sentence that may answer, and what speaks for it. Signals are 0 to 1 unless said otherwise."""

    rare: float  # MaxSim of question and sentence, word pieces weighed by rarity
    plain: float  # MaxSim, all word pieces alike
    words: float  # share of the question's content words in the sentence, rare ones weighing more
    kind: float  # whether the sentence holds the kind of thing asked for; .5 where words cannot tell
    fresh: float  # 0 where an earlier answer of the conversation said it already
    reader: float = 0.0  # the small reader's probability that this sentence answers, among all that it read
    share: float = 0.0  # the same if one of them does: the reader's order, also where it doubts that any answers
    lead: float = 0.0  # the reader's score of this sentence over "none answers", a difference of logits

    @property
    def place(self) -> Place:
        """The sentence alone, without what speaks for it."""
        return Place(self.passage, self.start, self.end)

    @property
    def score(self) -> float:
        """How much speaks for the sentence: orders the candidates of one question.

        The reader's share, rather than its probability: where it doubts that any sentence answers, as with questions
        in other words than the documents', it still tells which is the likeliest (first sentence right, 250 questions
        of each fitting half: SQuAD .865 to .872, ClapNQ .724 to .732, IDK-MRC .520 to .528).
        """
        likeness = self.rare + 0.5 * self.plain + 0.2 * self.words + 0.1 * self.passage.score
        return likeness + 0.13 * self.kind + 0.35 * self.fresh + 0.3 * self.share


@dataclass(frozen=True, slots=True)
class Choice:
    """What is said: claims in reading order, our own words before them, and what a reader should know."""

    claims: tuple[Claim, ...]
    lead: str = ""
    remark: str = ""


def choose(
    question: str, kind: Kind, candidates: Sequence[Candidate], passages: Sequence[Passage], published: Published
) -> Choice:
    """What to say, given the sentences that may answer, best first and at least one.

    Args:
        passages: those the sentences are from, for their neighbours.
        published: tells a document's date; asked only where sources are put in order of time.
    """
    language = language_of(question)
    dated = _changes(candidates) if kind == "change" else _differing(question, kind, candidates)
    if len(dated) > 1:
        dated.sort(key=lambda one: (published(one.passage.document), one.passage.document, one.start))
        lead = "" if kind == "change" else DIFFER[language]
        return Choice(tuple(_claim(one.place, question, kind) for one in dated), lead)
    best = candidates[0]
    heading = f"{best.passage.title} {best.passage.section or ''}"
    says = yes_or_no(question, best.text, heading)
    year = other_year(question, best.text, f"{heading} {best.passage.text}")
    remark = YEARS[language].format(asked=year[0], given=year[1]) if year else ""
    if says is False and kind in ("reason", "manner", "date"):
        remark = OTHERWISE[language]
    places = [best.place] if remark else _sought(question, kind, candidates, Neighbours(passages))
    claims = tuple(_claim(place, question, kind) for place in _unrepeated(places))
    lead = YES_NO[language][says] if kind == "polar" and says is not None and not remark else ""
    return Choice(claims, lead, remark)


def chosen_sentences(candidates: Sequence[Candidate], kind: Kind) -> list[Candidate]:
    """The best sentence and those that come near it; more for reasons and lists. Best first."""
    best = candidates[0]
    near = NEAR_SEVERAL if kind in ("reason", "list", "manner") else NEAR
    if best.kind == 1.0 and (kind in FACTS or kind == "definition"):
        near = NEAR_SURE
    chosen = [best]
    for candidate in candidates[1:]:
        if len(chosen) == MOST_SENTENCES or best.score - candidate.score > near:
            break
        if all(fold(candidate.text) != fold(other.text) for other in chosen):
            chosen.append(candidate)
    return chosen


def _claim(place: Place, question: str, kind: Kind) -> Claim:
    mark = _MARKER.match(place.text)
    start = place.start + (mark.end() if mark else 0)
    text = as_said(place.passage.text[start : place.end])
    shift = place.passage.start
    return Claim(text, place.passage, start + shift, place.end + shift, answering_parts(kind, text, question))


# --- places and their neighbours --------------------------------------------------------------------------------------

_ITEM = re.compile(r"(?:[-*+•·▪◦‣–]|\d{1,3}[.)]|[a-zA-Z]\))\s+(?=\S)")  # "A. Holt" is a name
_MARKER = re.compile(rf"#{{1,6}}\s+|{_ITEM.pattern}")


class Neighbours:
    """What stands before and after a sentence, as far as the passages found hold it."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        places = [Place(one, *span) for one in passages for span in sentences(one.text)]
        self._places = sorted(places, key=lambda place: (place.passage.document, place.at))
        self._number = {(place.passage.document, place.at): number for number, place in enumerate(self._places)}

    def before(self, place: Place) -> Place | None:
        return self._beside(place, -1)

    def after(self, place: Place) -> Place | None:
        return self._beside(place, 1)

    def _beside(self, place: Place, step: int) -> Place | None:
        number = self._number[place.passage.document, place.at] + step
        if not 0 <= number < len(self._places):
            return None
        other = self._places[number]
        first, second = (place, other) if step > 0 else (other, place)
        meets = first.passage == second.passage or first.passage.end == second.passage.start
        return other if meets and other.passage.document == place.passage.document else None

    def in_paragraph(self, place: Place) -> tuple[Place | None, Place | None]:
        """The sentences before and after in the same paragraph."""
        before, after = self.before(place), self.after(place)
        return (
            before if before and not _parted(before, place) else None,
            after if after and not _parted(place, after) else None,
        )

    def items(self, place: Place) -> list[Place]:
        """The line that introduces a list and its items, for either of them; empty where it is no list."""
        first: Place | None = place
        while first and not _introduces(first) and (_is_item(first) or _continues(self.before(first), first)):
            first = self.before(first)
        if first is None or not (_introduces(first) or _is_heading(first)):
            return []
        found = [first]
        after = self.after(first)
        while after and (_is_item(after) or _continues(found[-1], after)) and len(found) <= MOST_ITEMS:
            if _is_item(after):
                found.append(after)
            after = self.after(after)
        return found if len(found) > 1 else []


def _is_item(place: Place) -> bool:
    return bool(_ITEM.match(place.text))


def _is_heading(place: Place) -> bool:
    return place.text.startswith("#")


def _introduces(place: Place) -> bool:
    return place.text.rstrip("*_ ").endswith((":", "："))


def _gap(first: Place, second: Place) -> str:
    if first.passage == second.passage:
        return first.passage.text[first.end : second.start]
    return first.passage.text[first.end :] + second.passage.text[: second.start]


def _parted(first: Place, second: Place) -> bool:
    """Whether a paragraph ends between two sentences that follow each other."""
    return _gap(first, second).count("\n") > 1 or _is_heading(first) or _is_heading(second) or _is_item(second)


def _continues(first: Place | None, second: Place) -> bool:
    """Whether a sentence goes on in the same item."""
    return first is not None and "\n" not in _gap(first, second) and not _is_heading(first)


# --- what a sentence cannot do without --------------------------------------------------------------------------------

_THEREFORE = re.compile(
    r"(?:therefore|so|thus|hence|consequently|accordingly|as a (?:result|consequence)|for (?:this|that|these) reasons?"
    r"|because of (?:this|that|these)|(?:this|that) (?:is why|led|made|meant|caused)"
    r"|karena itu|oleh (?:karena|sebab) itu|sebab itu|maka|akibatnya)\b"
    r"|그래서|따라서|그러므로|이 때문에|그 때문에|이로 인해",
    re.IGNORECASE,
)
_SEQUENCE = re.compile(
    r"(?:first|then|next|second|third|after (?:that|this)|afterwards|finally|later"
    r"|lalu|kemudian|setelah itu|selanjutnya|akhirnya|pertama|kedua)\b|먼저|그다음|그 다음|이어|마지막으로",
    re.IGNORECASE,
)
_PERSON = re.compile(r"(?:\w+\s){0,2}(?:he|she|his|her|him|dia|beliau)\b|그는|그녀|그의", re.IGNORECASE)
_THING = re.compile(
    r"(?:it|its|they|their|ia|mereka)\b|(?:hal )?(?:itu|ini)\b"
    r"|(?!ha|bias|akhir|sebenar)\w{2,}nya\b"
    r"|the (?:cent(?:re|er)|project|program(?:me)?|company|scheme|plan|agency|ministry|committee|group|organi[sz]ation"
    r"|law)\b|이는|그것|이것|이들|그들",
    re.IGNORECASE,
)


def _sought(question: str, kind: Kind, candidates: Sequence[Candidate], near: Neighbours) -> list[Place]:
    """The sentences near the best one with what they need, in reading order."""
    best = candidates[0].place
    others = [one.place for one in chosen_sentences(candidates, kind)[1:]]
    if kind == "comparison":
        others = _other_side(question, candidates) or others
    grown = near.items(best) if _introduces(best) or kind in ("list", "manner", "reason") else []
    if kind == "reason" and not grown:
        grown = _with_cause(best, near)
    elif kind == "manner" and not grown:
        grown = _with_steps(best, near)
    if kind == "list":
        others = [place for one in others for place in near.items(one) or [one]]
    elif kind in ("reason", "manner"):
        others = [one for one in others if one.passage == best.passage]
    grown = grown or [best]
    named = _naming(question, grown[0], near)
    room = max(0, MOST_SENTENCES - len(grown)) if kind != "list" else MOST_ITEMS
    said = [*([named] if named else []), *grown, *[one for one in others if one not in grown][:room]]
    return sorted(said, key=lambda one: (one.passage.document, one.at)) if kind in ("reason", "manner") else said


def _with_cause(best: Place, near: Neighbours) -> list[Place]:
    """An effect with its cause, in document order: the sentence that says why, or else the one that goes on."""
    before, after = near.in_paragraph(best)
    if _THEREFORE.match(best.text):
        return [before, best] if before else [best]
    if _tells_why(best) or not (before or after):
        return [best]
    if before and _tells_why(before) and not _tells_why(after):
        return [before, best]
    if after is None:
        return [best]
    further = near.in_paragraph(after)[1]
    goes_on = further is not None and bool(_tells_why(further) or _THING.match(further.text))
    return [best, *(near.items(after) or [after]), *([further] if further and goes_on else [])]


def _tells_why(place: Place | None) -> bool:
    return place is not None and fulfils("reason", place.text, "") == 1.0


def _with_steps(best: Place, near: Neighbours) -> list[Place]:
    """The sentences that go on telling how: a list that follows, or steps in their order."""
    found = [best]
    while len(found) < MOST_SENTENCES and (after := near.in_paragraph(found[-1])[1]):
        if _introduces(after) and (items := near.items(after)):
            return [*found, *items]
        if not _SEQUENCE.match(after.text):
            break
        found.append(after)
    return found


def _naming(question: str, first: Place, near: Neighbours) -> Place | None:
    """The sentence before, where the first one said begins with a word for what neither it nor the question names.

    Mostly the question itself says what is meant: "How tall is the tower?" "It is 30 metres tall."
    """
    before = near.in_paragraph(first)[0]
    if before is None or any(pattern.match(before.text) for pattern in (_PERSON, _THING)):
        return None
    if _PERSON.match(first.text):
        named = {term for start, end in name_spans(before.text) for term in content_terms(before.text[start:end])}
        return before if named and not named & set(terms(question)) else None
    return before if _THING.match(first.text) and not set(content_terms(before.text)) & set(terms(question)) else None


def _other_side(question: str, candidates: Sequence[Candidate]) -> list[Place]:
    """The best sentence about a thing compared that the first sentence does not name."""
    first = set(terms(candidates[0].text))
    for start, end in name_spans(question[:1].lower() + question[1:]):
        name = set(content_terms(question[start:end]))
        if name and not name & first:
            return [one.place for one in candidates[1:] if name <= set(terms(one.text))][:1]
    return []


def _unrepeated(places: Sequence[Place]) -> Iterator[Place]:
    said: list[str] = []
    for place in places:
        text = fold(place.text)
        if all(text not in other for other in said):
            said.append(text)
            yield place


# --- sources that differ ----------------------------------------------------------------------------------------------


def _changes(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best sentence with a figure of each document that comes near the best."""
    found: dict[str, Candidate] = {}
    for one in candidates[:LOOKED_AT]:
        if (
            candidates[0].score - one.score <= NEAR_DIFFERING
            and one.kind == 1.0
            and one.words >= candidates[0].words / 2
        ):
            found.setdefault(one.passage.document, one)
    return list(found.values())[:MOST_SENTENCES]


def _differing(question: str, kind: Kind, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best sentence, and of each other document one that speaks of the same and says something else."""
    found = [candidates[0]]
    for one in candidates[1:LOOKED_AT]:
        if len(found) < MOST_SENTENCES and found[0].score - one.score <= NEAR_DIFFERING:
            apart = all(one.passage.document != other.passage.document for other in found)
            if apart and any(_contradict(question, kind, other, one) for other in found):
                found.append(one)
    return found


def _contradict(question: str, kind: Kind, one: Candidate, other: Candidate) -> bool:
    given = set(terms(one.passage.title)) & set(terms(other.passage.title))
    asked = set(content_terms(question)) - given
    shared = holds(asked, one.text) & holds(asked, other.text)
    revoked = not revokes(question) and revokes(one.text) != revokes(other.text)
    if kind in ("date", "polar", "other") and revoked and len(shared) >= max(min(2, len(asked)), 0.4 * len(asked)):
        return True
    named = {
        term
        for start, end in name_spans(question[:1].lower() + question[1:])
        for term in content_terms(question[start:end])
    }
    alike = (
        asked - named <= shared and len(shared) >= max(1, ALIKE * len(asked)) and hedged(one.text) == hedged(other.text)
    )
    if not alike or one.kind < 1.0 or other.kind < 1.0:
        return False
    if kind == "date":
        return dates_differ(one.text, other.text)
    if kind in ("amount", "count", "duration"):
        return amounts_differ(one.text, other.text)
    return kind in FACTS and names_differ(question, one.text, other.text)
