"""Sentences put into other words, and sentences with one thing made wrong, by rules that do not know the checker."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

Rule = Callable[[str, random.Random], str]

# --- other words for the same -----------------------------------------------------------------------------------------

_SAME = """
located:situated|began:started|begun:started|large:big|largest:biggest|famous:well-known|however:nevertheless
near:close to|purchased:bought|constructed:built|obtained:got|utilized:used|required:needed|assist:help|many:numerous
approximately:about|about:around|significant:important|various:several|commonly:often|primarily:mainly|founded:set up
children:kids|film:movie|area:region|city:town|received:got|created:made|established:founded|shows:demonstrates
showed:demonstrated|suggests:indicates|provide:offer|provides:offers|provided:offered|described:depicted|called:named
especially:particularly|entire:whole|rapidly:quickly|objective:goal|difficult:hard|whole:entire|ended:finished
completed:finished|also:as well|currently:at present|main:chief|important:key|moved:relocated|died:passed away
chose:selected|stated:said|said:stated|wrote:authored|released:published|people:persons|often:frequently
led to:resulted in|due to:because of|because:since|although:though|such as:like|more than:over|nearly:almost
around:about|as well as:and|part of:a portion of|began to:started to|attempted to:tried to|used to:employed to
during:in the course of|after:following|until:up to|consists of:is made up of|includes:comprises|including:among them
won:took|played:performed|studies:investigations|patients:subjects|associated with:linked to|found that:showed that
demonstrate:show|results:findings|revealed:showed|identified:discovered|caused by:brought about by|in order to:to
a number of:several|within:inside|against:versus
"""
_PAIRS = dict(pair.split(":") for pair in _SAME.replace("\n", "|").split("|") if ":" in pair)
_WRITTEN = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMERALS = dict(enumerate(_WRITTEN.split()))
_COUNTS = _WRITTEN.split()[2:]
_ANY_MONTH = "January February March April May June July August September October November December".replace(" ", "|")
_MONTH_NAMES = _ANY_MONTH.split("|")
NAME = r"(?<![\w-])(?:[A-Z][\w’'-]+)(?: [A-Z][\w’'-]+)*"


def synonyms(text: str, source: random.Random) -> str:
    words = [word for word in _PAIRS if re.search(rf"\b{word}\b", text)]
    for word in source.sample(words, min(len(words), 2)):
        text = re.sub(rf"\b{word}\b", _PAIRS[word], text, count=1)
    return text


def number_style(text: str, source: random.Random) -> str:
    """Digits for words, words for digits, separators, millions, percent."""
    styles: list[Callable[[str], str]] = [
        lambda one: re.sub(r"(?<![\d.,])(\d{1,3}),(\d{3})(?![\d,])", r"\1\2", one),
        lambda one: re.sub(r"(?<![\w.,/–-])([2-9]|1[0-2])(?= [a-z]{3})", lambda m: _NUMERALS[int(m[1])], one),
        lambda one: re.sub(rf"(?<![\w-])({'|'.join(_COUNTS)})(?= [a-z])", _digits, one),
        lambda one: re.sub(r"(\d) ?(?:%|percent\b|per cent\b)", lambda m: m[1] + source.choice(["%", " percent"]), one),
        lambda one: re.sub(r"(?<![\d.,])(\d{1,3}) million\b", r"\1,000,000", one),
        lambda one: re.sub(r"(?<![\d.,])(\d{1,3}),(\d)00,000\b", r"\1.\2 million", one),
        lambda one: re.sub(r"(?<!\w)\$(\d[\d.,]*\d(?: [mb]illion)?)", r"\1 dollars", one),
        lambda one: re.sub(r"£(\d[\d.,]*\d(?: [mb]illion)?)", r"\1 pounds", one),
    ]
    for style in source.sample(styles, len(styles)):
        text = style(text)
    return text


def _digits(match: re.Match[str]) -> str:
    return str(next(value for value, word in _NUMERALS.items() if word == match[1]))


def date_style(text: str, source: random.Random) -> str:
    day_first = re.sub(rf"\b({_ANY_MONTH}) (\d{{1,2}}) ?, (\d{{4}})", r"\2 \1 \3", text)
    if day_first != text:
        return day_first
    if source.random() < 0.3:
        return re.sub(
            rf"\b(\d{{1,2}}) ({_ANY_MONTH}) (\d{{4}})",
            lambda m: f"{m[3]}-{_MONTH_NAMES.index(m[2]) + 1:02d}-{int(m[1]):02d}",
            text,
        )
    return re.sub(rf"\b(\d{{1,2}}) ({_ANY_MONTH}) (\d{{4}})", r"\2 \1, \3", text)


def time_first(text: str, source: random.Random) -> str:
    """ "It opened in 1990." and "In 1990, it opened."."""
    if match := re.fullmatch(r"(In \d{4}) ?, (.+?) ?\.", text):
        return f"{_capital(match[2])} {match[1].replace('In', 'in')}."
    if match := re.fullmatch(r"([^,;]+) (in \d{4}|during the \w+(?: \w+)?) ?\.", text):
        return f"{_capital(match[2])}, {_lower(match[1])}."
    return text


def without_aside(text: str, source: random.Random) -> str:
    """Without what stands in parentheses or between two commas."""
    shorter = re.sub(r" ?\([^()]*\)", "", text, count=1)
    if shorter == text:
        shorter = re.sub(r" ?, (?:which|who|also|including|such as|however)\b[^,;]{3,60}, ?(?!\d)", " ", text, count=1)
    return shorter


def without_tail(text: str, source: random.Random) -> str:
    """Only the main clause."""
    match = re.fullmatch(r"(.{40,}?) ?(?:, (?:but|while|which|where|with|although|and)|;) [^;]{15,}\.", text)
    return match[1] + "." if match else text


def active(text: str, source: random.Random) -> str:
    """ "It was built by them." to "They built it."."""
    match = re.fullmatch(rf"([^,;]{{5,70}}?) (?:was|were) (\w+ed) by ((?:the )?{NAME})(| in \d{{4}}) ?\.", text)
    return f"{_capital(match[3])} {match[2]} {_lower(match[1])}{match[4]}." if match else text


def possessive(text: str, source: random.Random) -> str:
    return re.sub(rf"\bthe ([a-z]{{4,}}) of ({NAME})(?=[ ,.])(?! (?:and|of|,))", r"\2's \1", text, count=1)


def list_order(text: str, source: random.Random) -> str:
    return re.sub(rf"(?<=[a-z] )({NAME}) and ({NAME})(?=[ ,.])", r"\2 and \1", text, count=1)


def framed(text: str, source: random.Random) -> str:
    frames = ["According to the document, ", "The passage says that ", "According to the text, "]
    return source.choice(frames) + _lower(text)


def shortened(text: str, source: random.Random) -> str:
    pairs = [(" did not ", " didn't "), (" was not ", " wasn't "), (" is not ", " isn't "), (" cannot ", " can not ")]
    for long, short in pairs:
        text = text.replace(long, short)
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    """Without a capital at the head, where the head is plainly no name."""
    head = re.match(
        r"(?:The|A|An|In|It|He|She|They|This|These|Many|Most|Some|By|On|At|During|After|We|His|Its)\b", text
    )
    return text[0].lower() + text[1:] if head else text


SAME_RULES: tuple[Rule, ...] = (
    synonyms, number_style, date_style, time_first, without_aside, without_tail, active, possessive, list_order,
    framed, shortened,
)  # fmt: skip


def in_other_words(text: str, source: random.Random) -> str:
    """The sentence after two to four rules that change it; the sentence itself where fewer than two do."""
    changed = 0
    wanted = source.randint(2, 4)
    result = text
    for rule in source.sample(SAME_RULES, len(SAME_RULES)):
        if rule is framed and changed == 0:
            continue
        after = " ".join(rule(result, source).split())
        changed += after != result
        result = after
        if changed == wanted:
            break
    return result if changed > 1 else text


# --- one thing made wrong ---------------------------------------------------------------------------------------------

_TURNED = """
increased:decreased|decreased:increased|increase:decrease|reduced:increased|rose:fell|fell:rose|higher:lower
lower:higher|more:fewer|less:more|greater:smaller|before:after|after:before|first:last|last:first|largest:smallest
larger:smaller|early:late|late:early|earlier:later|later:earlier|north:south|south:north|northern:southern
southern:northern|east:west|west:east|eastern:western|western:eastern|began:ended|started:stopped|opened:closed
won:lost|lost:won|gained:lost|accepted:rejected|supported:opposed|oldest:youngest|old:new|highest:lowest
lowest:highest|above:below|below:above|allowed:forbidden|best:worst|most:least|positive:negative|strong:weak|high:low
low:high|long:short|majority:minority|included:excluded|created:destroyed|improved:worsened|bought:sold|sold:bought
left:joined|public:private|major:minor|maximum:minimum|upper:lower|inside:outside|male:female|internal:external
born:buried|common:rare|success:failure
"""
_TURNS = dict(pair.split(":") for pair in _TURNED.replace("\n", "|").split("|") if ":" in pair)
_ADDED = """
, which drew wide criticism at the time|, and was later restored by volunteers|, making it the most visited in Europe
 because of heavy rainfall|, a decision that was widely praised|, although this remains disputed by historians
, which cost several million dollars|, and received a prestigious award|, despite fierce opposition from farmers
, thanks to generous private donors|, and has since been translated into many languages|, leading to mass unemployment
, following a secret agreement|, inspired by ancient mythology|, which is illegal in most countries
, and is now displayed in a national museum|, after a lengthy court battle|, with disastrous consequences for wildlife
, using imported marble and steel|, and was sold at auction|, to the delight of critics
, under pressure from his father|, which scientists consider a hoax|, and caused a stock market crash
, while wearing a borrowed uniform
"""
_ADDITIONS = [line for line in _ADDED.replace("\n", "|").split("|") if line.strip()]
_UNIT_SWAPS = [
    (r"(\d) ?(?:%|percent)", r"\1 kilometers"), (r"\bkm\b|\bkilomet(?:er|re)s\b", "miles"),
    (r"\bmiles\b", "kilometers"),
    (r"\$(?=\d)", "€"), (r"£(?=\d)", "$"), (r"\byears\b", "months"), (r"\bmonths\b", "weeks"), (r"\bdays\b", "years"),
    (r"\bmillion\b", "billion"), (r"\bbillion\b", "million"), (r"\bhours\b", "minutes"), (r"\bthousand\b", "million"),
    (r"\bmetres\b|\bmeters\b", "feet"), (r"\bfeet\b", "meters"), (r"\bcenturies\b", "decades"),
    (r"\bdollars\b", "euros"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence to make a claim of, its quote, and other paragraphs to take what is foreign from."""

    text: str
    quote: str
    names: tuple[str, ...]  # of the same document, none of whose words are in the quote
    elsewhere: tuple[str, ...]  # sentences of other paragraphs of the same document


Alteration = Callable[[Source, str, random.Random], str]


def other_number(source: Source, text: str, rng: random.Random) -> str:
    found = [
        match for match in re.finditer(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w,.]*\d)", text) if not _is_year(match.group())
    ]
    spelled = list(re.finditer(rf"\b({'|'.join(_COUNTS)})\b(?= [a-z])", text))
    for match in rng.sample(found + spelled, len(found + spelled)):
        old = match.group()
        if old in _NUMERALS.values():
            new = rng.choice([word for word in _COUNTS if word != old])
        else:
            digits = [at for at, char in enumerate(old) if char.isdigit()]
            at = rng.choice(digits)
            new = old[:at] + rng.choice([d for d in "123456789" if d != old[at]]) + old[at + 1 :]
        if not re.search(rf"(?<![\d.]){re.escape(new)}(?![\d])", source.quote):
            return text[: match.start()] + new + text[match.end() :]
    return text


def _is_year(text: str) -> bool:
    return bool(re.fullmatch(r"1[0-9]\d\d|20\d\d", text))


def other_date(source: Source, text: str, rng: random.Random) -> str:
    found = list(re.finditer(rf"\b(?:1[0-9]\d\d|20[0-2]\d)\b|\b(?:{_ANY_MONTH})\b(?= \d|,| of)", text))
    for match in rng.sample(found, len(found)):
        old = match.group()
        new = str(int(old) + rng.choice([-20, -10, -3, -1, 1, 2, 7, 10])) if old.isdigit() else rng.choice(_MONTH_NAMES)
        if new != old and new not in source.quote:
            return text[: match.start()] + new + text[match.end() :]
    return text


def other_unit(source: Source, text: str, rng: random.Random) -> str:
    for pattern, new in rng.sample(_UNIT_SWAPS, len(_UNIT_SWAPS)):
        match = re.search(
            rf"(?:\d|\b(?:two|three|four|five|six|seven|eight|nine|ten)) ?-?(?:{pattern})|{pattern}", text
        )
        if match and re.search(r"\d", text[max(0, match.start() - 6) : match.end() + 2]):
            after = re.sub(pattern, new, text[match.start() : match.end()], count=1)
            if after not in source.quote:
                return text[: match.start()] + after + text[match.end() :]
    return text


def other_name(source: Source, text: str, rng: random.Random) -> str:
    found = [match for match in re.finditer(NAME, text) if match.group() in source.quote and _is_name(match, source)]
    if not found or not source.names:
        return text
    match = rng.choice(found)
    return text[: match.start()] + rng.choice(source.names) + text[match.end() :]


def _is_name(match: re.Match[str], source: Source) -> bool:
    """Whether a capitalised run is a name: it does not stand first, or has several words that all are capitalised."""
    first = match.group().split()[0]
    around = match.string[max(0, match.start() - 1) : match.start()] + match.string[match.end() : match.end() + 1]
    whole = not set(around) & set("-'’") and not match.group().endswith("'s")
    return whole and (match.start() > 0 or " " in match.group()) and first.casefold() not in _NO_NAMES


_NO_NAMES = set(
    """the a an in on at by for from it he she they this these his her its and but or as if when however therefore
    thus many two three four most some several although while since because moreover furthermore""".split()  # noqa: SIM905
)


def names_exchanged(source: Source, text: str, rng: random.Random) -> str:
    """Two names in each other's place, where more than a conjunction parts them."""
    found = [match for match in re.finditer(NAME, text) if _is_name(match, source)]
    pairs = [(a, b) for a, b in pairwise(found) if re.search(r"^[^()]* [a-z]{4,} [^()]*$", text[a.end() : b.start()])]
    pairs = [(a, b) for a, b in pairs if not re.search(r"\b(?:and|or)\b", text[a.end() : b.start()])]
    if not pairs:
        return text
    one, other = rng.choice(pairs)
    return text[: one.start()] + other.group() + text[one.end() : other.start()] + one.group() + text[other.end() :]


def negated(source: Source, text: str, rng: random.Random) -> str:
    """With a "not" more or less."""
    if re.search(r"\b(?:not|never|no longer)\b", source.quote) or re.search(
        r"\b(?:no|none|without|nor|fail\w*)\b|n't", text
    ):
        if not re.search(r"\b(?:not|never|no longer)\b", text):
            return text
        return re.sub(r"(?:\bdid not\b|\bdoes not\b|\bdo not\b)|\b(?:not|never|no longer)\b ?", "", text, count=1)
    forms = [
        (r"\b(is|was|were|are|has been|have been|had been|can|could|will|should)\b(?! (?:not|never))", r"\1 not"),
        (r"\b(was|were|is|are)\b", r"\1 never"),
        (r"\b(has|have) (\w+ed)\b", r"\1 never \2"),
        (r"\b(is|are)\b", r"\1 no longer"),
        (r"(?<!\bis )(?<!\bwas )(?<!\bwere )(?<!been )\b(show|indicat|play|start|defeat)ed\b", r"failed to \1"),
    ]  # fmt: skip
    for pattern, new in rng.sample(forms, len(forms)):
        if re.search(pattern, text):
            return re.sub(pattern, new, text, count=1)
    return text


def turned(source: Source, text: str, rng: random.Random) -> str:
    words = [word for word in _TURNS if re.search(rf"\b{word}\b", text)]
    if not words:
        return text
    word = rng.choice(words)
    return re.sub(rf"\b{word}\b", _TURNS[word], text, count=1)


def added(source: Source, text: str, rng: random.Random) -> str:
    return text.rstrip(" .") + rng.choice(_ADDITIONS) + "."


def unhedged(source: Source, text: str, rng: random.Random) -> str:
    """Sure of what the source is not sure of."""
    pairs = [(r"\b(?:may|might|could) have been\b", "was"), (r"\b(?:may|might|could) be\b", "is"),
             (r"\b(?:may|might|could) have\b", "has"), (r"\b(?:may|might) ", "will "),
             (r"\b(?:is|are|was|were) (?:believed|thought|expected|planned|alleged|said) to be\b", "is"),
             (r"\b(?:probably|possibly|perhaps|likely|reportedly|allegedly) ", ""),
             (r"\b(?:planned|proposed|intended|hoped|wanted|attempted|tried) to (\w+)", r"managed to \1")]  # fmt: skip
    for pattern, new in pairs:
        if re.search(pattern, text):
            return re.sub(pattern, new, text, count=1)
    return text


def other_place(source: Source, text: str, rng: random.Random) -> str:
    """A sentence of another paragraph of the same document under this citation."""
    return rng.choice(source.elsewhere) if source.elsewhere else text


ALTERATIONS: dict[str, Alteration] = {
    "number": other_number, "date": other_date, "unit": other_unit, "name": other_name,
    "names exchanged": names_exchanged, "negation": negated, "direction": turned, "addition": added,
    "certainty": unhedged, "citation": other_place,
}  # fmt: skip
