"""An `Evaluation` as one HTML file to read: no network, no server, and words of strangers only ever escaped.

Reckons what the page shows; the words and the order are in report.html beside it.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from rag.config import DECLINE_BELOW
from rag.evaluation.comparison import Change, Comparison, Moved
from rag.evaluation.losing import STAGES
from rag.evaluation.result import Evaluation, Figure, Outcome
from rag.evaluation.statistics import (
    OperatingPoint,
    RiskCoverage,
    calibration,
    interval,
    mean,
    percentile,
)
from rag.evaluation.table import GROUPS, IN_WORDS
from rag.ui import plots
from rag.ui.markup import VERDICTS

HERE = Path(__file__).parent

# What became of a question: how it is drawn, its sign, and words. Together they are all questions.
FATES = {
    "right": ("good", "✓", "answered rightly"),
    "silent": ("good, held back", "✓", "rightly declined"),
    "missed": ("bad, held back", "✕", "declined, though the documents answer it"),
    "wrong": ("bad", "✕", "answered wrongly"),
}
THRESHOLDS = (0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # that a person may choose from
CATEGORIES_SHOWN = 40  # the largest; a set of more has no categories but labels
MOVED_SHOWN = 200  # questions that changed; each is in the list with its answer all the same
TIMES = {"fastest": 0, "half up to": 50, "9 of 10 up to": 90, "19 of 20 up to": 95, "slowest": 100}

# Code points shown of each kind of text, so that 1,000 questions stay below 6 MB; an answer has some hundreds.
LONGEST = {"line": 300, "question": 2000, "answer": 4000, "quote": 1200}
MOST = 12  # accepted answers, citations and sources shown of a question; most have one to three

# No control characters, which HTML forbids, and no half of a surrogate pair, which no file can hold.
_UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def report(evaluation: Evaluation, name: str, comparison: Comparison | None = None) -> str:
    """The HTML of a report. The same evaluation gives the same report.

    Args:
        name: of the question set, as the heading shows it.
        comparison: with an earlier evaluation; its changed questions link to theirs in the list.
    """
    outcomes = evaluation.outcomes
    style, script = ((HERE / f"report.{kind}").read_text("utf8") for kind in ("css", "js"))
    shown = {
        "name": name,
        "policy": _policy(style, script),
        "icon": b64encode((HERE / "favicon.svg").read_bytes()).decode(),
        "style": Markup(style),
        "script": Markup(script),
        "outcomes": outcomes,
        "headline": headline(outcomes),
        "fates": _fates(outcomes),
        "fates_bar": fates_bar(outcomes, 22),
        "key_figures": _key_figures(evaluation),
        "measures": _measures(evaluation),
        "choice": _choice(evaluation),
        "reliability": _reliability(outcomes),
        "time": _times(outcomes),
        "categories": (categories := _categories(outcomes)),
        "numbers": {one.name: one.number for one in categories},
        "category_count": len({outcome.category for outcome in outcomes}),
        "way": _way(outcomes),
        "lost": [stage for stage, count in evaluation.lost.items() if count],
        "stale": [outcome for outcome in outcomes if outcome.stale],
        "settings": evaluation.settings,
        "opinions": {one.id: one for one in evaluation.opinions},
        "comparison": comparison,
        "difference": _difference(comparison, outcomes) if comparison else None,
    }
    return _template().render(shown)


def _policy(style: str, script: str) -> str:
    """A Content-Security-Policy of this one style and this one script, and nothing else."""
    hashes = (f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in (style, script))
    return (
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none';"
        " require-trusted-types-for 'script'"
    ).format(*hashes)


@lru_cache(1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters |= {"percent": percent, "duration": duration, "cut": _cut, "fate": fate}
    environment.filters |= {"what": _what, "signed": _signed, "chance": _chance}
    environment.globals |= {
        "FATES": FATES,
        "STAGES": STAGES,
        "VERDICTS": VERDICTS,
        "IN_WORDS": IN_WORDS,
        "MOST": MOST,
        "MOVED_SHOWN": MOVED_SHOWN,
    }
    return environment.get_template("report.html")


def _printable(value: Any) -> Any:
    return _UNPRINTABLE.sub("\ufffd", value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _cut(text: str, kind: str = "line") -> str:
    more = len(text) - LONGEST[kind]
    return text if more <= 0 else f"{text[: LONGEST[kind]].rstrip()} … ({more:,} more characters)"


# --- in words --------------------------------------------------------------------------------------------------------


def percent(share: float) -> str:
    """A share in whole percent. Only all is 100 % and only none is 0 %. The space does not break."""
    whole = round(share * 100)
    return f"{min(max(whole, 1), 99) if 0 < share < 1 else whole}\u00a0%"


def duration(milliseconds: float) -> str:
    return f"{milliseconds:.0f}\u00a0ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f}\u00a0s"


def fate(outcome: Outcome) -> str:
    """One of FATES."""
    if outcome.declined:
        return "missed" if outcome.answerable else "silent"
    return "right" if outcome.right else "wrong"


def headline(outcomes: Sequence[Outcome]) -> tuple[str, str]:
    """What came out, in two sentences; the second is empty where nothing was declined or could have been."""
    if not outcomes:
        return "There is no question in this set.", ""
    counts = Counter(map(fate, outcomes))
    answered = counts["right"] + counts["wrong"]
    first = f"Of {len(outcomes):,} question{'' if len(outcomes) == 1 else 's'}, Sumber answered {answered or 'none'}"
    if answered:
        first += f"; {_right_of(counts['right'], answered)} right"
    answerable = sum(outcome.answerable for outcome in outcomes)
    said = []
    if answerable:
        said.append(f"{counts['missed'] or 'none'} of the {answerable:,} that the documents answer")
    if answerable < len(outcomes):
        others = "they do not" if answerable else "the documents do not answer"
        said.append(f"{counts['silent'] or 'none'} of the {len(outcomes) - answerable:,} that {others}")
    return first + ".", f"It declined {', and '.join(said)}."


def _right_of(right: int, answered: int) -> str:
    if answered == 1:
        return f"its one answer is{'' if right else ' not'}"
    return f"{'none' if not right else 'all' if right == answered else percent(right / answered)} of its answers are"


# --- the figures -----------------------------------------------------------------------------------------------------


def _fates(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    counts = Counter(map(fate, outcomes))
    return [
        {"key": key, "sign": sign, "words": words, "count": counts[key], "swatch": plots.parts_bar([(fill, 1.0)], 14)}
        for key, (fill, sign, words) in FATES.items()
    ]


def fates_bar(outcomes: Sequence[Outcome], height: int = 12) -> Markup:
    """What became of some questions, as parts of one bar."""
    counts, total = Counter(map(fate, outcomes)), max(1, len(outcomes))
    return plots.parts_bar([(fill, counts[key] / total) for key, (fill, _, _) in FATES.items()], height)


def _key_figures(evaluation: Evaluation) -> list[tuple[str, Figure, Markup]]:
    """(words, figure, bar) of the few that tell most."""
    named = {"of its answers are right": _share_of([one.right for one in evaluation.outcomes if not one.declined])}
    for figure, words in (
        ("first_citation_right_when_answered", "of the answers that have a right place cite it first"),
        ("hit_at_5", "of the questions: the right passage is among the first five"),
        ("declined_unanswerable", "of what the documents do not answer was declined"),
        ("declined_wrongly", "of what they do answer was declined"),
    ):
        named[words] = evaluation.figures.get(figure)
    return [(words, one, plots.interval_bar(one.value, one.low, one.high)) for words, one in named.items() if one]


def _share_of(values: Sequence[bool]) -> Figure | None:
    return Figure(mean(values), *interval(mean, values), count=len(values)) if values else None


def _measures(evaluation: Evaluation) -> list[tuple[str, list[tuple[str, Figure, Markup]]]]:
    """Every figure there is, by group: (words, figure, bar)."""
    found = []
    for group, words in GROUPS.items():
        rows = [(words[name], one) for name in words if (one := evaluation.figures.get(name))]
        bars = [(said, one, plots.interval_bar(one.value, one.low, one.high, one.chance)) for said, one in rows]
        found.append((group, bars))
    return [(group, rows) for group, rows in found if rows]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a threshold of confidence would do."""

    threshold: float
    words: str  # its name, and whether it is the present one; empty for one that is neither
    answered: int
    coverage: float
    risk: float | None  # None where nothing is answered


def _choice(evaluation: Evaluation) -> dict[str, Any] | None:
    """The plot of wrong answers over answers, and the thresholds to choose from. None without questions."""
    if not evaluation.outcomes:
        return None
    present = evaluation.settings.get("decline_below")
    now = float(present) if isinstance(present, int | float) else None
    names = {threshold: [name] for name, threshold in DECLINE_BELOW.items()}
    if now is not None:
        names.setdefault(now, []).append("now")
    rows, marks = [], []
    for threshold in sorted({*THRESHOLDS, *names}):
        point, words = operating_point(evaluation.risk_coverage, threshold), ", ".join(names.get(threshold, ()))
        answered = round(point.coverage * len(evaluation.outcomes)) if point else 0
        rows.append(Choice(threshold, words, answered, point.coverage if point else 0.0, point.risk if point else None))
        if words and point:
            marks.append((f"{words}: {percent(point.coverage)} answered, {percent(point.risk)} wrong", point))
    plot = plots.risk_coverage_plot(evaluation.risk_coverage, marks, "choice")
    return {"rows": rows, "now": next((row for row in rows if row.threshold == now), None), "plot": plot}


def operating_point(found: RiskCoverage, threshold: float) -> OperatingPoint | None:
    """What happens if every question is answered whose confidence is at least this; None if that is not one."""
    return next((point for point in reversed(found.points) if point.threshold >= threshold), None)


def _reliability(outcomes: Sequence[Outcome]) -> dict[str, Any] | None:
    if not outcomes:
        return None
    found = calibration([one.confidence for one in outcomes], [one.sound for one in outcomes])
    spreads = [plots.Spread(one, *_wilson(one.right, one.count)) for one in found.bins]
    return {"error": found.error, "spreads": spreads, "plot": plots.reliability_plot(spreads, "reliability")}


def _wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share: Wilson 1927, JASA 22(158). It has a width where a few all go the same way."""
    z = NormalDist().inv_cdf(0.975)
    middle = share + z * z / (2 * count)
    reach = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, (middle - reach) / (1 + z * z / count)), min(1.0, (middle + reach) / (1 + z * z / count))


def _times(outcomes: Sequence[Outcome]) -> dict[str, Any] | None:
    if not outcomes:
        return None
    times = [one.milliseconds for one in outcomes]
    rows = [(words, percentile(times, percent_of)) for words, percent_of in TIMES.items()]
    return {"rows": rows, "median": percentile(times, 50), "plot": plots.latency_plot(times, "latency")}


@dataclass(frozen=True, slots=True)
class Category:
    """The questions of one category."""

    number: int  # from 0, by which the list of questions is filtered
    name: str
    fates: Markup
    count: int
    right: int
    found: Figure | None  # right passage among the first five
    cited: Figure | None  # first citation right, where answered


def _categories(outcomes: Sequence[Outcome]) -> list[Category]:
    """The largest categories, by name."""
    sizes = Counter(outcome.category for outcome in outcomes).most_common(CATEGORIES_SHOWN)
    found = []
    for number, name in enumerate(sorted(name for name, _ in sizes)):
        inside = [outcome for outcome in outcomes if outcome.category == name]
        found.append(
            Category(
                number,
                name,
                fates_bar(inside),
                len(inside),
                sum(outcome.right for outcome in inside),
                _share_of([one.hit_at_5 for one in inside if one.hit_at_5 is not None]),
                _share_of(
                    [o.first_citation_right for o in inside if o.first_citation_right is not None and not o.declined]
                ),
            )
        )
    return found


def _way(outcomes: Sequence[Outcome]) -> dict[str, Any] | None:
    """The way of the answerable questions past the stages; None where none was lost."""
    answerable = [outcome for outcome in outcomes if outcome.answerable]
    counts = Counter(outcome.lost for outcome in answerable if outcome.lost)
    if not counts:
        return None
    rows, left, whole = [], len(answerable), len(answerable)
    for stage, meaning in STAGES.items():
        left -= counts[stage]
        bar = plots.parts_bar([("good", left / whole), ("bad", counts[stage] / whole)])
        rows.append({"stage": stage, "meaning": meaning, "lost": counts[stage], "left": left, "bar": bar})
    return {"answerable": whole, "rows": rows, "left": left}


# --- what changed ----------------------------------------------------------------------------------------------------

COLOURS = {"better": "accent", "worse": "alarm"}
SIGNS = {"better": "▲ better", "worse": "▼ worse", "no difference shown": "· no difference shown"}


def _difference(comparison: Comparison, outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Changes with their bars, those that are shown first, and where in the list the questions are that moved."""
    reach = max([0.1, *(abs(end) for one in comparison.changes for end in (one.low, one.high))])

    def rows(changes: Iterable[Change]) -> list[tuple[Change, str, str, Markup]]:
        return [
            (
                one,
                IN_WORDS.get(one.name, one.name),
                SIGNS[one.found],
                plots.difference_bar(one.difference, one.low, one.high, reach, COLOURS.get(one.found, "muted")),
            )
            for one in changes
        ]

    return {
        "shown": rows((*comparison.worse, *comparison.better)),
        "others": rows(one for one in comparison.changes if one.found not in COLOURS),
        "worse": _weightiest(comparison.got_worse),
        "better": _weightiest(comparison.got_better),
        "places": {outcome.id: place for place, outcome in enumerate(outcomes, 1)},
        "reach": reach,
    }


def _weightiest(moved: Iterable[Moved]) -> list[Moved]:
    """Questions that ended otherwise before those of which only a measure changed."""
    return sorted(moved, key=lambda one: fate(one.before) == fate(one.now))


def _what(moved: Moved) -> str:
    """What differs in a question, the names of figures in words."""
    parts = (what.partition(" ") for what in moved.what)
    return "; ".join(f"{IN_WORDS.get(name, name)}{space}{rest}" for name, space, rest in parts)


def _signed(difference: float) -> str:
    return f"{difference:+.3f}".replace("-", "\u2212")


def _chance(p: float) -> str:
    return "< .001" if p < 0.001 else f"{p:.3f}"
