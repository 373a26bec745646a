"""Does the cited text support the sentence: a verdict per sentence, with the reason in plain words.

Decided without a language model, and failing closed: figures and names must be the source's and stand where they stand
there, nothing may be denied or turned round, and most words must be held. What is merely unsure is supported in part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.text import (
    DENIALS,
    HEDGES,
    PEOPLES,
    SIDES,
    STOP_WORDS,
    Figure,
    figures,
    fold,
    plain_letters,
    same_people,
    sentences,
    stem,
    terms,
    without_references,
)
from rag.types import Verdict

# Share of a sentence's content words that its quote must hold, for a paraphrase to count as supported or partly so.
SUPPORTED, PARTLY = 0.6, 0.35
LONGEST_SENTENCE, LONGEST_QUOTE, MOST = (
    1_000,
    10_000,
    12,
)  # characters; a cited span is a passage at most; words of a direction
NEAR = 4  # words on either side that tell what a word is about


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NONE: frozenset[int] = frozenset()
_NO_DENIAL = _set("only just merely doubt more less fewer later")  # after `not` or `no`
_MERELY = _set("not no never none nor neither tidak bukan belum tanpa tak")  # without a meaning of their own
_DENIES_IN_KOREAN = re.compile("않|없|못|아니")
_PREFIXES = {"un": 4, "non": 4, "dis": 6, "in": 6, "im": 6, "il": 6, "ir": 6}  # least letters of what they deny
_SOFTENS = HEDGES | _set("indicate indicates indicated appear appears appeared seem seems seemed")
_PARTING = _set("but although though while whereas which who whose")
_COUNTED = _set("one first second last")
_MUTUAL = frozenset(stem(word) for word in _set("marry married meet met border fight fought and or join match face"))
_AFTER_NO_NAME = _set("in of by at on to from the a an with as for")  # "Born in", "Built by"
_COMMON_ENDING = re.compile(r"(?:s|ing|ed|ly|tion|ity|ment|ness|ism|ist|er|or|ess|ance|ence|ship|ure|age|al|ous|ive)$")
_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[A-Za-z]*[A-Z]-\d+[A-Za-z]*|[^\W_]+(?:['’][^\W_]+)*|[,;:()\[\]—–\"“”]")
_WITH_DIGIT = re.compile(r"[a-z]-?\d|\d[a-z]")
_SOURCE = r"(?:the|this|these) (?:\w+ )?(?:source|document|passage|text|report)s?"
_FRAME = re.compile(
    rf"^\s*(?:(?:according to|as stated in|based on|in) {_SOURCE},?"
    rf"|{_SOURCE} (?:\w+ )?(?:says?|states?|notes?|explains?|mentions?) that)\s+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word or figure of a text, and what it stands among."""

    key: str  # stem, or "#" and a number for a figure
    text: str
    sentence: int
    clause: int
    head: bool = False  # the first word of a sentence
    name: bool = False  # capitalised, and not for being first
    content: bool = True  # carries a meaning of its own
    cue: bool = False  # denies what it stands with
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A text taken apart once, so that each question about it is a look-up."""

    words: tuple[Word, ...]
    places: dict[str, list[int]]  # where each key stands
    families: dict[str, list[int]]  # where words stand, by their first letters
    sides: frozenset[int]
    peoples: frozenset[int]
    initials: frozenset[str]  # of each run of capitalised words
    compounds: frozenset[str]  # words that follow each other, as one

    @property
    def figures(self) -> list[Figure]:
        return [word.figure for word in self.words if word.figure]


@lru_cache(maxsize=256)
def _read(text: str) -> Reading:
    words = tuple(_words(text))
    places: dict[str, list[int]] = {}
    families: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        if word.key not in places:
            families.setdefault(word.key[:3], []).append(place)
        places.setdefault(word.key, []).append(place)
        if word.figure:  # the words of its month and unit may be cited alone
            for key in [*terms(re.sub(r"[\d.,]+", " ", word.text)), stem(word.figure.unit)]:
                places.setdefault(key, []).append(place)
    sides, peoples = (
        frozenset(number for key in places for number in table.get(key, _NONE)) for table in (SIDES, PEOPLES)
    )
    capitals = "".join(word.text[0].lower() if word.text[0].isupper() else "." for word in words if word.content)
    compounds = frozenset(one.key + other.key for one, other in pairwise(words))
    return Reading(words, places, families, sides, peoples, frozenset(capitals.split(".")), compounds)


def _words(text: str) -> Iterator[Word]:
    """The words and figures of a text in order; punctuation and conjunctions only part its clauses."""
    clause = 0
    spans = figures(text)
    for number, (start, end) in enumerate(sentences(text)):
        clause += 1
        head = True
        position = start
        for figure in [*(one for one in spans if start <= one.start < end), None]:
            until = max(position, figure.start) if figure else end
            for match in _TOKEN.finditer(text, position, until):
                token = match.group()
                if not token[0].isalnum():
                    clause += 1
                    continue
                clause += token in _PARTING
                yield from _word(token, number, clause, head)
                head = False
            if figure:
                key = f"#{figure.date if figure.value is None else figure.value.normalize()}"
                yield Word(key, text[figure.start : figure.end], number, clause, figure=figure)
                position, head = max(position, figure.end), False


def _word(token: str, sentence: int, clause: int, head: bool) -> Iterator[Word]:
    plain = plain_letters(token.replace("’", "'"))
    base = plain.replace(".", "").removesuffix("'s").removesuffix("'")
    cue = base in DENIALS or base.endswith("n't") or bool(_DENIES_IN_KOREAN.search(base))
    name = token[0].isupper() and not head and (base not in STOP_WORDS or (token.isupper() and len(base) > 1))
    name = name or bool(_WITH_DIGIT.search(base))  # p53, PD-1
    empty = base in STOP_WORDS or base in HEDGES or base in ("one", "longer") or (len(base) < 2 and not base.isdigit())
    for key in [stem(base)] if base.isascii() else terms(base):
        yield Word(key, token, sentence, clause, head, name, name or not (empty or cue), cue)


# --- the verdict ------------------------------------------------------------------------------------------------------


def check(sentence: str, quote: str) -> tuple[Verdict, str]:
    """The verdict on a sentence that cites a quote, and the reason where it is not the best one."""
    said, source = fold(without_references(sentence)), fold(without_references(quote))
    if said and re.search(rf"(?<![a-z0-9]){re.escape(said)}(?![a-z0-9])", source):
        return "verbatim", ""
    if len(sentence) > LONGEST_SENTENCE or len(quote) > LONGEST_QUOTE:
        return "unsupported", "it is too long to be checked"
    claim, ground = _read(_FRAME.sub("", sentence)), _read(quote)
    foreign = [*_foreign_figures(claim, ground), *_foreign_names(claim, ground)]
    if foreign:
        return "unsupported", f"{', '.join(foreign)} {'is' if len(foreign) == 1 else 'are'} not in the source"
    for judge in (_misplaced, _exchanged, _denied, _turned):
        if reason := judge(claim, ground):
            return "unsupported", reason
    return _coverage(claim, ground)


def _foreign_figures(claim: Reading, ground: Reading) -> list[str]:
    """The figures of a claim that its source does not give, as they are written."""
    found = []
    for figure in claim.figures:
        if not any(_same(figure, other, ground) for other in ground.figures):
            conflict = any(figure.value == other.value for other in ground.figures)
            found.append(next(w.text for w in claim.words if w.figure is figure) if conflict else figure.written)
    return list(dict.fromkeys(found))


def _same(figure: Figure | None, other: Figure | None, ground: Reading) -> bool:
    """Whether a source's figure gives a claim's: the same number, of nothing else; a date at least as exact."""
    if figure is None or other is None:
        return False
    if figure.value is None:
        years = {int(one.value) for one in ground.figures if one.value is not None and one.value < 10_000}
        (year, month, day), (its_year, its_month, its_day) = figure.date, other.date
        fits = other.value is None and month == its_month and day in (0, its_day)
        return fits and (year in (0, its_year) or (not its_year and year in years))
    if other.value is None:
        return figure.value in other.date and not figure.unit
    if figure.value != other.value or figure.unit == other.unit:
        return figure.value == other.value
    if not figure.unit:
        return other.unit != "%"
    return not other.unit and (figure.unit == "th" or stem(figure.unit) in ground.places)


def _foreign_names(claim: Reading, ground: Reading) -> list[str]:
    """The words of a claim's proper names that its source does not hold."""
    found = []
    for place, word in enumerate(claim.words):
        if not word.content or word.key in ground.places or not (word.name or _named_at_head(claim, place)):
            continue
        if not _held(word, ground) and not _initials_held(claim, place, ground):
            found.append(word.text)
    return list(dict.fromkeys(found))


def _named_at_head(claim: Reading, place: int) -> bool:
    """Whether a sentence's first word reads like a name: a bare noun without an ending of common nouns."""
    word, after = claim.words[place], claim.words[place + 1 : place + 2]
    if not word.head or not word.text[0].isupper() or not after or after[0].clause != word.clause:
        return False
    return not _COMMON_ENDING.search(word.text) and after[0].text not in _AFTER_NO_NAME


def _initials_held(claim: Reading, place: int, ground: Reading) -> bool:
    """Whether the name around a place is spelled out where the source gives its initials."""
    start = end = place
    while start and (claim.words[start - 1].name or claim.words[start - 1].head):
        start -= 1
    while end + 1 < len(claim.words) and claim.words[end + 1].name:
        end += 1
    initials = "".join(word.text[0].lower() for word in claim.words[start : end + 1] if word.content)
    return any(len(one) > 1 and one in ground.places for one in (initials, initials[1:]))


def _held(word: Word, ground: Reading, loosely: bool = True) -> bool:
    """Whether a source holds a word: itself, one of its family or, loosely, one that may stand for it."""
    key = word.key
    if key in ground.places or key in ground.compounds or PEOPLES.get(key, _NONE) & ground.peoples:
        return True
    if word.text[0].isupper() and not word.head:
        if word.text.isupper() and len(key) > 1 and any(key in run for run in ground.initials):
            return True
        return any(same_people(word.text, ground.words[at].text) for at in ground.families.get(key[:3], ()))
    if loosely and SIDES.get(key, _NONE) & ground.sides:
        return True
    return any(_kin(key, ground.words[at].key) for at in ground.families.get(key[:3], ()))


def _kin(one: str, other: str) -> bool:
    """Whether two stems are of one family: announc and announcement, leader and lead."""
    common = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return common >= min(5, len(one), len(other)) >= 4 and max(len(one), len(other)) - common <= 4


# --- who and what stands where ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot:
    """A name, figure or first word with the content words on either side of it, empty at a sentence's edge."""

    keys: frozenset[str]
    text: str
    beside: tuple[str, str]
    figure: Figure | None
    counted: bool  # a figure, or a word such as first
    start: int
    end: int

    def means(self, other: Slot) -> bool:
        """Whether two name the same, in part or by initials."""
        initials = ["".join(word[0].lower() for word in slot.text.split()) for slot in (self, other)]
        return bool(self.keys & other.keys) or initials[0] in other.keys or initials[1] in self.keys


def _slots(reading: Reading) -> Iterator[Slot]:
    words = reading.words
    place = 0
    while place < len(words):
        word, end = words[place], place + 1
        counted = bool(word.figure) or word.text.lower() in _COUNTED
        if not counted and not word.name and not (word.head and word.content and word.text[0].isupper()):
            place += 1
            continue
        while not counted and end < len(words) and words[end].name and words[end].clause == word.clause:
            end += 1
        run = words[place:end]
        text = " ".join(one.text for one in run)
        keys = frozenset(one.key for one in run if one.content) or frozenset(one.key for one in run)
        yield Slot(keys, text, _beside(reading, place, end), word.figure, counted, place, end)
        place = end


def _around(reading: Reading, start: int, end: int) -> tuple[list[str], list[str]]:
    """The content words before and after a stretch of words in its sentence, nearest last and nearest first."""
    words, own = reading.words, reading.words[start].sentence
    before = [word.key for word in words[max(0, start - 12) : start] if word.content and word.sentence == own]
    after = [word.key for word in words[end : end + 12] if word.content and word.sentence == own]
    return before[-NEAR:], after[:NEAR]


def _beside(reading: Reading, start: int, end: int) -> tuple[str, str]:
    """The content words next to a stretch of words, empty where its sentence begins or ends."""
    before, after = _around(reading, start, end)
    return before[-1] if before else "", after[0] if after else ""


def _meet(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two places have the same word on one side."""
    return any(word and word == its for word, its in zip(one, other, strict=True))


def _misplaced(claim: Reading, ground: Reading) -> str:
    """A name or figure that stands where the source has another one."""
    theirs = list(_slots(ground))
    for slot in _slots(claim):
        own = [other for other in theirs if slot.means(other) or _same(slot.figure, other.figure, ground)]
        if not any(slot.beside) or any(_meet(slot.beside, other.beside) for other in own):
            continue
        for other in theirs:
            if other.beside == slot.beside and other.counted == slot.counted and other not in own:
                return f"the source has {other.text} where it says {slot.text}"
    return ""


def _exchanged(claim: Reading, ground: Reading) -> str:
    """Two names that the source has the other way round about the same words: who did it, and to whom."""
    theirs = list(_joined(ground))
    for one, other, words, by in _joined(claim):
        for its_one, its_other, its_words, its_by in theirs:
            if words != its_words:
                continue
            straight = bool(one & its_one or other & its_other)
            crossed = bool(one & its_other and other & its_one)
            if (crossed and not straight and by == its_by) or (straight and not crossed and by != its_by):
                return "the source has it the other way round"
    return ""


def _joined(reading: Reading) -> Iterator[tuple[frozenset[str], frozenset[str], tuple[str, ...], bool]]:
    """Neighbouring names of a sentence: the keys of both, the words between, and whether `by` is among them."""
    slots = [slot for slot in _slots(reading) if not slot.counted]
    for one, other in pairwise(slots):
        between = reading.words[one.end : other.start]
        if 0 < len(between) <= 2 * NEAR and between[0].sentence == reading.words[other.start].sentence:
            words = tuple(word.key for word in between if word.content) or tuple(word.key for word in between)
            if not _MUTUAL & set(words):
                yield one.keys, other.keys, words, any(word.key == "by" for word in between)


# --- what is denied, turned round or unsure ---------------------------------------------------------------------------


def _scope(reading: Reading, place: int) -> list[str]:
    """The keys of the words that a word governs: those after it in its clause, and where there are none, before it."""
    words = reading.words
    span = range(max(0, place - 12), min(len(words), place + 12))
    same = [at for at in span if words[at].clause == words[place].clause and words[at].content and at != place]
    chosen = [at for at in same if at > place][:NEAR] or [at for at in same if at < place][-NEAR:]
    return [words[at].key for at in chosen]


def _denials(reading: Reading, among: set[int]) -> list[list[str]]:
    """What each denying word of the sentences among those numbered governs."""
    after = [*(word.text for word in reading.words[1:]), ""]
    cues = [at for at, word in enumerate(reading.words) if word.cue and word.sentence in among]
    cues = [at for at in cues if after[at] not in _NO_DENIAL]
    return [[reading.words[at].key, *_scope(reading, at)] for at in cues]


def _meant(claim: Reading, ground: Reading) -> set[int]:
    """The sentences of a source that a claim is about: those that share most words with it."""
    shared: dict[int, int] = {}
    for key in claim.places:
        for number in {ground.words[at].sentence for at in ground.places.get(key, ()) if ground.words[at].content}:
            shared[number] = shared.get(number, 0) + 1
    return {number for number, count in shared.items() if count >= 0.7 * max(shared.values())}


def _denied(claim: Reading, ground: Reading) -> str:
    """A claim that denies what its source does not, or says what its source denies."""
    meant = _meant(claim, ground)
    said, its = _denials(claim, {word.sentence for word in claim.words}), _denials(ground, meant)
    denied = {key for _, *scope in its for key in scope}
    for cue, *scope in said:
        if cue not in _MERELY and any(cue == other for other, *_ in its):
            continue  # both refused
        governed = [key for key in scope[:2] if key in ground.places]
        if governed and denied.isdisjoint(governed) and not any(_other_denial(key, ground, denied) for key in governed):
            return "the source does not deny it"
    ours = {key for _, *scope in said for key in scope}
    for _, *scope in its:
        once = [key for key in scope[:3] if sum(ground.words[at].sentence in meant for at in ground.places[key]) == 1]
        there = [key for key in once if key in claim.places and key not in ours]
        if there and (there[0] == scope[0] or (len(there) > 1 and not said)):
            return "the source denies it"
    for word in claim.words:
        other = _opposite_form(word.key, ground) if word.content and word.key not in ground.places else ""
        if other and word.key not in ours and other not in denied:
            return f"the source says the opposite of {word.text}"
    return ""


def _other_denial(key: str, ground: Reading, denied: set[str]) -> bool:
    """Whether a source denies a word in another form: unsuccessful, the opposite, a word of the same family."""
    return bool(_opposite_form(key, ground)) or any(_kin(key, other) for other in denied)


def _opposite_form(key: str, ground: Reading) -> str:
    """The form of a word in a source that denies it, or that it denies: unsuccessful and successful."""
    for prefix, least in _PREFIXES.items():
        for other in (prefix + key, key.removeprefix(prefix)):
            if other != key and other in ground.places and min(len(other), len(key)) >= least:
                return other
    return ""


def _turned(claim: Reading, ground: Reading) -> str:
    """A direction that the source has the other way: rose for fell, before for after."""
    for place, word in enumerate(claim.words):
        sides = SIDES.get(word.key, _NONE)
        if not sides or word.name:
            continue
        agreeing = [at for at, other in enumerate(ground.words) if SIDES.get(other.key, _NONE) & sides][:MOST]
        others = {side ^ 1 for side in sides}
        against = [at for at, other in enumerate(ground.words) if SIDES.get(other.key, _NONE) & others][:MOST]
        for at in against:
            turned = ground.words[at].key != word.key and _stands_for(claim, place, ground, at, agreeing)
            if turned and _is_denied(claim, place) == _is_denied(ground, at):
                return f"the source says {ground.words[at].text}, not {word.text}"
    return ""


def _stands_for(claim: Reading, place: int, ground: Reading, at: int, agreeing: list[int]) -> bool:
    """Whether a claim's word stands where its source has another, and is not better matched by those that agree."""
    here, there = _beside(claim, place, place + 1), _beside(ground, at, at + 1)
    if here == there and any(here):
        return not any(_meet(here, _beside(ground, one, one + 1)) for one in agreeing)
    straight, crossed = _alike_around(claim, place, ground, at)
    best = max((sum(_alike_around(claim, place, ground, one)) for one in agreeing), default=0)
    return straight > best and straight >= crossed and (_meet(here, there) or straight > 1)


def _is_denied(reading: Reading, place: int) -> bool:
    return any(reading.words[place].key in scope for _, *scope in _denials(reading, {reading.words[place].sentence}))


def _alike_around(claim: Reading, place: int, ground: Reading, at: int) -> tuple[int, int]:
    """How many neighbours two words share on the same side, and how many on opposite sides."""
    left, right = (set(side) for side in _around(claim, place, place + 1))
    its_left, its_right = (set(side) for side in _around(ground, at, at + 1))
    return len(left & its_left) + len(right & its_right), len(left & its_right) + len(right & its_left)


def _unsure(claim: Reading, ground: Reading) -> str:
    """The word by which a source is less sure than the claim that stands on it; empty where none is."""
    ours = {key for at, word in enumerate(claim.words) if word.text.lower() in _SOFTENS for key in _scope(claim, at)}
    meant = _meant(claim, ground)
    for place, word in enumerate(ground.words):
        if word.text.lower() in HEDGES and word.sentence in meant and not word.name:
            said = [key for key in _scope(ground, place)[:2] if key in claim.places]
            if said and ours.isdisjoint(said):
                return word.text
    return ""


def _coverage(claim: Reading, ground: Reading) -> tuple[Verdict, str]:
    content = [word for word in claim.words if word.content]
    share = sum(bool(word.figure) or _held(word, ground) for word in content) / len(content) if content else 0.0
    if share < PARTLY:
        return "unsupported", "the source says something else"
    if share < SUPPORTED or _invented(content, ground):
        return "partly", "part of it is not in the source"
    if hedge := _unsure(claim, ground):
        return "partly", f"the source is less sure: {hedge}"
    return "supported", ""


def _invented(content: list[Word], ground: Reading) -> bool:
    """Whether words were put in: more in a row than the source has other words at that place, or three in a row."""
    run, before = 0, ""
    for word in [*content, None]:
        if word and not (word.figure or _held(word, ground, loosely=False)):
            run += 1
            continue
        if run and before:
            room = max(_room(ground, at, word.key if word else "") for at in ground.places[before])
            if run > room + (word is None):
                return True
        if run > 2:
            return True
        run, before = 0, word.key if word and word.key in ground.places else ""
    return False


def _room(ground: Reading, at: int, after: str) -> int:
    """How many words but the shortest stand behind a place of a source, up to a word or the sentence's end."""
    count = 0
    for word in ground.words[at + 1 :]:
        if word.sentence != ground.words[at].sentence or word.key == after:
            break
        count += word.content or len(word.text) > 3
    return count
