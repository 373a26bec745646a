"""A second hand at `rewording.py`: other ways to say the same and to make one thing wrong, in three languages.

Written without regard to the checker or to the first hand's rules, over documents that neither was written with.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Matter:
    """A sentence to make a claim of, what its quote holds, and foreign things to spoil it with."""

    text: str
    before: str  # the sentence before it in the quote, empty where there is none
    quote: str
    title: str
    known: tuple[str, ...]  # things the quote names: people, places, dates
    foreign: tuple[str, ...]  # things named near by, that the quote does not hold
    elsewhere: tuple[str, ...]  # sentences of other paragraphs near by


Rule = Callable[[Matter, str, random.Random], str]

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
BULAN = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
ANY_MONTH = "|".join([*MONTHS, *BULAN])
NAME = r"(?!(?:He|She|It|They|This|Its|We)\b|\w+ly )(?<![\w’'-])[A-Z][\w’-]+(?: (?:of |de |van )?[A-Z][\w’-]+)*"
_PAST = """directed:direct|published:publish|played:play|released:release|produced:produce|joined:join|served:serve
worked:work|received:receive|won:win|wrote:write|began:begin|became:become|founded:found|created:create
led:lead|moved:move|died:die|appeared:appear|included:include|opened:open|lived:live|held:hold|took:take
made:make|went:go|started:start|established:establish|developed:develop|performed:perform|recorded:record
attended:attend|reached:reach|studied:study|married:marry|starred:star|designed:design|sold:sell
remained:remain|returned:return|graduated:graduate|defeated:defeat|replaced:replace|introduced:introduce
used:use|met:meet|signed:sign|lost:lose|gave:give|built:build"""
ACTS = (
    "directed|produced|founded|defeated|designed|created|developed|published|released|recorded|replaced|wrote|won|led"
)
_DONE = {"wrote": "written"}


def pairs(table: str) -> list[tuple[str, str]]:
    return [(one, other) for one, other in (pair.split(":") for pair in table.strip().replace("\n", "|").split("|"))]


BASE = dict(pairs(_PAST))


def both(table: str) -> list[tuple[str, str]]:
    straight = pairs(table)
    return straight + [(other, one) for one, other in straight]


def upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def lower(text: str) -> str:
    return (
        text[:1].lower() + text[1:] if re.match(r"(?:The|An?|In|On|It|He|She|They|This|His|Her|Its)\b", text) else text
    )


def one_of(pairs: list[tuple[str, str]], edge: str = r"\b") -> Rule:
    """A rule that replaces one of the expressions that a sentence holds, at random."""

    def rule(matter: Matter, text: str, rng: random.Random) -> str:
        found = [(old, new) for old, new in pairs if re.search(edge + old + edge, text)]
        if not found:
            return text
        old, new = rng.choice(found)
        return re.sub(edge + old + edge, new, text, count=1)

    return rule


def first_of(*rules: Rule) -> Rule:
    """A rule that does what one of the rules does, at random among those that do anything."""

    def rule(matter: Matter, text: str, rng: random.Random) -> str:
        for one in rng.sample(rules, len(rules)):
            if (after := one(matter, text, rng)) != text:
                return after
        return text

    return rule


# --- the same, in English ---------------------------------------------------------------------------------------------


def _voice(matter: Matter, text: str, rng: random.Random) -> str:
    """From active to passive and back."""
    if match := re.fullmatch(
        rf"({NAME}) ({ACTS}) ((?:the |a )?(?:{NAME}|[a-z ]{{4,30}}))( (?:in|for|at) [^,]+)?\.", text
    ):
        done = _DONE.get(match[2], match[2])
        return f"{upper(match[3])} was {done} by {match[1]}{match[4] or ''}."
    if match := re.fullmatch(rf"([^,;]{{4,60}}) (?:is|was|were|are) (\w+ed) by ({NAME})\.", text):
        return f"{match[3]} {match[2]} {lower(match[1])}."
    return text


def _apposition(matter: Matter, text: str, rng: random.Random) -> str:
    if match := re.fullmatch(rf"({NAME}) (?:is|was) (an? [^,.]{{5,60}}) (?:who|that|which) ([^,]+)\.", text):
        return f"{match[1]}, {match[2]}, {match[3]}."
    if match := re.fullmatch(rf"({NAME}), (an? [^,.]{{5,60}}), ([a-z][^,]+)\.", text):
        return rng.choice([f"{match[1]} was {match[2]}.", f"{match[1]} {match[3]}."])
    return text


def _split(matter: Matter, text: str, rng: random.Random) -> str:
    """The second half of a sentence that says two things of one subject, or the first."""
    if match := re.fullmatch(
        rf"((?:The )?{NAME}) ((?:is|was|has|\w+ed) [^,;]{{8,}}),? and ((?:is|was|has|\w+ed)\b [^,;]+)\.", text
    ):
        return f"{match[1]} {rng.choice([match[2], match[3]])}."
    if match := re.fullmatch(r"([^;]{25,});? ?(?:, (?:and|but)|;) ((?:it|he|she|they|the) [^;]{15,})\.", text):
        return upper(rng.choice([match[1], match[2]])) + "."
    return text


def _joined(matter: Matter, text: str, rng: random.Random) -> str:
    if 5 < len(matter.before.split()) < 16 and matter.before.endswith("."):
        return f"{matter.before[:-1]}{rng.choice([', and', ';', ' –'])} {lower(text)}"
    return text


def _resolved(matter: Matter, text: str, rng: random.Random) -> str:
    """With the document's subject instead of the pronoun that stands for it."""
    subject = re.sub(r" \(.*", "", matter.title)
    if not subject or not matter.before.startswith(subject) or " and " in subject:
        return text
    return re.sub(r"^(?:He|She|It)\b(?= (?:is|was|has|had|\w+ed)\b)", subject, text)


def _cleft(matter: Matter, text: str, rng: random.Random) -> str:
    match = re.fullmatch(rf"({NAME}) ({ACTS}) ([^,;]+)\.", text)
    return f"It was {match[1]} who {match[2]} {match[3]}." if match else text


def _fronted(matter: Matter, text: str, rng: random.Random) -> str:
    if match := re.fullmatch(
        r"([A-Z][^,;]{15,}) ((?:in|at|near|since|until|between|from) (?:the )?[A-Z0-9][^,;]{2,30})\.", text
    ):
        return f"{upper(match[2])}, {lower(match[1])}."
    if match := re.fullmatch(r"((?:In|At|Since|Until|Between|During) [^,;]{4,30}), ([^;]+)\.", text):
        return f"{upper(match[2])} {match[1][0].lower()}{match[1][1:]}."
    return text


def _date_otherwise(matter: Matter, text: str, rng: random.Random) -> str:
    month_first = rf"\b({'|'.join(MONTHS)}) (\d{{1,2}}), (\d{{4}})"
    day_first = rf"\b(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})"
    if re.search(month_first, text):
        return re.sub(month_first, rng.choice([r"the \2th of \1 \3", r"\2 \1 \3", r"\1 \2 \3"]), text, count=1)
    if re.search(day_first, text):
        return re.sub(day_first, rng.choice([r"\2 \1th, \3", r"the \1th of \2, \3", r"\3 \2 \1"]), text, count=1)
    return one_of(
        [
            ("19th century", "nineteenth century"),
            ("20th century", "twentieth century"),
            ("18th century", "eighteenth century"),
            (r"(\d{4})[-–](\d{4})", r"\1 to \2"),
            (r"the (\d{3}0)s", r"the \1's"),
            (r"[Ii]n (\d{4})", r"in the year \1"),
        ]
    )(matter, text, rng)


FEW = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def _number_otherwise(matter: Matter, text: str, rng: random.Random) -> str:
    styles: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
        (r"(?<![\d.,])(\d)(\d)0,000(?![\d,])", r"\1\g<2>0 thousand"),
        (r"(?<![\d.,])(\d{1,3}),(\d{3})(?![\d,])", r"\1 \2"),
        (r"(?<![\d.,])(\d+),000,000\b", r"\1 million"),
        (r"(\d) percent\b|(\d)%", r"\1\2 per cent"),
        (r"(?<![\d.,])(\d+)\.(\d) million", r"\1,\g<2>00,000"),
        (r"\btwelve\b", "a dozen"),
        (rf"\b({'|'.join(FEW[2:])})\b(?= [a-z]+s\b)", lambda m: str(FEW.index(m[1]))),
        (r"(?<![\w.,/–-])([2-9]|1[0-2])(?= [a-z]+s\b)", lambda m: FEW[int(m[1])]),
    ]
    found = [style for style in styles if re.search(style[0], text)]
    if not found:
        return text
    pattern, new = rng.choice(found)
    return re.sub(pattern, new, text, count=1)


_CONVERSIONS: list[tuple[str, int, str]] = [
    (r"(\d{1,3}) ?(?:km|kilomet(?:re|er)s)\b", 1000, "metres"),
    (r"(\d{1,3}) ?(?:kg|kilograms)\b", 1000, "grams"),
    (r"(\d{1,2}) ?hours\b", 60, "minutes"),
    (r"(\d{1,2}) ?minutes\b", 60, "seconds"),
    (r"(\d{1,2}) ?decades\b", 10, "years"),
    (r"(\d{1,2}) ?weeks\b", 7, "days"),
    (r"(\d{1,2}) ?years\b", 12, "months"),
    (r"(\d{1,2}) ?days\b", 24, "hours"),
    (r"(\d{1,3}) ?(?:m|met(?:re|er)s)\b", 100, "centimetres"),
]


def _converted(matter: Matter, text: str, rng: random.Random) -> str:
    """The same quantity in another unit."""
    text = (
        re.sub(
            rf"\b({'|'.join(FEW[2:])})(?= (?:hours|minutes|decades|weeks|years|days|meters|kilometers)\b)",
            lambda m: str(FEW.index(m[1])),
            text,
        )
        if text == matter.text
        else text
    )
    for pattern, factor, unit in _CONVERSIONS:
        if match := re.search(rf"(?<![\w.,–-]){pattern}(?! old| ago)", text):
            return f"{text[: match.start()]}{int(match[1]) * factor} {unit}{text[match.end() :]}"
    return matter.text


def _without(matter: Matter, text: str, rng: random.Random) -> str:
    """Without an aside, or a list's last members."""
    for pattern, new in [
        (r" \([^()]*\)", ""),
        (r", [^,]{4,60}, (?=(?:is|was|has|were|are)\b)", " "),
        (r" [–—] [^–—]+ [–—] ", " "),
        (r", (?:where|which|who|with|including) [^,]{5,80}\.$", "."),
    ]:
        if (shorter := re.sub(pattern, new, text, count=1)) != text:
            return shorter
    return text


_ENGLISH_WORDS = one_of(
    pairs("""usually:generally|formed:set up|consists:is composed|group:band|actor:performer|the same:an identical
best known:most famous|known as:called|serves as:acts as|took place:happened|held:hosted|joined:entered
plays:performs|started:commenced|residents:inhabitants|company:firm|song:track|author:writer|attorney:lawyer
city:municipality|make:produce|enables:lets|allows:enables|automatically:by itself|choose:pick|whether:if
must:has to|specify:state|ensure:make sure|additional:further|previously:formerly|soon:shortly
finally:eventually|roughly:approximately|got:obtained|show:programme|took over:assumed|grew up:was raised
based on:drawn from|located in:in|born in:a native of|named after:called after""")
)


def _told(matter: Matter, text: str, rng: random.Random) -> str:
    return rng.choice(["As the source puts it, ", "The document states that ", "Per the passage, ", "Yes, "]) + lower(
        text
    )


ENGLISH_SAME: dict[str, Rule] = {
    "voice": _voice,
    "apposition": _apposition,
    "split": _split,
    "joined": _joined,
    "pronoun resolved": _resolved,
    "cleft": _cleft,
    "fronted": _fronted,
    "date": _date_otherwise,
    "number": _number_otherwise,
    "converted": _converted,
    "shortened": _without,
    "words": _ENGLISH_WORDS,
    "told": _told,
}
