"""Whether a sentence says yes or no to a question, and whether it says another thing than the question or a sentence.

By words and figures alone; where they do not tell, the answer is that it is not known.
"""

from __future__ import annotations

import re
from collections.abc import Set
from decimal import Decimal

from rag.contrasts import DENIALS, HEDGES, SIDES, Figure, figures
from rag.text import content_terms, latin_share, name_spans, numbers, terms

_CLAUSES = re.compile(
    r"[;,:—]\s|\b(?:but|while|whereas|although|though|because|since|as|so that|until"
    r"|tetapi|namun|sedangkan|karena|sebab)\b",
    re.IGNORECASE,
)
_EXCEPTS = re.compile(
    r"\b(?:except|unless|only|apart from|besides|if|until|kecuali|hanya|jika|apabila)\b|제외|외에|만\s", re.IGNORECASE
)
_KOREAN_DENIAL = re.compile(r"않|없|못|아니|(?:^|\s)안\s")
_KOREAN_PLAN = re.compile(r"계획|예정|것으로 보|수도 있|가능성")
_EMPTY = """
any anybody anyone anything anywhere ever there exist really true apakah adakah bisakah bolehkah
"""
_ANY = frozenset(_EMPTY.split())
_HELD, _HELD_ELSEWHERE = 0.8, 0.5  # share of a question's terms a clause must hold; of bigrams, whose endings vary
_REVOKES = re.compile(
    r"\b(?:cancel\w*|call(?:s|ed|ing)? off|scrap(?:s|ped|ping)?|abandon\w*|revok\w*|withdr[ae]w\w*|dropped|postpone\w*"
    r"|put off|delay(?:ed|s)?|reject(?:ed|s)?|no longer|instead of|dibatalkan|batal|ditunda|ditolak)\b"
    r"|취소|철회|연기|무산",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d.,])(?:1[0-9]|20)\d\d(?![\d.,]?\d)")


def yes_or_no(question: str, sentence: str, heading: str = "") -> bool | None:
    """Whether a sentence affirms a yes/no question or denies it; None where words do not tell.

    Told only by a clause that holds the question's terms, save those that the heading gives already, and that neither
    weakens nor limits what it says.
    """
    if _EXCEPTS.search(sentence) or _denials(question) or _KOREAN_PLAN.search(sentence):
        return None
    asked = [term for term in content_terms(question) if term not in _ANY and term not in DENIALS]
    wanted = [term for term in asked if term not in set(terms(heading))]
    verdicts = {
        verdict
        for clause in _CLAUSES.split(sentence)
        if (verdict := _clause_says(question, asked, wanted, clause)) is not None
    }
    return verdicts.pop() if len(verdicts) == 1 else None


def _clause_says(question: str, asked: list[str], wanted: list[str], clause: str) -> bool | None:
    held = set(terms(clause))
    sides = {side for term in held for side in SIDES.get(term, ())}
    opposed = [
        term
        for term in wanted
        if term not in held
        and not SIDES.get(term, frozenset()) & sides
        and {n ^ 1 for n in SIDES.get(term, ())} & sides
    ]
    found = [term for term in wanted if term in held or SIDES.get(term, frozenset()) & sides or term in opposed]
    latin = latin_share(question) > 0.5
    if not wanted or len(found) < (_HELD if latin else _HELD_ELSEWHERE) * len(wanted) or len(opposed) > 1:
        return None
    more = [term for term in content_terms(clause) if term not in asked and term not in DENIALS and term not in _ANY]
    if latin and len(wanted) == 1 and more:  # one word alone may well be said of another thing
        return None
    if (HEDGES & held) - set(terms(question)) or numbers(question) - numbers(clause):
        return None
    return (_denials(clause) + len(opposed)) % 2 == 0


def _denials(text: str) -> int:
    words = re.findall(r"[\w’']+", text.casefold())
    plain = sum(1 for word in words if word in DENIALS or word.endswith(("n't", "n’t")))
    return plain + len(_KOREAN_DENIAL.findall(text))


def holds(asked: Set[str], text: str) -> set[str]:
    """Those of a question's terms that a text holds, itself or in words that mean about the same."""
    held = set(terms(text))
    sides = {side for term in held for side in SIDES.get(term, ())}
    return {term for term in asked if term in held or SIDES.get(term, frozenset()) & sides}


def hedged(text: str) -> bool:
    """Whether a text speaks of what is planned, supposed or possible."""
    return bool(HEDGES & set(re.findall(r"[\w’']+", text.casefold()))) or bool(_KOREAN_PLAN.search(text))


def revokes(text: str) -> bool:
    """Whether a text says that something planned was called off, put off or turned down."""
    return bool(_REVOKES.search(text))


def dates_differ(one: str, other: str) -> bool:
    """Whether two texts give years, and no year alike."""
    years, its_years = set(_YEAR.findall(one)), set(_YEAR.findall(other))
    return bool(years and its_years) and not years & its_years


def amounts_differ(one: str, other: str) -> bool:
    """Whether two texts give numbers of the same unit or thing, and no number of it alike."""
    values, its_values = _by_thing(one), _by_thing(other)
    shared = values.keys() & its_values.keys()
    return bool(shared) and not any(values[thing] & its_values[thing] for thing in shared)


def _by_thing(text: str) -> dict[str, set[Decimal]]:
    """The numbers of a text by what they count: their unit, or else the word behind them."""
    found: dict[str, set[Decimal]] = {}
    for figure in figures(text):
        thing = figure.unit or _counted(figure, text)
        if figure.value is not None and thing:
            found.setdefault(thing, set()).add(figure.value)
    return found


def _counted(figure: Figure, text: str) -> str:
    words = content_terms(text[figure.end : figure.end + 40])
    return words[0] if words else ""


def names_differ(question: str, one: str, other: str) -> bool:
    """Whether two texts each give one name that the question does not, and not the same."""
    asked = set(content_terms(question))
    found = [
        [terms_of for s, e in name_spans(text) if (terms_of := set(content_terms(text[s:e]))) and not terms_of <= asked]
        for text in (one, other)
    ]
    if any(not 1 <= len(names) <= 2 for names in found):
        return False
    return not set().union(*found[0]) & set().union(*found[1])


def other_year(question: str, sentence: str, around: str) -> tuple[str, str] | None:
    """The year that a question takes for granted and what the sentence gives instead; None where they agree.

    Args:
        around: all that the sentence stands in, with its date; a year found there is no wrong one.
    """
    asked, given = set(_YEAR.findall(question)), set(_YEAR.findall(sentence))
    foreign = asked - set(_YEAR.findall(around))
    return (min(foreign), ", ".join(sorted(given))) if len(foreign) == 1 and given else None
