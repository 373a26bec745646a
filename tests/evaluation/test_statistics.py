"""The statistics by hand, by simulation, and against other implementations."""

from __future__ import annotations

from itertools import pairwise, permutations, product
from math import comb

import numpy as np
import pytest
from scipy.stats import binomtest, permutation_test
from sklearn.metrics import roc_auc_score

from rag.evaluation.statistics import (
    PERMUTATIONS,
    OperatingPoint,
    aurc,
    auroc,
    calibration,
    fewest_changes,
    holm,
    interval,
    mean,
    percentile,
    risk_coverage,
    shown_from,
    sign_flip_test,
    sign_test,
    swap_test,
)


@pytest.mark.parametrize("seed", range(50))
def test_auroc_agrees_with_scikit_learn_with_and_without_ties(seed: int) -> None:
    random = np.random.default_rng(seed)
    answerable, unanswerable = random.random(30) + 0.2, random.random(20)
    if seed % 2:
        answerable, unanswerable = answerable.round(1), unanswerable.round(1)
    truth = np.r_[np.ones(30), np.zeros(20)]
    expected = roc_auc_score(truth, np.r_[answerable, unanswerable])
    assert auroc(answerable, unanswerable) == pytest.approx(expected)


def test_a_tie_counts_half() -> None:
    assert auroc([0.5], [0.5]) == 0.5
    assert auroc([0.9, 0.5], [0.5]) == 0.75


def test_the_same_sample_gives_the_same_interval_and_another_seed_another() -> None:
    values = list(np.random.default_rng(3).random(40))
    assert interval(mean, values) == interval(mean, values)
    assert interval(mean, values) != interval(mean, values, seed=1)


def test_the_interval_of_a_mean_is_near_the_normal_one_on_a_large_sample() -> None:
    values = [1.0] * 600 + [0.0] * 400
    low, high = interval(mean, values)
    half = 1.96 * np.sqrt(0.6 * 0.4 / 1000)
    assert low == pytest.approx(0.6 - half, abs=0.004)
    assert high == pytest.approx(0.6 + half, abs=0.004)


def test_about_19_of_20_intervals_hold_the_true_mean() -> None:
    random = np.random.default_rng(11)
    intervals = [interval(mean, random.normal(5, 2, 60), seed=seed) for seed in range(200)]
    assert 0.91 <= mean([low <= 5 <= high for low, high in intervals]) <= 0.98


def test_means_taken_many_at_a_time_give_the_interval_of_means_taken_one_by_one() -> None:
    values = np.random.default_rng(7).random(1500)
    assert interval(mean, values) == interval(lambda sample: float(sample.mean()), values)


def test_each_group_is_resampled_within_itself() -> None:
    low, high = interval(lambda one, other: one.mean() - other.mean(), [2.0, 2.0], [1.0, 1.0, 1.0])
    assert (low, high) == (1.0, 1.0)


def test_a_percentile_is_interpolated() -> None:
    assert percentile([40, 10, 30, 20], 50) == 25.0
    assert percentile(range(101), 95) == 95.0


def test_about_19_of_20_intervals_hold_the_true_share() -> None:
    random = np.random.default_rng(5)
    intervals = [interval(mean, random.random(150) < 0.8, seed=seed) for seed in range(250)]
    assert 0.90 <= mean([low <= 0.8 <= high for low, high in intervals]) <= 0.98


# --- risk and coverage -----------------------------------------------------------------------------------------------


def test_a_point_of_the_curve_is_what_its_threshold_would_give() -> None:
    found = risk_coverage([0.9, 0.2, 0.5, 0.5], [True, False, True, False])
    assert found.points == (
        OperatingPoint(0.25, 0.0, 0.9),
        OperatingPoint(0.75, pytest.approx(1 / 3), 0.5),
        OperatingPoint(1.0, 0.5, 0.2),
    )


@pytest.mark.parametrize("seed", range(20))
def test_every_point_agrees_with_counting_what_is_at_or_above_its_threshold(seed: int) -> None:
    random = np.random.default_rng(seed)
    confidences, right = random.random(40).round(1), random.random(40) < 0.6
    points = risk_coverage(confidences, list(right)).points
    assert [point.threshold for point in points] == sorted(set(confidences.tolist()), reverse=True)
    for point in points:
        answered = confidences >= point.threshold
        assert point.coverage == pytest.approx(answered.mean())
        assert point.risk == pytest.approx(1 - right[answered].mean())


def test_the_area_is_the_mean_risk_over_coverages_and_over_every_order_of_ties() -> None:
    confidences, right = [0.9, 0.5, 0.5, 0.5, 0.1], [False, True, False, True, True]
    areas = []
    for order in permutations(range(5)):
        if all(confidences[a] >= confidences[b] for a, b in pairwise(order)):
            wrong = [not right[place] for place in order]
            areas.append(mean([sum(wrong[:first]) / first for first in range(1, 6)]))
    assert len(areas) == 6
    assert risk_coverage(confidences, right).area == pytest.approx(mean(areas))


def test_confidence_that_knows_nothing_has_the_chance_area_and_one_that_knows_all_the_best() -> None:
    right = [True, False, True, True, False]
    found = risk_coverage([0.5] * 5, right)
    assert found.area == pytest.approx(found.chance) == pytest.approx(0.4)
    assert risk_coverage([float(one) for one in right], right).area == found.best
    orders = [aurc(order, right) for order in permutations([0.1, 0.2, 0.3, 0.4, 0.5])]
    assert mean(orders) == pytest.approx(found.chance)
    assert min(orders) == pytest.approx(found.best)


def test_one_question_makes_a_curve() -> None:
    found = risk_coverage([0.0], [False])
    assert (found.points, found.area, found.chance, found.best) == ((OperatingPoint(1.0, 1.0, 0.0),), 1.0, 1.0, 1.0)


# --- calibration -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_the_calibration_error_agrees_with_a_sum_bin_by_bin(seed: int) -> None:
    random = np.random.default_rng(seed)
    pairs = [(float(one), bool(random.random() < one)) for one in random.random(80).round(2)]
    expected = 0.0
    for percent in range(0, 100, 10):
        held = [p for p in pairs if percent <= round(100 * p[0]) < percent + 10 or (percent == 90 and p[0] == 1)]
        if held:
            expected += abs(sum(one for one, _ in held) - sum(right for _, right in held)) / len(pairs)
    found = calibration([one for one, _ in pairs], [right for _, right in pairs])
    assert found.error == pytest.approx(expected)
    assert sum(one.count for one in found.bins) == len(pairs)


def test_a_bin_says_what_was_believed_and_what_came() -> None:
    (first, last) = calibration([0.0, 0.05, 1.0, 0.95], [False, True, True, True]).bins
    assert (first.low, first.high, first.count, first.confidence, first.right) == (0.0, 0.1, 2, 0.025, 0.5)
    assert (last.low, last.high, last.count, last.right) == (0.9, 1.0, 2, 1.0)


def test_confidence_that_comes_true_has_no_error_and_false_certainty_all_of_it() -> None:
    assert calibration([0.5, 0.5, 1.0], [True, False, True]).error == 0.0
    assert calibration([1.0, 1.0], [False, False]).error == 1.0


# --- tests of a paired difference ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("up", "down"), [(0, 0), (1, 0), (0, 6), (3, 15), (7, 7), (40, 60), (600, 700)])
def test_the_sign_test_agrees_with_the_exact_binomial_test(up: int, down: int) -> None:
    expected = binomtest(up, up + down).pvalue if up + down else 1.0
    assert sign_test(up, down) == sign_test(down, up) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(10))
def test_the_sign_flip_test_of_few_is_exact(seed: int) -> None:
    differences = np.random.default_rng(seed).normal(0.4, 1, 9).round(1)
    signed = [abs(np.dot(signs, differences)) for signs in product((1, -1), repeat=9)]
    assert sign_flip_test(differences) == np.mean(np.array(signed) >= abs(differences.sum()) - 1e-9)


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.3])
def test_the_sign_flip_test_of_many_agrees_with_that_of_scipy(shift: float) -> None:
    differences = np.random.default_rng(4).normal(shift, 1, 100)
    expected = permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=9999, rng=np.random.default_rng(1)
    ).pvalue
    assert sign_flip_test(differences) == pytest.approx(expected, abs=0.02)


def test_of_yes_and_no_the_sign_flip_test_is_the_sign_test() -> None:
    assert sign_flip_test([1.0] * 8 + [-1.0] * 2 + [0.0] * 50) == pytest.approx(sign_test(8, 2))


def test_a_difference_of_nothing_is_never_shown() -> None:
    assert sign_flip_test([]) == sign_flip_test([0.0, 0.0]) == sign_test(0, 0) == 1.0
    same = np.array([[0.2], [0.7]])
    assert swap_test(lambda rows: float(rows.mean()), same, same) == 1.0


def test_the_least_p_of_many_is_not_0_and_the_same_differences_give_the_same() -> None:
    differences = np.random.default_rng(2).random(60)
    assert sign_flip_test(differences) == sign_flip_test(differences) == 1 / (PERMUTATIONS + 1)


def test_of_a_mean_the_swap_test_agrees_with_the_sign_flip_test() -> None:
    random = np.random.default_rng(8)
    before, now = random.random((40, 1)), random.random((40, 1)) + 0.08
    expected = sign_flip_test((now - before)[:, 0])
    assert swap_test(lambda rows: float(rows.mean()), before, now) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("seed", range(4))
def test_of_an_area_the_swap_test_agrees_with_trying_every_swap(seed: int) -> None:
    random = np.random.default_rng(seed)
    before, now = (np.c_[random.random(9) * better, random.random(9) < better] for better in (0.5, 0.8))

    def area(rows: np.ndarray) -> float:
        return aurc(rows[:, 0], rows[:, 1])

    every = []
    for swaps in product((True, False), repeat=9):
        swapped = np.array(swaps)[:, None]
        every.append(abs(area(np.where(swapped, before, now)) - area(np.where(swapped, now, before))))
    expected = mean(np.array(every) >= abs(area(now) - area(before)) - 1e-9)
    assert swap_test(area, before, now) == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize(
    ("chances", "expected"),
    [
        ([0.01, 0.04, 0.03], (0.03, 0.06, 0.06)),
        ([0.5, 0.9], (1.0, 1.0)),
        ([0.02], (0.02,)),
        ([], ()),
        ([0.001, 0.001, 0.2], (0.003, 0.003, 0.2)),
    ],
)
def test_holm_multiplies_by_how_many_are_left_and_keeps_the_order(
    chances: list[float], expected: tuple[float, ...]
) -> None:
    assert holm(chances) == pytest.approx(expected)


def test_of_many_tests_without_a_difference_any_is_shown_in_at_most_1_of_20_families() -> None:
    random = np.random.default_rng(9)
    shown = [min(holm(random.random(25))) <= 0.05 for _ in range(400)]
    assert 0.02 <= mean(shown) <= 0.08


def test_six_changes_one_way_can_be_shown_and_five_cannot() -> None:
    assert fewest_changes() == 6
    assert 2 * comb(6, 0) / 2**6 <= 0.05 < 2 * comb(5, 0) / 2**5
    assert sign_test(fewest_changes(30), 0) * 30 <= 0.05 < sign_test(fewest_changes(30) - 1, 0) * 30


def test_a_difference_as_large_as_shown_from_is_found_four_times_in_five() -> None:
    random, count, share = np.random.default_rng(12), 150, 0.25
    size = shown_from((share / count) ** 0.5, count)  # the error where a quarter changes, hardly any more one way
    found = []
    for _ in range(400):
        changed = random.random(count) < share
        up = random.random(count) < 0.5 + size / share / 2
        found.append(sign_test(int((changed & up).sum()), int((changed & ~up).sum())) <= 0.05)
    assert 0.7 <= mean(found) <= 0.9


def test_no_set_shows_less_than_the_fewest_changes_make() -> None:
    assert shown_from(0.0, 150) == 6 / 150
    assert shown_from(0.0, 3) == 1.0
