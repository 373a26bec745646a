"""Two evaluations of one question set, question by question: what is better, what is worse, and what only seems so.

Also keeps the evaluations that later ones are laid beside: `baselines/SET.NAME.json` next to the question set.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from math import copysign
from pathlib import Path
from statistics import NormalDist
from typing import Literal

import numpy as np

from rag.evaluation.losing import STAGES
from rag.evaluation.result import MEANS, Evaluation, Outcome
from rag.evaluation.statistics import (
    ALPHA,
    Array,
    aurc,
    auroc,
    fewest_changes,
    holm,
    interval,
    mean,
    shown_from,
    sign_flip_test,
    sign_test,
    swap_test,
)
from rag.types import SumberError

LESS_IS_BETTER = frozenset({"declined_wrongly", "aurc"})
# Figures that are no means, of rows of confidence, soundness and answerability.
AREAS: dict[str, Callable[[Array], float]] = {
    "confidence_auroc": lambda rows: auroc(rows[rows[:, 2] == 1, 0], rows[rows[:, 2] == 0, 0]),
    "aurc": lambda rows: aurc(rows[:, 0], rows[:, 1]),
}
MAX_BYTES = 500_000_000  # of a baseline; a question takes about 5 kB
NAME = re.compile(r"\w[\w.-]{0,59}")

Found = Literal["better", "worse", "no difference shown"]
Pair = tuple[Outcome, Outcome]  # of one question, before and now


class BaselineError(SumberError):
    """A baseline cannot be kept or read. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and now, over the questions that both times counted in it."""

    name: str
    before: float
    now: float
    low: float  # 95 % interval of the difference, for this figure alone
    high: float
    count: int  # questions counted
    changed: int  # questions on which it differs
    p: float  # of this figure alone
    adjusted: float  # p as one of all that were tested
    found: Found
    shown_from: float  # how large a difference this set would probably have shown

    @property
    def difference(self) -> float:
        return self.now - self.before

    def __str__(self) -> str:
        moved = f"{self.name} {self.before:.3f} before, {self.now:.3f} now"
        if self.found == "no difference shown":
            return f"{self.found}: {moved}; one of {self.shown_from:.3f} would probably have been"
        return f"{self.found}: {moved} (by {self.low:+.3f} to {self.high:+.3f}, {_chance(self.adjusted)})"


@dataclass(frozen=True, slots=True)
class Losses:
    """How many questions were lost at a stage, before and now."""

    stage: str
    before: int
    now: int
    adjusted: float  # p as one of all that were tested

    @property
    def shown(self) -> bool:
        return self.adjusted < ALPHA

    def __str__(self) -> str:
        more = self.now - self.before
        questions = "question is" if abs(more) == 1 else "questions are"
        words = f"{abs(more)} {'fewer' if more < 0 else 'more'} {questions}" if more else "as many questions are"
        return f"{words} lost at: {self.stage} ({self.before} before, {self.now} now, {_chance(self.adjusted)})"


@dataclass(frozen=True, slots=True)
class Moved:
    """A question that went otherwise than before, and in what, in words."""

    before: Outcome
    now: Outcome
    what: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """What differs between a baseline and now. The settings come first: they are the first thing to look at."""

    settings: tuple[tuple[str, str | float | None, str | float | None], ...]  # (name, before, now), where they differ
    only_before: tuple[str, ...]  # ids of questions that one of the two lacks
    only_now: tuple[str, ...]
    rewritten: tuple[str, ...]  # ids of questions whose wording or gold has changed; they are not compared
    changes: tuple[Change, ...]
    losses: tuple[Losses, ...]
    got_better: tuple[Moved, ...]
    got_worse: tuple[Moved, ...]

    @cached_property
    def worse(self) -> tuple[Change, ...]:
        """The figures that are shown to be worse."""
        return tuple(change for change in self.changes if change.found == "worse")

    @cached_property
    def better(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.found == "better")


def compare(baseline: Evaluation, now: Evaluation) -> Comparison:
    """Lays two evaluations beside each other, question by question.

    A figure is tested over the questions that it was measured on both times: yes and no by the exact sign test
    (McNemar), other means by flipping signs at random, areas by swapping before and now at random. So is the number of
    questions lost at each stage. All these are one family, adjusted by Holm, less those in which too few questions
    changed for any test to show a difference. Where nothing but noise differs, at most one comparison in twenty shows
    anything at all.
    """
    earlier, later = ({one.id: one for one in evaluation.outcomes} for evaluation in (baseline, now))
    both = [(earlier[id_], one) for id_, one in later.items() if id_ in earlier]
    pairs = [pair for pair in both if _asked(pair[0]) == _asked(pair[1])]
    figures = [test for name, measure in MEANS.items() if (test := _measured(name, measure, pairs))]
    figures += [test for name, area in AREAS.items() if (test := _area(name, area, pairs))]
    stages = [_lost_at(stage, pairs) for stage in _stages(pairs)]
    tested = [test for test in (*figures, *stages) if test.changed >= fewest_changes()]
    adjusted = dict(zip((test.name for test in tested), holm([test.p for test in tested]), strict=True))
    moved = [(_direction(pair), Moved(*pair, _what(*pair))) for pair in pairs]
    return Comparison(
        settings=_differing(baseline.settings, now.settings),
        only_before=tuple(id_ for id_ in earlier if id_ not in later),
        only_now=tuple(id_ for id_ in later if id_ not in earlier),
        rewritten=tuple(one.id for before, one in both if _asked(before) != _asked(one)),
        changes=tuple(_change(test, adjusted, max(1, len(tested))) for test in figures),
        losses=tuple(_losses(test, adjusted) for test in stages),
        got_better=tuple(one for direction, one in moved if direction > 0),
        got_worse=tuple(one for direction, one in moved if direction < 0),
    )


# --- the tests -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Test:
    """One test before it is adjusted for the others."""

    name: str
    before: float
    now: float
    low: float
    high: float
    count: int
    changed: int
    p: float
    error: float  # standard error of the difference


def _measured(name: str, measure: Callable[[Outcome], float | None], pairs: Iterable[Pair]) -> _Test | None:
    values = [(one, other) for before, now in pairs for one, other in [(measure(before), measure(now))]]
    measured = [(one, other) for one, other in values if one is not None and other is not None]
    return _tested(name, np.array(measured, dtype=np.float64)) if measured else None


def _tested(name: str, values: Array) -> _Test:
    """The test of a mean: values before and now, a row for each question."""
    differences = values[:, 1] - values[:, 0]
    raised, lowered = int((differences > 0).sum()), int((differences < 0).sum())
    yes_or_no = bool(np.isin(values, (0.0, 1.0)).all())
    return _Test(
        name,
        mean(values[:, 0]),
        mean(values[:, 1]),
        *interval(mean, differences),
        count=len(values),
        changed=raised + lowered,
        p=sign_test(raised, lowered) if yes_or_no else sign_flip_test(differences),
        error=float(differences.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0,
    )


def _area(name: str, area: Callable[[Array], float], pairs: Sequence[Pair]) -> _Test | None:
    """The test of what is no mean. A row of a question is confidence, soundness and answerability."""
    rows = np.array([[(one.confidence, one.sound, one.answerable) for one in pair] for pair in pairs], dtype=np.float64)
    kinds = [np.flatnonzero([one.answerable == kind for _, one in pairs]) for kind in (True, False)]
    if not pairs or (name == "confidence_auroc" and not all(map(len, kinds))):
        return None
    before, now = rows[:, 0], rows[:, 1]

    def gain(*chosen: Array) -> float:
        questions = np.concatenate(chosen).astype(np.intp)  # each with what it had both times
        return area(now[questions]) - area(before[questions])

    low, high = interval(gain, *(kind.astype(np.float64) for kind in kinds if len(kind)))
    return _Test(
        name,
        area(before),
        area(now),
        low,
        high,
        count=len(pairs),
        changed=int((before != now).any(axis=1).sum()),
        p=swap_test(area, before, now),
        error=(high - low) / 2 / NormalDist().inv_cdf(0.975),
    )


def _lost_at(stage: str, pairs: Iterable[Pair]) -> _Test:
    return _tested(stage, np.array([[one.lost == stage for one in pair] for pair in pairs], dtype=np.float64))


def _stages(pairs: Iterable[Pair]) -> list[str]:
    """Stages at which any question was lost, in the order of the way."""
    seen = {one.lost for pair in pairs for one in pair} - {""}
    return [*(stage for stage in STAGES if stage in seen), *sorted(seen - set(STAGES))]


def _change(test: _Test, adjusted: Mapping[str, float], family: int) -> Change:
    p = adjusted.get(test.name, 1.0)
    up = test.now > test.before
    found: Found = "no difference shown"
    if p < ALPHA:
        found = "better" if up != (test.name in LESS_IS_BETTER) else "worse"
    return Change(
        test.name,
        test.before,
        test.now,
        test.low,
        test.high,
        test.count,
        test.changed,
        test.p,
        p,
        found,
        shown_from(test.error, test.count, family),
    )


def _losses(test: _Test, adjusted: Mapping[str, float]) -> Losses:
    before, now = round(test.before * test.count), round(test.now * test.count)
    return Losses(test.name, before, now, adjusted.get(test.name, 1.0))


def _chance(p: float) -> str:
    return "p < .001" if p < 0.001 else f"p = {p:.3f}"


# --- question by question --------------------------------------------------------------------------------------------


def _asked(outcome: Outcome) -> tuple[object, ...]:
    """What must be the same for two outcomes to be of one question."""
    return outcome.question, outcome.answerable, outcome.accepted, outcome.gold


def _direction(pair: Pair) -> float:
    """Above 0 where a question goes better than before: first by how it ended, then by most of its measures."""
    before, now = (2 if one.right else 1 if one.declined else 0 for one in pair)
    return now - before or sum(better for _, better, _, _ in _shifts(*pair))


def _shifts(before: Outcome, now: Outcome) -> list[tuple[str, float, float, float]]:
    """(measure, 1 for better and -1 for worse, before, now) for each that changed."""
    found = []
    for name, measure in MEANS.items():
        one, other = measure(before), measure(now)
        if one is not None and other is not None and one != other:
            found.append((name, copysign(1, other - one) * (-1 if name in LESS_IS_BETTER else 1), one, other))
    return found


def _what(before: Outcome, now: Outcome) -> tuple[str, ...]:
    """What differs, in words: faults and the stage of the loss; where these are the same, the measures."""
    words = [f"now {fault}" for fault in now.wrong if fault not in before.wrong]
    words += [f"no longer {fault}" for fault in before.wrong if fault not in now.wrong]
    if before.lost != now.lost:
        words.append(f"lost before at: {before.lost or 'nothing'}, now at: {now.lost or 'nothing'}")
    return tuple(words or (f"{name} {one:.2f} before, {other:.2f} now" for name, _, one, other in _shifts(before, now)))


def _differing(
    before: Mapping[str, str | float], now: Mapping[str, str | float]
) -> tuple[tuple[str, str | float | None, str | float | None], ...]:
    names = dict.fromkeys((*now, *before))
    return tuple((name, before.get(name), now.get(name)) for name in names if before.get(name) != now.get(name))


# --- baselines -------------------------------------------------------------------------------------------------------


def baseline_file(questions: Path, name: str) -> Path:
    """Where an evaluation of a question set is kept under a name.

    Raises:
        BaselineError: the name cannot be part of a file name.
    """
    if not NAME.fullmatch(name):
        raise BaselineError(
            f"{name[:80]!r} cannot name a baseline. Use up to 60 letters, digits, dashes, dots and underscores"
        )
    return questions.parent / "baselines" / f"{questions.stem}.{name}.json"


def save_baseline(questions: Path, name: str, evaluation: Evaluation) -> Path:
    """Keeps an evaluation of a question set under a name, in place of an earlier one of that name. Returns its file.

    Raises:
        BaselineError: the name cannot be part of a file name, or the file cannot be written.
    """
    path = baseline_file(questions, name)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(exist_ok=True)
        with half.open("w", encoding="utf8") as file:
            json.dump(evaluation.to_dict(), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        raise BaselineError(
            f"the baseline {path} cannot be written ({error.strerror}). Make room, or let the folder be written to"
        ) from error
    return path


def load_baseline(questions: Path, name: str) -> Evaluation:
    """The evaluation of a question set that was kept under a name.

    Raises:
        BaselineError: there is none of that name, or it is damaged or of another format.
    """
    path = baseline_file(questions, name)
    again = f"Keep it anew: sumber evaluate {questions.name} --save-baseline {name}"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise BaselineError(_none(questions, name)) from error
    except OSError as error:
        raise BaselineError(f"the baseline {path} cannot be read ({error.strerror}). Check the file") from error
    if len(data) > MAX_BYTES:
        raise BaselineError(f"the baseline {name} is larger than {MAX_BYTES // 1_000_000} MB. {again}")
    try:
        found = json.loads(data)
        if not isinstance(found, dict):
            raise ValueError("no object")
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"the baseline {name} is damaged: its file is no JSON object. {again}") from error
    try:
        return Evaluation.from_dict(found)
    except (SumberError, ValueError) as error:
        raise BaselineError(f"the baseline {name} cannot be used: {error}. {again}") from error


def _none(questions: Path, name: str) -> str:
    stem, end = f"{questions.stem}.", ".json"
    kept = (one.name for one in (questions.parent / "baselines").glob("*" + end))
    names = sorted(one.removeprefix(stem).removesuffix(end) for one in kept if one.startswith(stem))
    there_are = f"There are: {', '.join(names)}" if names else f"Keep one: sumber evaluate ... --save-baseline {name}"
    return f"there is no baseline {name} of {questions.name}. {there_are}"
