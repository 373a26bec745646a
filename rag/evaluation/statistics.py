"""Statistics over the outcomes of a question set: means, intervals, areas, and tests of a paired difference.

Pure functions of plain numbers that know nothing of questions. Whatever is drawn at random is drawn with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000  # the least that Efron and Tibshirani 1993 advise for the ends of a 95 % interval
PERMUTATIONS = 9999  # the least p is then 1 in 10,000, low enough to stand among 100 tests
SWAPS = 999  # fewer, since an area takes a hundred times as long as a mean
EXACT_PAIRS = 12  # up to so many differences all 2**12 = 4096 signs are tried
AT_ONCE = 1_000_000  # random numbers drawn at a time, which bounds the memory they take
SEED = 20261122  # fixed, so that the same outcomes give the same interval
ALPHA = 0.05  # chance that a family of tests with no difference in it shows one
POWER = 0.8  # chance of showing a difference that is there, as Cohen 1988 advises

Array = NDArray[np.float64]
Values = Sequence[float] | Array


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What happens if every question is answered whose confidence is at least the threshold."""

    coverage: float  # share of the questions answered
    risk: float  # share of these that is wrong
    threshold: float


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """The curve of risk over coverage, its area, and what the area would be by chance and at best. Lower is better."""

    points: tuple[OperatingPoint, ...]  # by falling threshold, so by rising coverage
    area: float
    chance: float  # of a confidence that knows nothing: the share of wrong answers
    best: float  # of a confidence that puts every right answer before every wrong one


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions whose confidence lies from `low` to below `high`; the last bin holds its upper end too."""

    low: float
    high: float
    count: int
    confidence: float  # mean
    right: float  # share


@dataclass(frozen=True, slots=True)
class Calibration:
    """Confidence beside what came of it, bin by bin (empty bins left out), and the expected error."""

    bins: tuple[Bin, ...]
    error: float


def mean(values: Values) -> float:
    """The arithmetic mean of a sample that is not empty; of yes and no it is the share of yes."""
    return float(np.asarray(values, dtype=np.float64).mean())


def percentile(values: Values, percent: float) -> float:
    """A percentile of a sample that is not empty, interpolated: type 7 of Hyndman and Fan 1996."""
    return float(np.percentile(np.asarray(values, dtype=np.float64), percent))


def auroc(answerable: Values, unanswerable: Values) -> float:
    """The chance that an answerable question gets the higher confidence of the two; a tie counts half.

    The area under the ROC curve as the Mann-Whitney statistic: Hanley and McNeil 1982, Radiology 143(1).
    """
    ordered = np.sort(np.asarray(unanswerable, dtype=np.float64))
    below = np.searchsorted(ordered, answerable, side="left")
    below_or_tied = np.searchsorted(ordered, answerable, side="right")
    return float((below + below_or_tied).mean() / (2 * ordered.size))


def interval(statistic: Callable[..., float], *groups: Values, seed: int = SEED) -> tuple[float, float]:
    """The 95 % interval of a statistic of one or more samples, by percentile bootstrap: Efron 1979, Ann. Stat. 7(1).

    Each group is resampled within itself. A sample without variation has an interval without width, however small it
    is, so an interval is read beside its count.
    """
    random = np.random.default_rng(seed)
    samples: list[NDArray[Any]] = [np.asarray(group, dtype=np.float64) for group in groups]
    if statistic is mean:  # nearly always, and then many at a time take a tenth of the time
        values = _resampled_means(samples[0], random)
    else:
        values = [
            statistic(*(sample[random.integers(0, sample.size, sample.size)] for sample in samples))
            for _ in range(RESAMPLES)
        ]
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def _resampled_means(sample: Array, random: np.random.Generator) -> list[float]:
    rows, found = max(1, AT_ONCE // sample.size), []
    for done in range(0, RESAMPLES, rows):
        chosen = random.integers(0, sample.size, (min(rows, RESAMPLES - done), sample.size))
        found += sample[chosen].mean(axis=1).tolist()
    return found


def risk_coverage(confidences: Values, right: Sequence[bool]) -> RiskCoverage:
    """How much less is wrong when the least sure are declined: Geifman and El-Yaniv 2017, arXiv:1705.08500.

    A threshold cannot part questions of the same confidence, so they make one point. The sample must not be empty.
    """
    levels, sizes, wrong = _by_confidence(confidences, right)
    answered, wrong_so_far = np.cumsum(sizes), np.cumsum(wrong)
    points = zip(answered / answered[-1], wrong_so_far / answered, levels, strict=True)
    return RiskCoverage(
        points=tuple(OperatingPoint(float(share), float(risk), float(level)) for share, risk, level in points),
        area=aurc(confidences, right),
        chance=1 - mean(right),
        best=aurc(np.asarray(right, dtype=np.float64), right),
    )


def aurc(confidences: Values, right: Sequence[bool] | Array) -> float:
    """The area under the curve of risk over coverage: Geifman, Uziel and El-Yaniv 2019, arXiv:1805.08206.

    The mean risk of the first 1, 2, ... n by confidence, averaged over every order of questions of the same confidence.
    """
    _, sizes, wrong = _by_confidence(confidences, right)
    in_order = np.repeat(wrong / sizes, sizes)
    return float((np.cumsum(in_order) / np.arange(1, in_order.size + 1)).mean())


def _by_confidence(confidences: Values, right: Sequence[bool] | Array) -> tuple[Array, NDArray[np.intp], Array]:
    """Each confidence there is, from the highest, how many questions have it, and how many of these are wrong."""
    confidence = np.asarray(confidences, dtype=np.float64)
    order = np.argsort(-confidence)
    falling, wrong = confidence[order], 1 - np.asarray(right, dtype=np.float64)[order]
    starts = np.flatnonzero(np.append(True, falling[1:] != falling[:-1]))
    return falling[starts], np.diff(starts, append=order.size), np.add.reduceat(wrong, starts)


def calibration(confidences: Values, right: Sequence[bool], bins: int = 10) -> Calibration:
    """Expected calibration error over bins of equal width: Naeini, Cooper and Hauskrecht 2015, AAAI.

    The mean distance between confidence and share of right ones, each bin weighing as many as are in it. Chance alone
    keeps it above 0: with ten a bin, about .1. The sample must not be empty, nor a confidence outside 0 to 1.
    """
    confidence, hits = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=np.float64)
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    found = tuple(
        Bin(
            one / bins,
            (one + 1) / bins,
            int((place == one).sum()),
            mean(confidence[place == one]),
            mean(hits[place == one]),
        )
        for one in np.unique(place).tolist()
    )
    error = sum(one.count * abs(one.confidence - one.right) for one in found) / confidence.size
    return Calibration(found, float(error))


def sign_test(up: int, down: int) -> float:
    """Two-sided p of so many changes for the better and the worse, if both were as likely.

    The exact form of McNemar's test for yes and no before and after: Dixon and Mood 1946, JASA 41(236).
    """
    changed, ways, tail = up + down, 1, 0
    for few in range(min(up, down) + 1):
        tail += ways  # of choosing so few of those that changed
        ways = ways * (changed - few) // (few + 1)
    return min(1.0, float(2 * tail / 2**changed))


def sign_flip_test(differences: Values, seed: int = SEED) -> float:
    """Two-sided p of the mean of paired differences, if each were as likely with the other sign: Fisher 1935.

    Exact where few differ. Otherwise over random signs, the observed ones counted among them: Phipson and Smyth 2010,
    Stat. Appl. Genet. Mol. Biol. 9(1).
    """
    given = np.asarray(differences, dtype=np.float64)
    values = given[given != 0]
    least = abs(values.sum()) * (1 - 1e-9)  # sums of the same numbers in another order may differ in the last bit
    if values.size <= EXACT_PAIRS:
        signs = 1 - 2 * (np.arange(2**values.size)[:, None] >> np.arange(values.size) & 1)
        return float((np.abs(signs @ values) >= least).mean())
    random, extreme, left = np.random.default_rng(seed), 1, PERMUTATIONS
    while left:
        rows = min(left, max(1, AT_ONCE // values.size))
        flips = random.integers(0, 2, (rows, values.size), dtype=np.int8)
        extreme += int((np.abs(values.sum() - 2 * (flips @ values)) >= least).sum())
        left -= rows
    return extreme / (PERMUTATIONS + 1)


def swap_test(statistic: Callable[[Array], float], before: Array, now: Array, seed: int = SEED) -> float:
    """Two-sided p of the difference of a statistic of two samples, if each pair of rows were as likely the other way.

    The same randomization for what is no mean: Noreen 1989. The observed order is counted among the random ones.
    """
    random, extreme = np.random.default_rng(seed), 1
    least = abs(statistic(now) - statistic(before)) * (1 - 1e-9)
    for _ in range(SWAPS):
        swapped = random.random(len(now)) < 0.5
        one, other = before.copy(), now.copy()
        one[swapped], other[swapped] = now[swapped], before[swapped]
        extreme += abs(statistic(other) - statistic(one)) >= least
    return extreme / (SWAPS + 1)


def holm(chances: Sequence[float]) -> tuple[float, ...]:
    """The p of a family of tests, so adjusted that one below ALPHA is wrong in at most ALPHA of families: Holm 1979.

    Scand. J. Stat. 6(2). It asks nothing of how the tests hang together.
    """
    adjusted, highest = [0.0] * len(chances), 0.0
    for done, place in enumerate(sorted(range(len(chances)), key=lambda place: chances[place])):
        highest = max(highest, min(1.0, (len(chances) - done) * chances[place]))
        adjusted[place] = highest
    return tuple(adjusted)


def fewest_changes(family: int = 1) -> int:
    """How many changes, all the same way, it takes to show a difference as the first of so many tests."""
    changes = 1
    while sign_test(changes, 0) * family > ALPHA:
        changes += 1
    return changes


def shown_from(error: float, count: int, family: int = 1) -> float:
    """The difference that so many paired questions would probably (POWER) have shown in a family of so many tests.

    By the normal approximation from the standard error of the difference; never less than the fewest changes that can
    show one.
    """
    normal = NormalDist()
    by_spread = (normal.inv_cdf(1 - ALPHA / family / 2) + normal.inv_cdf(POWER)) * error
    return min(1.0, max(by_spread, fewest_changes(family) / count))
