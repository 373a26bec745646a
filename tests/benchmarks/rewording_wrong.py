"""The second hand's rules to make one thing of an English sentence wrong; some hold for any language."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.benchmarks.rewording_again import (
    ACTS,
    ANY_MONTH,
    BASE,
    BULAN,
    FEW,
    MONTHS,
    NAME,
    Matter,
    Rule,
    both,
    first_of,
    lower,
    one_of,
    pairs,
)


def _number(matter: Matter, text: str, rng: random.Random) -> str:
    """Ten times as many, two digits exchanged, one more, or a number of another of the quote's."""
    pattern = r"(?<![\w.,])(?!(?:1\d|20)\d\d\b)\d+(?:[.,]\d+)*(?![\w,.]*\d)|\b(?:" + "|".join(FEW[2:]) + r")\b"
    found = list(re.finditer(pattern, text))
    if not found:
        return text
    old = rng.choice(found)
    if old[0] in FEW:
        new = [FEW[(FEW.index(old[0]) + 3) % 10 + 2], str(FEW.index(old[0]) + 11), f"{old[0]} hundred"]
    else:
        new = [old[0] + "0", old[0][::-1], str(int(re.sub(r"\D", "", old[0])) + 1)]
        new += [other for other in re.findall(pattern, matter.quote) if other not in FEW]
    new = [one for one in new if one != old[0]]
    return text[: old.start()] + rng.choice(new) + text[old.end() :] if new else text


def _rank(matter: Matter, text: str, rng: random.Random) -> str:
    return one_of(
        pairs("""first:third|second:fourth|third:second|fourth:sixth|once:twice|twice:once|half:third|third:quarter
both:three|double:triple|single:double|pair:trio|hundreds:thousands|dozens:hundreds""")
    )(matter, text, rng)


def _date(matter: Matter, text: str, rng: random.Random) -> str:
    """Another day, month, decade or century."""
    styles: list[tuple[str, Callable[[re.Match[str]], str]]] = [
        (
            r"\b1(\d)(\d)(\d)\b",
            lambda m: f"1{m[1]}{m[3]}{m[2]}" if m[2] != m[3] else f"1{m[1]}{m[2]}{(int(m[3]) + 4) % 10}",
        ),
        (r"\b20([01])(\d)\b", lambda m: f"20{'0' if m[1] == '1' else '1'}{m[2]}"),
        (rf"\b(\d{{1,2}})(?= (?:{ANY_MONTH}))", lambda m: str(int(m[1]) % 28 + 1)),
        (rf"(?<=\b)({'|'.join(MONTHS)})\b(?= \d| of|,)", lambda m: MONTHS[(MONTHS.index(m[1]) + 5) % 12]),
        (rf"\b({'|'.join(BULAN)})\b(?= \d)", lambda m: BULAN[(BULAN.index(m[1]) + 5) % 12]),
        (r"\b(\d\d)th century", lambda m: f"{int(m[1]) - 2}th century"),
        (r"(\d{1,2})월", lambda m: f"{int(m[1]) % 12 + 1}월"),
        (r"(\d{1,2})일", lambda m: f"{int(m[1]) % 28 + 1}일"),
        (r"(\d{4})년", lambda m: f"{int(m[1]) + 3}년"),
    ]
    found = [style for style in styles if re.search(style[0], text)]
    if not found:
        return text
    pattern, new = rng.choice(found)
    return re.sub(pattern, new, text, count=1)


def _exchanged(pattern: str, between: str) -> Rule:
    """A rule that puts two things in each other's place, where what parts them is as described."""

    def rule(matter: Matter, text: str, rng: random.Random) -> str:
        found = list(re.finditer(pattern, text))
        places = [
            (a, b)
            for n, a in enumerate(found)
            for b in found[n + 1 :]
            if a[0] != b[0] and re.fullmatch(between, text[a.end() : b.start()])
        ]
        if not places:
            return text
        a, b = rng.choice(places)
        return text[: a.start()] + b[0] + text[a.end() : b.start()] + a[0] + text[b.end() :]

    return rule


_YEARS_EXCHANGED = _exchanged(r"\b(?:1\d|20)\d\d\b", r"(?!.*\b(?:to|or)\b)[^–-]*[a-z]{4,}[^–-]*")
_NUMBERS_EXCHANGED = _exchanged(r"(?<![\w.,$£€-])\d{1,3}(?:,\d{3})?(?![\w.,%]|-)", r"[^–-]*[a-z]{4,}[^–-]*")


def _roles(matter: Matter, text: str, rng: random.Random) -> str:
    """Who and whom confused without a name moved, or with its relation turned."""
    passive = "(?:was|were|is|are|been)"
    by = rf"\b{passive} ({ACTS}|succeeded|preceded|followed|influenced|owned|hired|inspired|attacked|acquired) by\b"
    if re.search(by, text):
        return re.sub(by, r"\1", text, count=1)
    act = rf"(?<=[a-z] )(defeated|succeeded|preceded|followed|influenced|joined|acquired|attacked) (?=(?:the )?{NAME})"
    if re.search(act, text):
        return re.sub(act, r"was \1 by ", text, count=1)
    moved = re.sub(r"\bfrom ((?:the )?[A-Z][\w ]{2,25}?) to ((?:the )?[A-Z]\w+(?: [A-Z]\w+)*)", r"from \2 to \1", text)
    kin = rf"({NAME}),? (?:is|was)?,? ?(?:the )?(son|daughter|father|mother|pupil|owner|author|founder) of ({NAME})"
    if moved == text and (match := re.search(kin, text)):
        return f"{text[: match.start()]}{match[3]}{text[match.end(1) : match.start(3)]}{match[1]}{text[match.end() :]}"
    return moved


def _name_of_quote(matter: Matter, text: str, rng: random.Random) -> str:
    """Something else that the quote names in the place of something."""
    return _replaced(text, matter.known, matter.known, rng)


def _foreign_name(matter: Matter, text: str, rng: random.Random) -> str:
    return _replaced(text, matter.known, matter.foreign, rng)


def _replaced(text: str, old: tuple[str, ...], new: tuple[str, ...], rng: random.Random) -> str:
    there = [one for one in old if re.search(rf"(?<![\w-]){re.escape(one)}(?![A-Za-z-])", text)]
    for one in rng.sample(there, len(there)):
        digits = bool(re.search(r"\d", one))
        others = [
            other
            for other in new
            if not set(other.split()) & set(one.split())
            and one not in other
            and other not in one
            and bool(re.search(r"\d", other)) == digits
            and other not in text
        ]
        if others:
            return text.replace(one, rng.choice(others), 1)
    return text


def _denied(matter: Matter, text: str, rng: random.Random) -> str:
    if re.search(r"\b(?:not|no|never|without|neither|nor|fail\w*|un\w+ed)\b|n't", text):
        return re.sub(r" not\b| never\b|n't\b", "", text, count=1)
    forms: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
        (
            rf"\b({'|'.join(BASE)})\b(?! by\b)",
            lambda m: f"{rng.choice(['did not', 'didn’t', 'refused to', 'was unable to'])} {BASE[m[1]]}",
        ),
        (r"\b(is|was|are|were)\b", r"\1 hardly"),
        (r"\b(is|was|are|were|can|has|will)\b", r"\1n't"),
        (r"\b(is|was|are|were) (an?|the)\b", r"\1 by no means \2"),
        (r"\bwith (?=an? )", "without "),
        (r"^(It|He|She|The \w+|They) (?=was|is|are|were)", r"Neither \1 nor anyone else "),
    ]
    for pattern, new in rng.sample(forms, len(forms)):
        if re.search(rf"(?<!was )(?<!were )(?<!been )(?<!is )(?<!are ){pattern}", text):
            return re.sub(rf"(?<!was )(?<!were )(?<!been )(?<!is )(?<!are ){pattern}", new, text, count=1)
    return text


_ENGLISH_TURNS = one_of(
    both("""ancestor:descendant|teacher:student|predecessor:successor|parents:children|husband:wife|mother:father
son:daughter|brother:sister|majority:minority|increases:decreases|older:younger|elder:younger
preceded:succeeded|within:outside|heavier:lighter|richest:poorest|wide:narrow|expensive:cheap|deep:shallow
hot:cold|winter:summer|northwest:southeast|northeast:southwest|north:south|east:west|eastern:western
before:after|until:since|his:her|fiction:nonfiction|actor:actress|entrance:exit|front:back|full:empty
rises:falls|larger than:smaller than|more than:fewer than|over:under|most:least|manual:automatic
enabled:disabled|enable:disable|input:output|optional:required|public:private|upload:download
encrypt:decrypt|maximum:minimum|professional:amateur|urban:rural|domestic:foreign|opened:closed|won:lost
debut:final|first:last|oldest:newest|longest:shortest|largest:smallest|highest:lowest|tallest:shortest
early:late|upper:lower|add:remove|start:stop|buy:sell|lend:borrow|true:false|positive:negative
married:divorced|hero:villain|native:foreign|live:recorded""")
)
_ENGLISH_QUANTITIES = one_of(
    pairs("""[Ss]ome:all|[Ss]everal:all|[Mm]ost:all|[Mm]any:all|[Mm]ost of:all of|at least:at most|up to:at least
more than:exactly|over (?=\\d):under |about (?=\\d):exactly |approximately:exactly
nearly:more than|around (?=\\d):exactly |almost:more than|one of the:the only|among the:the only one of the|often:always
usually:always|sometimes:always|generally:in every case|mainly:exclusively|primarily:only|mostly:entirely
partly:entirely|typically:always|a few:most|few:many|rarely:often""")
)
_ENGLISH_CERTAINTY = first_of(
    one_of(
        [
            (r"(?:may|might|could) have (\w+ed)", r"\1"),
            (r"(?:may|might|could|can) be", "is always"),
            (r"(?:may|might)", "is certain to"),
            (r"could", "did"),
            (r"should", "does"),
            (
                r"(?:is|was|are|were) (?:believed|thought|considered|rumored|reported|expected|likely) to",
                "is proven to",
            ),
            (r"(?:is|was|are|were) (?:planned|scheduled|expected|intended|due) to be", "has already been"),
            (r"(?:planned|plans|hopes|hoped|intended|intends|aims|aimed) to", "went on to"),
            (r"(?:probably|possibly|perhaps|reportedly|allegedly|apparently|supposedly)", "certainly"),
            (r"(?:seems|appears|seemed|appeared) to", "is known to"),
            (r"(?:tried|sought|attempted) to", "succeeded to"),
            ("proposed", "built"),
            ("considered", "proven"),
            ("considering", "carrying out"),
        ]
    ),
    one_of(
        [
            (
                r"^(?:\w+ ){1,4}(?:argues|argued|claims|claimed|believes|believed|suggests|suggested|said) that ",
                "",
            )
        ],
        "",
    ),
    one_of([(r"^According to [^,]{3,60}, ", ""), (r"^(?:In|Under) (?:theory|some accounts)[^,]*, ", "")], ""),
)


def _unit(matter: Matter, text: str, rng: random.Random) -> str:
    return (
        one_of(
            [
                (r"(?<=\d )(?:km|kilomet(?:er|re)s)", "hectares"),
                ("miles", "yards"),
                ("years?", "weeks"),
                ("months?", "years"),
                ("days?", "months"),
                ("hours?", "days"),
                ("minutes?", "hours"),
                ("million", "thousand"),
                ("billion", "trillion"),
                (r"(?<=\d )(?:feet|ft)", "inches"),
                (r"(?<=\d )(?:m|met(?:er|re)s)", "miles"),
                ("dollars", "pesos"),
                ("acres", "square miles"),
                ("juta", "miliar"),
                ("tahun(?= [a-z])", "minggu"),
                ("hari", "bulan"),
                ("jam", "menit"),
                (r"(?<=\d )km", "cm"),
                (r"(?<=\d )meter", "kilometer"),
                ("persen", "kali"),
            ]
        )(matter, text, rng)
        if re.search(r"\d|\b(?:two|three|four|five|six|ten)\b", text)
        else text
    )


def _added(matter: Matter, text: str, rng: random.Random) -> str:
    """With a clause of another paragraph, or a reason that nobody gave."""
    tails = [
        m[1]
        for one in matter.elsewhere
        if (m := re.search(r"(, (?:and|which|who|where|but) [a-z][^,;]{25,90})\.$", one))
    ]
    tails += [
        rng.choice(
            [
                " because its owner ran out of money",
                " as a result of public pressure",
                ", for which he was later sued",
                ", and it remains popular with tourists today",
                ", in order to avoid paying taxes",
            ]
        )
    ]
    return text.rstrip(" .") + rng.choice(tails) + "."


def _caused(matter: Matter, text: str, rng: random.Random) -> str:
    """Two things of the quote that follow each other, told as cause and effect."""
    if not (4 < len(matter.before.split()) < 20) or re.search(
        r"\b(?:because|due|cause|result|since|led|therefore)", matter.quote
    ):
        return text
    return rng.choice(
        [
            f"Because {lower(matter.before.rstrip('.'))}, {lower(text)}",
            f"{text.rstrip('.')} because {lower(matter.before)}",
        ]
    )


def _cited(matter: Matter, text: str, rng: random.Random) -> str:
    return rng.choice(matter.elsewhere) if matter.elsewhere else text


ENGLISH_WRONG: dict[str, Rule] = {
    "number": _number,
    "rank": _rank,
    "date": _date,
    "years exchanged": _YEARS_EXCHANGED,
    "numbers exchanged": _NUMBERS_EXCHANGED,
    "roles": _roles,
    "name of quote": _name_of_quote,
    "foreign name": _foreign_name,
    "denied": _denied,
    "turned": _ENGLISH_TURNS,
    "quantity": _ENGLISH_QUANTITIES,
    "certainty": _ENGLISH_CERTAINTY,
    "unit": _unit,
    "added": _added,
    "caused": _caused,
    "cited": _cited,
}
