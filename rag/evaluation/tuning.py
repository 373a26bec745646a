"""Which settings suit a question set: chosen on one half of the questions, judged on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.config import DECLINE_BELOW
from rag.evaluation.result import Evaluation, Outcome
from rag.evaluation.statistics import ALPHA, SEED, Array, interval, mean, sign_flip_test
from rag.types import SumberError

# What is tried, besides what is set. The default k of 8 and passages of 160 word pieces lie in the middle.
VALUES: dict[str, tuple[float, ...]] = {
    "passages": (4, 6, 12, 16),
    "dense_weight": (0.2, 0.35, 0.5, 0.65, 0.8),
    "passage_tokens": (80, 120, 200, 240),  # each builds an index of its own
}
USUAL = ("passages", "dense_weight")
THRESHOLDS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.35, 0.5, 0.6, 0.65, 0.7, 0.8, 0.9)  # besides those that have a name
PENALTY = 2.0  # what a wrong answer costs, in right ones
SHUFFLES = 999
BY_CHANCE = 0.01  # strict, since it is one of two doors and the other is easily open to "answer nothing"
LEAST = 30  # questions in each half: fewer cannot show a gain of less than a fifth of them
EVEN = 0.35  # of the questions, that the smaller half must have for the split by document to stand

Settings = Mapping[str, float]  # by their names in `Config`
Runner = Callable[[Settings], Evaluation]  # puts the question set to an assistant with these settings
Chosen = NDArray[np.intp]  # numbers of questions


@dataclass(frozen=True, slots=True)
class Choice:
    """What one threshold of declining would give, with all else as it is."""

    threshold: float
    name: str  # of the setting that stands for it: "balanced"; empty where none does
    answered: float  # share of the questions
    wrong: float | None  # share of those answered
    utility: float  # per question: 1 for a right answer, minus the penalty for a wrong one, 0 where it declines

    def __str__(self) -> str:
        of_these = "" if self.wrong is None else f", of these {self.wrong:.0%} wrong"
        name = f"{self.name} ({self.threshold:.2f})" if self.name else f"{self.threshold:.2f}"
        return f"at {name} it answers {self.answered:.0%}{of_these}"


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings that were tried, with the threshold that suits them best on the fitting half."""

    settings: Settings
    threshold: float
    utility: float  # per question of the fitting half


@dataclass(frozen=True, slots=True)
class Tuning:
    """What to change, and what that is worth where it was not chosen."""

    changes: tuple[tuple[str, float, float], ...]  # (setting, as it is, as it would be); none where nothing is better
    fitted: int  # questions that it was chosen on
    fitted_gain: float  # utility per question there
    held_back: int  # questions that it was judged on
    gain: float  # utility per question there, with its 95 % interval
    low: float
    high: float
    gain_p: float  # of that gain, by the sign-flip test
    fit_p: float  # how often shuffled labels are fitted as well
    split: Literal["document", "question"]  # what is in one half only
    choices: tuple[Choice, ...]  # over all questions
    trials: tuple[Trial, ...]  # in the order they were tried; the first has the settings as they are

    @property
    def shown(self) -> bool:
        """Whether the change is a gain and not noise: on the half held back, and more than shuffled labels give."""
        return bool(self.changes) and self.low > 0 and self.gain_p < ALPHA and self.fit_p <= BY_CHANCE

    def __str__(self) -> str:
        if not self.changes:
            return "Keep the settings: nothing that was tried is better on the fitting half"
        what = ", ".join(f"{name} {was} → {would_be}" for name, was, would_be in self.changes)
        worth = f"{self.gain:+.3f} a question ({self.low:+.3f} to {self.high:+.3f}) on {self.held_back} held back"
        if self.shown:
            return f"Change {what}: worth {worth}"
        why = "shuffled labels are fitted as well" if self.fit_p > BY_CHANCE else "that may be chance"
        return f"Keep the settings, no gain is shown: {what} is worth {worth}, and {why}"


def tune(
    runner: Runner, current: Settings, searched: Sequence[str] = USUAL, penalty: float = PENALTY, seed: int = SEED
) -> Tuning:
    """Tries other settings one after the other, keeping what is better on the fitting half, each with every threshold.

    What is better is judged by utility: 1 for a right answer, minus the penalty for a wrong one, 0 where it declines.
    If the confidence were true, the best threshold would be penalty / (1 + penalty).

    Args:
        runner: called with all of `current` but another value, and `decline` 0, so that every answer is seen.
        current: the settings as they are: `decline` as a probability, and those searched.
        searched: names from VALUES.

    Raises:
        SumberError: a name cannot be searched, the penalty is no cost, or there are too few questions.
    """
    unknown = [name for name in searched if name not in VALUES]
    if unknown:
        raise SumberError(f"{unknown[0]!r} is no setting that can be tuned. There are: {', '.join(VALUES)}")
    if not 0 < penalty < float("inf"):
        raise SumberError(f"a wrong answer cannot cost {penalty:g}. Give a number above 0")
    threshold = current["decline"]
    first = _run(runner, {name: value for name, value in current.items() if name != "decline"}, penalty)
    fit, held, split = halves(first.outcomes, seed)
    thresholds = sorted({*THRESHOLDS, *DECLINE_BELOW.values(), threshold}, key=lambda one: (abs(one - threshold), one))
    runs, best = [first], first
    for name in searched:
        others = [value for value in VALUES[name] if value != current[name]]
        runs += [_run(runner, {**best.settings, name: value}, penalty) for value in others]
        if any(run.asked != first.asked for run in runs):
            raise SumberError("the documents changed while their settings were tried. Run: sumber sync, and tune again")
        best = max(runs, key=lambda run: _best(run, thresholds, fit)[1])  # the first of equals: what is set
    chosen = _best(best, thresholds, fit)[0]
    gains = best.utility(chosen) - first.utility(threshold)
    low, high = interval(mean, gains[held])
    return Tuning(
        changes=_changes({**first.settings, "decline": threshold}, {**best.settings, "decline": chosen}),
        fitted=len(fit),
        fitted_gain=mean(gains[fit]),
        held_back=len(held),
        gain=mean(gains[held]),
        low=low,
        high=high,
        gain_p=sign_flip_test(gains[held]),
        fit_p=_fitted_by_chance(runs, thresholds, fit, seed),
        split=split,
        choices=tuple(_choice(first, one) for one in sorted(thresholds)),
        trials=tuple(Trial(run.settings, *_best(run, thresholds, fit)) for run in runs),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """How the questions that can be judged went with some settings, nothing declined for want of confidence."""

    settings: Settings
    outcomes: tuple[Outcome, ...]
    confidence: Array
    given: NDArray[np.bool_]  # whether there is an answer at all
    worth: Array  # of that answer

    @property
    def asked(self) -> list[str]:
        return [one.id for one in self.outcomes]

    def answered(self, threshold: float) -> NDArray[np.bool_]:
        return np.asarray(self.given & (self.confidence >= threshold))

    def utility(self, threshold: float) -> Array:
        return np.where(self.answered(threshold), self.worth, 0.0)


def _run(runner: Runner, settings: Settings, penalty: float) -> _Run:
    found = runner({**settings, "decline": 0.0}).outcomes
    outcomes = tuple(one for one in found if not one.answerable or one.contained is not None or not one.stale)
    return _Run(
        settings,
        outcomes,
        np.array([one.confidence for one in outcomes], dtype=np.float64),
        np.array([not one.declined for one in outcomes], dtype=np.bool_),
        np.array([1.0 if one.sound else -penalty for one in outcomes], dtype=np.float64),
    )


def _best(run: _Run, thresholds: Iterable[float], chosen: Chosen) -> tuple[float, float]:
    """The threshold of the highest mean utility, the first of equals, and that utility."""
    return max(((one, mean(run.utility(one)[chosen])) for one in thresholds), key=lambda pair: pair[1])


def _fitted_by_chance(runs: Sequence[_Run], thresholds: Sequence[float], fit: Chosen, seed: int) -> float:
    """How often the best fit to shuffled labels is as good as that to the true ones, which count as one shuffle.

    What is right and wrong is dealt anew, among the questions and among the settings of each, so that neither
    confidence nor settings know of it. To answer everything, or nothing, is then worth what it was.
    """
    answered = np.array([[run.answered(one)[fit] for one in thresholds] for run in runs], dtype=np.float64)
    worth = np.array([run.worth[fit] for run in runs])
    dealt = np.flatnonzero(np.all([run.given[fit] for run in runs], axis=0))  # what is never answered is never right
    random, as_good = np.random.default_rng(seed), 0
    shuffled, best = worth.copy(), _best_fit(answered, worth)
    for _ in range(SHUFFLES):
        shuffled[:, dealt] = random.permuted(worth[:, random.permutation(dealt)], axis=0)
        as_good += _best_fit(answered, shuffled) >= best - 1e-12
    return (as_good + 1) / (SHUFFLES + 1)


def _best_fit(answered: Array, worth: Array) -> float:
    """The highest mean utility of any settings (axis 0 of both) with any threshold (axis 1 of the first)."""
    return float((answered @ worth[:, :, None]).max() / worth.shape[1])


def _choice(run: _Run, threshold: float) -> Choice:
    answered, utility = run.answered(threshold), run.utility(threshold)
    names = [name for name, value in DECLINE_BELOW.items() if value == threshold]
    wrong = float((run.worth[answered] < 0).mean()) if answered.any() else None
    return Choice(threshold, names[0] if names else "", float(answered.mean()), wrong, mean(utility))


def _changes(current: Settings, best: Settings) -> tuple[tuple[str, float, float], ...]:
    return tuple((name, current[name], value) for name, value in best.items() if value != current[name])


# --- the halves ------------------------------------------------------------------------------------------------------


def halves(outcomes: Sequence[Outcome], seed: int) -> tuple[Chosen, Chosen, Literal["document", "question"]]:
    """The questions to fit on and those to judge on, and what they were dealt by.

    No gold document is in both, unless one half would then be far too small; questions without gold are dealt evenly.

    Raises:
        SumberError: there are too few questions.
    """
    split: Literal["document", "question"] = "document"
    together = _by_document(outcomes)
    total, fit = sum(map(len, together.values())), _dealt(together, seed)
    if min(len(fit), total - len(fit)) < EVEN * total:
        split, fit = "question", _dealt({outcomes[n].id: [n] for group in together.values() for n in group}, seed)
    fit |= _dealt({one.id: [number] for number, one in enumerate(outcomes) if not one.gold}, seed)
    held = set(range(len(outcomes))) - fit
    if min(len(fit), len(held)) < LEAST:
        raise _too_few(len(outcomes))
    return np.array(sorted(fit), dtype=np.intp), np.array(sorted(held), dtype=np.intp), split


def refuse_too_few(questions: int) -> None:
    """Before any is asked.

    Raises:
        SumberError: not even if all of them can be judged are there enough.
    """
    if questions < 2 * LEAST:
        raise _too_few(questions)


def _too_few(judged: int) -> SumberError:
    return SumberError(
        f"{judged} questions that can be judged are too few to tune on; it takes about {2 * LEAST}."
        " Write more questions"
    )


def _by_document(outcomes: Sequence[Outcome]) -> dict[str, list[int]]:
    """Numbers of the questions with gold, in groups that share no document, by the documents of each."""
    groups: list[tuple[set[str], list[int]]] = []
    for number, one in enumerate(outcomes):
        documents, numbers = {source.document for source in one.gold}, [number]
        if not documents:
            continue
        for group in [group for group in groups if group[0] & documents]:
            documents |= group[0]
            numbers += group[1]
            groups.remove(group)
        groups.append((documents, numbers))
    return {"\n".join(sorted(documents)): numbers for documents, numbers in groups}


def _dealt(groups: Mapping[str, list[int]], seed: int) -> set[int]:
    """The first half when groups are dealt to two: the largest first, each to the smaller half, equals by lot."""

    def turn(name: str) -> tuple[int, str]:
        return -len(groups[name]), sha256(f"{seed}\n{name}".encode("utf8", "replace")).hexdigest()

    two: tuple[set[int], set[int]] = (set(), set())
    for name in sorted(groups, key=turn):
        two[len(two[1]) < len(two[0])].update(groups[name])
    return two[0]
