"""Does the cited text support the sentence: a verdict per sentence, with the reason in plain words.

Decided without a language model, and failing closed: figures and names must be the source's and stand where they stand
there, nothing may be denied or turned round, and most words must be held. What is merely unsure is supported in part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from rag.claims import (
    FEW,
    NEAR,
    NONE,
    SIDES,
    SMALL_SIDES,
    STRONG,
    UNITS,
    Change,
    Reading,
    Word,
    around,
    beside,
    changes,
    family,
    meant_sentences,
    read,
    slots,
    word_set,
)
from rag.contrasts import HEDGES, PEOPLES, Figure, same_people
from rag.text import as_said, fold, stem
from rag.types import Verdict

# Share of a sentence's content words that its quote must hold, for a paraphrase to count as supported or partly so.
SUPPORTED, PARTLY = 0.6, 0.35
LONGEST_SENTENCE, LONGEST_QUOTE = 1_000, 10_000  # characters; a cited span is a passage at most
MOST = 12  # words of a direction that are compared

_NO_DENIAL = word_set("only just merely doubt more less fewer later")  # after `not` or `no`
_MERELY = word_set("not no never none nor neither tidak bukan belum tanpa tak")  # without a meaning of their own
_PREFIXES = {"un": 4, "non": 4, "dis": 6, "in": 6, "im": 6, "il": 6, "ir": 6}  # least letters of what they deny
_SOFTENS = HEDGES | word_set("indicate indicates indicated appear appears appeared seem seems seemed")
_MUTUAL = frozenset(
    stem(word) for word in word_set("marry married meet met border fight fought and or join match face")
)
_AFTER_NO_NAME = word_set("in of by at on to from the a an with as for")  # "Born in", "Built by"
_COMMON_ENDING = re.compile(r"(?:s|ing|ed|ly|tion|ity|ment|ness|ism|ist|er|or|ess|ance|ence|ship|ure|age|al|ous|ive)$")
_SMALLEST = {"mm": (1, "mm"), "cm": (10, "mm"), "m": (1000, "mm"), "km": (1_000_000, "mm"), "mg": (1, "mg"),
             "g": (1000, "mg"), "kg": (1_000_000, "mg"), "second": (1, "second"), "minute": (60, "second"),
             "hour": (3600, "second"), "day": (86_400, "second"), "week": (604_800, "second"), "month": (1, "month"),
             "year": (12, "month"), "decade": (120, "month"), "century": (1200, "month")}  # fmt: skip
_COMMON_PAST = re.compile(r"(?:ed|en|[^b]ought|aught|[^-]made|built|led|won|wrote|held|sold|lost)$")
_AND = word_set("and or dan serta atau 및")
_KOREAN_NOUN = re.compile(r"[가-힣](?:은|는|이|가|을|를|의|에게|에서|에|와|과|으로|로|라는|인|도)$|[가-힣]{3}$")
_KOREAN_VERBAL = re.compile(r"(?:다|고|며|면|서|지|게|히|여|어|아|해|된|한|할|될|하는|되는|있는|없는)$")
_SOURCE = r"(?:the|this|these) (?:\w+ )?(?:source|document|passage|text|report)s?"
_SUMBER = r"(?:dokumen|sumber|teks|bacaan|kutipan|naskah)(?: (?:itu|ini|tersebut))?"
_CHULCHEO = r"(?:(?:이|위|해당|제시된) ?)?(?:문서|자료|출처|본문|글|지문)"
_FRAME = re.compile(
    rf"^\s*(?:(?:according to|as stated in|based on|in) {_SOURCE},?"
    rf"|{_SOURCE} (?:\w+ )?(?:says?|states?|notes?|explains?|mentions?) that"
    rf"|(?:menurut|berdasarkan|dalam) {_SUMBER},?|{_SUMBER} (?:me\w+|ber\w+) bahwa"
    rf"|{_CHULCHEO}에 (?:따르면|의하면|따라),?)\s+",
    re.IGNORECASE,
)


# --- the verdict ------------------------------------------------------------------------------------------------------


def check(sentence: str, quote: str) -> tuple[Verdict, str]:
    """The verdict on a sentence that cites a quote, and the reason where it is not the best one."""
    said, source = (fold(as_said(text)) for text in (sentence, quote))
    if said and _stands_in(said, source):
        return "verbatim", ""
    if len(sentence) > LONGEST_SENTENCE or len(quote) > LONGEST_QUOTE:
        return "unsupported", "it is too long to be checked"
    return _judged(read(_FRAME.sub("", sentence)), read(quote))


def _judged(claim: Reading, ground: Reading) -> tuple[Verdict, str]:
    foreign = [*_foreign_figures(claim, ground), *_foreign_names(claim, ground)]
    if foreign:
        return "unsupported", f"{', '.join(foreign)} {'is' if len(foreign) == 1 else 'are'} not in the source"
    for judge in (_misplaced, _exchanged, _denied, _turned):
        if reason := judge(claim, ground):
            return "unsupported", reason
    differences = list(changes(claim, ground))
    if reason := next(filter(None, (_replaced(one, ground) for one in differences)), ""):
        return "unsupported", reason
    if reason := next(filter(None, (_surer(one, claim, ground) for one in differences)), ""):
        return "partly", reason
    return _coverage(claim, ground)


def _stands_in(said: str, source: str) -> bool:
    """Whether a text stands in another, and not as a part of a word in Latin letters or of a number."""
    at = source.find(said)
    while at >= 0:
        around = source[max(0, at - 1) : at] + source[at + len(said) : at + len(said) + 1]
        if not any(char.isascii() and char.isalnum() for char in around):
            return True
        at = source.find(said, at + 1)
    return False


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
    if _levelled(figure, ground) == _levelled(other, ground):
        return True
    if figure.value != other.value or not figure.unit:
        return figure.value == other.value and other.unit != "%"
    return not other.unit and (figure.unit == "th" or stem(figure.unit) in ground.places)


def _levelled(figure: Figure, ground: Reading) -> tuple[Decimal, str]:
    """A quantity in the smallest unit of its kind: 2 hours and 120 minutes are the same."""
    value = figure.value or Decimal(0)
    if ground.indonesian and re.fullmatch(r"\d{1,3}\.\d{3}", figure.written):
        value *= 1000  # a point between thousands
    factor, unit = _SMALLEST.get(figure.unit, (1, figure.unit))
    return value * factor, unit


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
    if not word.head or not word.text[0].isupper() or word.key in STRONG or not after or after[0].clause != word.clause:
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
    if key in ground.places or key in ground.compounds or PEOPLES.get(key, NONE) & ground.peoples:
        return True
    if word.text[0].isupper() and not word.head:
        if word.text.isupper() and len(key) > 1 and any(key in run for run in ground.initials):
            return True
        return any(same_people(word.text, ground.words[at].text) for at in ground.families.get(family(key), ()))
    if loosely and SIDES.get(key, NONE) & ground.sides:
        return True
    return any(_kin(key, ground.words[at].key) for at in ground.families.get(family(key), ()))


def _kin(one: str, other: str) -> bool:
    """Whether two stems are of one family: announc and announcement, leader and lead, 대통령 and 대통령직."""
    common = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if not one.isascii():
        return common >= 2 and 2 * common >= max(len(one), len(other))
    return common >= min(5, len(one), len(other)) >= 4 and max(len(one), len(other)) - common <= 4


# --- who and what stands where ----------------------------------------------------------------------------------------


def _meet(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two places have the same word on one side."""
    return any(word and word == its for word, its in zip(one, other, strict=True))


def _misplaced(claim: Reading, ground: Reading) -> str:
    """A name or figure that stands where the source has another one."""
    theirs = list(slots(ground))
    for slot in slots(claim):
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
    for one, other in pairwise([slot for slot in slots(reading) if not slot.counted]):
        between = reading.words[one.end : other.start]
        if 0 < len(between) <= 2 * NEAR and between[0].sentence == reading.words[other.start].sentence:
            words = tuple(word.key for word in between if word.content) or tuple(word.key for word in between)
            if not _MUTUAL & set(words):
                yield one.keys, other.keys, words, any(word.key == "by" for word in between)


# --- what was put in place of what ------------------------------------------------------------------------------------


def _replaced(change: Change, ground: Reading) -> str:
    """Something else in a place, which is no other way to say the same: another name, figure, unit or opposite."""
    by = [word.text for word in (*change.said, *change.its) if word.text == "by"]
    if by and len(change.said) + len(change.its) == 1 and change.before and _COMMON_PAST.search(change.before):
        return "the source has it the other way round"
    if not change.exchange:
        return ""
    for word in change.said:
        table = SMALL_SIDES if word.key in SMALL_SIDES else SIDES
        for other in change.its:
            sides = table.get(word.key, NONE)
            if word.key != other.key and {side ^ 1 for side in sides} & table.get(other.key, NONE) - sides:
                return f"the source says {other.text}, not {word.text}"
            if (
                UNITS.get(word.key, other.key) != UNITS.get(other.key, word.key)
                and {word.key, other.key} <= UNITS.keys()
            ):
                return f"the source says {other.text}, not {word.text}"
    return _another(change, ground)


def _another(change: Change, ground: Reading) -> str:
    """A name, figure or Korean noun of elsewhere in the source, in the place of another of its kind."""
    for kind in (_is_figure, _is_name):
        said = [word for word in change.said if kind(word, ground)]
        its = [word for word in change.its if kind(word, ground)]
        if not said or not its or not all(word.figure or _held(word, ground, loosely=False) for word in said):
            continue
        alike = any(_alike(one, other, ground) for one in said for other in its)
        short = any(word.text.isupper() and any(word.key in run for run in ground.initials) for word in its)
        if not alike and not short and not {word.key for word in said} <= set(_listed(ground, change.its_place)):
            return f"the source has {_text(its)} where it says {_text(said)}"
    return ""


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _alike(one: Word, other: Word, ground: Reading) -> bool:
    return one.key == other.key or _kin(one.key, other.key) or _same(one.figure, other.figure, ground)


def _is_figure(word: Word, ground: Reading) -> bool:
    return bool(word.figure)


def _is_name(word: Word, ground: Reading) -> bool:
    """Whether a word names something: a capital away from the head of a sentence somewhere, or a Korean noun."""
    if word.content and _KOREAN_NOUN.search(word.text):
        return not _KOREAN_VERBAL.search(word.text)
    return word.name or (word.head and any(ground.words[at].name for at in ground.places.get(word.key, ())))


def _listed(ground: Reading, place: int) -> Iterator[str]:
    """The keys of the names that are listed with the one at a place: their order says nothing."""
    for step in (-1, 1):
        at = place
        while 0 <= at < len(ground.words):
            word = ground.words[at]
            if not (word.figure or _is_name(word, ground) or word.text in _AND):
                break
            yield ground.words[at].key
            at += step


def _surer(change: Change, claim: Reading, ground: Reading) -> str:
    """A claim that is surer, wider or more exact than its source, or gives a reason where that gives none."""
    for word in change.said:
        group = STRONG.get(word.key, "")
        theirs = change.its if change.exchange else ground.words
        if group and not any(STRONG.get(other.key) == group for other in theirs):
            return f"the source does not say {word.text}"
        korean = change.exchange and _KOREAN_NOUN.search(word.text) and _is_name(word, ground)
        if korean and not _held(word, ground) and any(_is_name(other, ground) for other in change.its):
            return f"{word.text} is not in the source"
    if not (change.after or change.framed) or any(word.unsure or word.text.lower() in _SOFTENS for word in change.said):
        return ""
    hedge = next((word for word in change.its if word.unsure), None)
    behind = change.its[change.its.index(hedge) + 1 :] if hedge else ()
    if (
        hedge
        and not any(word.content for word in behind)
        and len(behind) <= FEW
        and not any(word.unsure and word.key == hedge.key for word in claim.words)
    ):
        return f"the source is less sure: {hedge.text}"
    return ""


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


def _denied(claim: Reading, ground: Reading) -> str:
    """A claim that denies what its source does not, or says what its source denies."""
    meant = meant_sentences(claim, ground)
    said, its = _denials(claim, {word.sentence for word in claim.words}), _denials(ground, meant)
    everywhere = _denials(ground, {word.sentence for word in ground.words}) if said else its
    denied = {key for _, *scope in everywhere for key in scope}
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
        sides = SIDES.get(word.key, NONE)
        if not sides or word.name:
            continue
        agreeing = [at for at, other in enumerate(ground.words) if SIDES.get(other.key, NONE) & sides][:MOST]
        others = {side ^ 1 for side in sides}
        against = [at for at, other in enumerate(ground.words) if SIDES.get(other.key, NONE) & others][:MOST]
        for at in against:
            turned = ground.words[at].key != word.key and _stands_for(claim, place, ground, at, agreeing)
            if turned and _is_denied(claim, place) == _is_denied(ground, at):
                return f"the source says {ground.words[at].text}, not {word.text}"
    return ""


def _stands_for(claim: Reading, place: int, ground: Reading, at: int, agreeing: list[int]) -> bool:
    """Whether a claim's word stands where its source has another, and is not better matched by those that agree."""
    here, there = beside(claim, place, place + 1), beside(ground, at, at + 1)
    if here == there and any(here):
        return not any(_meet(here, beside(ground, one, one + 1)) for one in agreeing)
    straight, crossed = _alike_around(claim, place, ground, at)
    best = max((sum(_alike_around(claim, place, ground, one)) for one in agreeing), default=0)
    return straight > best and straight >= crossed and (_meet(here, there) or straight > 1)


def _is_denied(reading: Reading, place: int) -> bool:
    return any(reading.words[place].key in scope for _, *scope in _denials(reading, {reading.words[place].sentence}))


def _alike_around(claim: Reading, place: int, ground: Reading, at: int) -> tuple[int, int]:
    """How many neighbours two words share on the same side, and how many on opposite sides."""
    left, right = (set(side) for side in around(claim, place, place + 1))
    its_left, its_right = (set(side) for side in around(ground, at, at + 1))
    return len(left & its_left) + len(right & its_right), len(left & its_right) + len(right & its_left)


def _unsure(claim: Reading, ground: Reading) -> str:
    """The word by which a source is less sure than the claim that stands on it; empty where none is."""
    ours = {key for at, word in enumerate(claim.words) if word.text.lower() in _SOFTENS for key in _scope(claim, at)}
    meant = meant_sentences(claim, ground)
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
