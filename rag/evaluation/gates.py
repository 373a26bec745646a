"""Gates: "first_citation_right>=.95, no_worse" to rules, and whether an evaluation keeps them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import isclose

from rag.evaluation.comparison import AREAS, Comparison
from rag.evaluation.result import MEANS, Evaluation
from rag.types import SumberError

NO_WORSE = "no_worse"
LATENCIES = ("p50_ms", "p95_ms")
NAMES = (*MEANS, *AREAS, *LATENCIES)
MAX_TEXT = 10_000  # characters; a rule for every figure takes about 800
EXAMPLE = "first_citation_right>=.95"

_COMMA = re.compile(r",(?![^\[]*\])")  # one between rules, not one in the name of a category
_RULE = re.compile(
    r"(?P<name>\w+)\s*(?:\[(?P<category>.+)\])?\s*(?P<sign>>=|<=|==|>|<)\s*(?P<bound>\d+\.?\d*|\.\d+)\s*(?P<percent>%?)"
)


class GateError(SumberError):
    """A rule that cannot be read. The message names it and says how one is written."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a figure must be, over all questions or those of a category; or `no_worse`, which has no sign."""

    name: str
    sign: str = ""
    bound: float = 0.0  # a share, 0 to 1; of a latency, milliseconds
    category: str = ""

    def __str__(self) -> str:
        place = f"[{self.category}]" if self.category else ""
        return f"{self.name}{place}{self.sign}{self.bound:g}" if self.sign else self.name

    def allows(self, value: float) -> bool:
        same = isclose(value, self.bound, abs_tol=1e-12)  # a mean may miss the bound by its last bit
        beyond = value > self.bound if self.sign in {">", ">="} else value < self.bound
        return same if self.sign == "==" else "=" in self.sign if same else beyond


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule, the value it was held against, and whether it holds; if not, why."""

    rule: Rule
    value: float | None
    holds: bool
    reason: str = ""


def parse(text: str) -> tuple[Rule, ...]:
    """Rules from a line such as "first_citation_right>=95%, declined_wrongly[dates]<=.05, p95_ms<2000, no_worse".

    Raises:
        GateError: a rule cannot be read, or names no figure; the message lists those there are, the nearest first.
    """
    if len(text) > MAX_TEXT:
        raise GateError(f"the gate has {len(text)} characters; the limit is {MAX_TEXT}. Give fewer rules")
    rules = tuple(_rule(part.strip()) for part in _COMMA.split(text) if part.strip())
    if not rules:
        raise GateError(f"the gate holds no rule. Write one such as {EXAMPLE}")
    return rules


def _rule(text: str) -> Rule:
    if text == NO_WORSE:
        return Rule(NO_WORSE)
    found = _RULE.fullmatch(text)
    name = found["name"] if found else (re.findall(r"^\w+", text) or [""])[0]
    if name and name not in NAMES:
        raise GateError(
            f"there is no figure {name[:80]}. There are: {', '.join(_nearest(name[:80], (*NAMES, NO_WORSE)))}"
        )
    if not found:
        signs = "one of >= <= > < =="
        raise GateError(f"the rule {text[:80]!r} cannot be read. Write a figure, {signs}, and a number: {EXAMPLE}")
    bound = float(found["bound"]) / (100 if found["percent"] else 1)
    if name in LATENCIES and found["percent"]:
        raise GateError(f"{name} is a time in milliseconds and no share. Write it as {name}{found['sign']}2000")
    if name not in LATENCIES and bound > 1:
        raise GateError(f"{name} lies between 0 and 1, so it cannot be held against {bound:g}. Write .95 or 95%")
    return Rule(name, found["sign"], bound, (found["category"] or "").strip())


def check(rules: Sequence[Rule], evaluation: Evaluation, comparison: Comparison | None = None) -> list[Checked]:
    """Whether each rule holds. What was not measured does not hold: a gate that checks nothing must not pass.

    `no_worse` wants a comparison, and fails where any figure of it is shown to be worse.
    """
    return [_no_worse(rule, comparison) if rule.name == NO_WORSE else _held(rule, evaluation) for rule in rules]


def _held(rule: Rule, evaluation: Evaluation) -> Checked:
    if rule.category and rule.category not in evaluation.by_category:
        there_are = ", ".join(_nearest(rule.category, tuple(evaluation.by_category)))
        return Checked(rule, None, False, f"no question is of the category {rule.category}; there are: {there_are}")
    value = _value(rule, evaluation)
    if value is None:
        return Checked(rule, None, False, f"no question of this set{_of(rule)} is measured by {rule.name}")
    holds = rule.allows(value)
    return Checked(rule, value, holds, "" if holds else f"{rule.name}{_of(rule)} is {value:.4g}")


def _value(rule: Rule, evaluation: Evaluation) -> float | None:
    if rule.name in LATENCIES:
        asked = tuple(one for one in evaluation.outcomes if rule.category in {"", one.category})
        return Evaluation(asked, {}).latency.get(rule.name)
    figures = evaluation.by_category[rule.category] if rule.category else evaluation.figures
    return figures[rule.name].value if rule.name in figures else None


def _of(rule: Rule) -> str:
    return f" of the category {rule.category}" if rule.category else ""


def _no_worse(rule: Rule, comparison: Comparison | None) -> Checked:
    if comparison is None:
        return Checked(rule, None, False, "there is nothing to compare with. Give --baseline NAME")
    worse = comparison.worse
    if not comparison.changes:
        return Checked(rule, None, False, "no question is in both this set and the baseline")
    return Checked(rule, float(len(worse)), not worse, "; ".join(map(str, worse)))


def _nearest(name: str, names: Sequence[str]) -> list[str]:
    return sorted(names, key=lambda one: -SequenceMatcher(None, name.lower(), one.lower()).ratio())
