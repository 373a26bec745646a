"""Tuning on constructed worlds: a planted gain is found, and what is not there is not claimed."""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

import numpy as np
import pytest

from rag.config import DECLINE_BELOW, Config
from rag.evaluation import Evaluation, Outcome, Question, Source, evaluate
from rag.evaluation.tuning import LEAST, THRESHOLDS, VALUES, Settings, Trial, halves, tune
from rag.types import SumberError
from tests.evaluation.library import Library
from tests.evaluation.test_comparison import absent, evaluation, outcome

CURRENT = {"passages": 8, "dense_weight": 0.5, "decline": 0.25}


class World:
    """A question set whose outcomes follow from the settings: `right` says how many of a hundred answers are right.

    With other settings a twentieth of the questions go otherwise at random. Confidence knows right from wrong unless
    `shuffled`. A fifth of the questions have no answer.
    """

    def __init__(self, seed: int, right: Callable[[Settings], float], shuffled: bool = False, count: int = 160) -> None:
        self.seed, self.right, self.shuffled, self.count = seed, right, shuffled, count
        self.asked: list[dict[str, float]] = []

    def __call__(self, settings: Settings) -> Evaluation:
        self.asked.append(dict(settings))
        random = np.random.default_rng([self.seed, crc32(repr(sorted(settings.items())).encode())])
        return evaluation(self._outcome(number, settings, random) for number in range(self.count))

    def _outcome(self, number: int, settings: Settings, random: np.random.Generator) -> Outcome:
        own = np.random.default_rng([self.seed, number])  # the same with all settings
        draw = random if random.random() < 0.05 else own
        sound = bool(draw.random() < self.right(settings)) and number % 5 > 0
        confidence = float(draw.beta(3, 3) if self.shuffled else draw.beta(5, 2) if sound else draw.beta(2, 4))
        if number % 5 == 0:
            return absent(f"q{number}", False, confidence=confidence)
        gold = (Source(f"{number % 23}.md"),)
        return outcome(f"q{number}", "" if sound else "not chosen", confidence=confidence, gold=gold)


def always(share: float) -> Callable[[Settings], float]:
    return lambda settings: share


# --- what is claimed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.4, 0.85])
def test_no_gain_is_claimed_where_confidence_and_settings_know_nothing(share: float) -> None:
    found = [tune(World(seed, always(share), shuffled=True), CURRENT) for seed in range(20)]
    assert not any(one.shown for one in found)


def test_settings_that_only_shuffle_a_few_questions_are_called_a_gain_in_at_most_1_of_20() -> None:
    near_best = {**CURRENT, "decline": 0.6}
    found = [tune(World(seed, always(0.8)), near_best) for seed in range(20)]
    assert sum(one.shown for one in found) <= 1
    assert all(one.fitted_gain >= 0 for one in found)


def test_a_setting_that_makes_twenty_of_a_hundred_answers_right_is_found() -> None:
    found = [tune(World(seed, lambda s: 0.9 if s["passages"] == 12 else 0.7), CURRENT) for seed in range(20)]
    good = [one for one in found if one.shown and ("passages", 8, 12) in one.changes]
    assert len(good) >= 19
    assert all(one.low < one.gain < one.high for one in good)


def test_a_threshold_that_declines_what_would_be_wrong_is_found() -> None:
    found = [tune(World(seed, always(0.75)), {**CURRENT, "decline": 0.05}, searched=()) for seed in range(20)]
    good = [one for one in found if one.shown]
    assert len(good) >= 19
    for one in good:
        ((name, was, would_be),) = one.changes
        assert (name, was) == ("decline", 0.05)
        assert would_be > 0.2


def test_a_gain_on_the_fitting_half_alone_is_told_and_not_advised() -> None:
    luck = next(
        one for seed in range(20) if (one := tune(World(seed, always(0.8)), CURRENT | {"decline": 0.6})).changes
    )
    assert luck.fitted_gain > 0
    assert not luck.shown
    assert str(luck).startswith("Keep the settings, no gain is shown: ")


def test_the_advice_says_what_to_change_and_what_it_is_worth() -> None:
    found = tune(World(3, always(0.75)), {**CURRENT, "decline": 0.05}, searched=())
    ((_, _, threshold),) = found.changes
    assert str(found) == (
        f"Change decline 0.05 → {threshold}: worth {found.gain:+.3f} a question ({found.low:+.3f} to {found.high:+.3f})"
        f" on {found.held_back} held back"
    )


def test_where_nothing_is_better_the_settings_are_kept() -> None:
    perfect = tune(lambda settings: evaluation(outcome(f"q{n}", confidence=0.99) for n in range(80)), CURRENT)
    assert (perfect.changes, perfect.gain, perfect.shown) == ((), 0.0, False)
    assert str(perfect) == "Keep the settings: nothing that was tried is better on the fitting half"


def test_a_dearer_wrong_answer_wants_a_higher_threshold() -> None:
    world = World(1, always(0.75))
    cheap, dear = (tune(world, CURRENT, searched=(), penalty=penalty).trials[0].threshold for penalty in (0.2, 8))
    assert cheap < dear


# --- what is tried ---------------------------------------------------------------------------------------------------


def test_settings_are_tried_one_after_the_other_and_what_is_better_is_kept() -> None:
    world = World(1, lambda settings: 0.95 if settings["passages"] == 16 else 0.5)
    found = tune(world, CURRENT)
    assert all(asked["decline"] == 0.0 for asked in world.asked)
    tried = [(asked["passages"], asked["dense_weight"]) for asked in world.asked]
    assert tried == [(8, 0.5), (4, 0.5), (6, 0.5), (12, 0.5), (16, 0.5), (16, 0.2), (16, 0.35), (16, 0.65), (16, 0.8)]
    assert [one.settings["passages"] for one in found.trials] == [passages for passages, _ in tried]
    assert isinstance(found.trials[0], Trial)


def test_passages_of_another_length_are_tried_only_when_asked_for() -> None:
    world = World(1, always(0.7))
    tune(world, CURRENT | {"passage_tokens": 160})
    assert {asked["passage_tokens"] for asked in world.asked} == {160}
    tune(world, CURRENT | {"passage_tokens": 160}, searched=("passage_tokens",))
    assert {asked["passage_tokens"] for asked in world.asked} == {160, *VALUES["passage_tokens"]}


def test_the_same_set_gives_the_same_advice() -> None:
    assert tune(World(5, always(0.7)), CURRENT) == tune(World(5, always(0.7)), CURRENT)


# --- the table of choices --------------------------------------------------------------------------------------------


def test_a_choice_says_how_much_is_answered_and_how_much_of_that_is_wrong() -> None:
    made = [outcome(f"r{n}", confidence=0.7) for n in range(60)]
    made += [outcome(f"w{n}", "not chosen", confidence=0.3) for n in range(30)]
    made += [absent(f"a{n}", declined=False, confidence=0.17) for n in range(6)]
    made += [absent(f"d{n}", confidence=0.99) for n in range(4)]  # nothing to answer with, however sure
    found = tune(lambda settings: evaluation(made), CURRENT, searched=())
    at = {one.threshold: one for one in found.choices}
    assert list(at) == sorted({*THRESHOLDS, *DECLINE_BELOW.values(), 0.25})
    assert {one.name for one in found.choices} == {"", *DECLINE_BELOW}
    assert (at[0.0].answered, at[0.0].wrong, at[0.0].utility) == (0.96, pytest.approx(36 / 96), pytest.approx(-0.12))
    assert (at[0.25].answered, at[0.25].wrong, at[0.25].utility) == (0.9, pytest.approx(1 / 3), pytest.approx(0.0))
    assert (at[0.4].answered, at[0.4].wrong, at[0.4].utility) == (0.6, 0.0, 0.6)
    assert (at[0.9].answered, at[0.9].wrong, at[0.9].utility) == (0.0, None, 0.0)
    assert str(at[0.25]) == "at balanced (0.25) it answers 90%, of these 33% wrong"
    assert str(at[0.9]) == "at 0.90 it answers 0%"


# --- the halves ------------------------------------------------------------------------------------------------------


def test_no_document_is_in_bothhalves() -> None:
    random = np.random.default_rng(2)
    made = [outcome(f"q{n}", gold=_sources(random.choice(40, 1 + n % 2))) for n in range(60)]
    made += [outcome(f"alone{n}", gold=_sources([100 + n])) for n in range(60)] + [absent(f"a{n}") for n in range(21)]
    for seed in range(5):
        fit, held, split = halves(made, seed)
        documents = [{source.document for n in half for source in made[n].gold} for half in (fit, held)]
        assert split == "document"
        assert not documents[0] & documents[1]
        assert sorted([*fit, *held]) == list(range(len(made)))
        assert min(len(fit), len(held)) >= 60
        assert abs(sum(n >= 120 for n in fit) - sum(n >= 120 for n in held)) == 1


def _sources(numbers: object) -> tuple[Source, ...]:
    return tuple(Source(f"{number}.md") for number in np.asarray(numbers).tolist())


def test_the_halves_are_the_same_every_time_and_others_with_another_seed() -> None:
    made = [outcome(f"q{n}", gold=_sources([n // 3])) for n in range(120)]
    first, again, other = (set(halves(made, seed)[0].tolist()) for seed in (1, 1, 2))
    assert first == again != other


def test_where_one_document_has_nearly_all_questions_they_are_dealt_one_by_one() -> None:
    made = [outcome(f"q{n}", gold=_sources([n // 90])) for n in range(100)]
    fit, held, split = halves(made, 1)
    assert (split, len(fit), len(held)) == ("question", 50, 50)


def test_too_few_questions_are_refused_with_how_many_it_takes() -> None:
    enough = [outcome(f"q{n}", gold=_sources([n])) for n in range(2 * LEAST)]
    assert len(halves(enough, 1)[0]) == LEAST
    with pytest.raises(SumberError, match=f"{2 * LEAST - 1} questions that can be judged are too few .* about 60"):
        tune(lambda settings: evaluation(enough[1:]), CURRENT)


def test_questions_whose_gold_is_lost_are_not_judged() -> None:
    made = [outcome(f"q{n}", gold=_sources([n])) for n in range(2 * LEAST)]
    stale = [outcome(f"s{n}", "not read", contained=None, stale="the document is gone") for n in range(9)]
    found = tune(lambda settings: evaluation([*made, *stale]), CURRENT, searched=())
    assert found.fitted + found.held_back == 2 * LEAST


# --- what cannot be tuned --------------------------------------------------------------------------------------------


def test_a_setting_that_cannot_be_tuned_is_refused_with_those_that_can() -> None:
    with pytest.raises(SumberError, match=r"'reranker' is no setting that can be tuned\. There are: passages, dense_"):
        tune(World(1, always(0.7)), CURRENT, searched=("passages", "reranker"))


@pytest.mark.parametrize("penalty", [0.0, -1.0, float("nan"), float("inf")])
def test_a_wrong_answer_must_cost_something(penalty: float) -> None:
    with pytest.raises(SumberError, match="cannot cost"):
        tune(World(1, always(0.7)), CURRENT, penalty=penalty)


def test_documents_that_change_meanwhile_are_noticed() -> None:
    made = [outcome(f"q{n}", gold=_sources([n])) for n in range(80)]
    with pytest.raises(SumberError, match=r"the documents changed .* Run: sumber sync"):
        tune(lambda settings: evaluation(made if settings["passages"] == 8 else made[1:]), CURRENT)


def test_a_threshold_laid_over_one_run_answers_what_it_would_have_answered() -> None:
    texts = {f"{n}.md": f"The keeper of light {n} is Ines number{n}.\n\nThe tower {n} is tall." for n in range(40)}
    questions = [Question(f"k{n}", f"Who is the keeper of light {n}?", True, (f"number{n}",)) for n in range(40)]
    questions += [Question(f"m{n}", f"Who painted the tower {n} in the harbour?", False) for n in range(40)]
    found = tune(lambda settings: _asked(texts, questions, settings["decline"]), {"decline": 0.4}, searched=())
    for threshold in (0.25, 0.4, 0.6, 0.8):
        outcomes = _asked(texts, questions, threshold).outcomes
        choice = next(one for one in found.choices if one.threshold == threshold)
        assert choice.answered == np.mean([not one.declined for one in outcomes])
        wrong = [not one.right for one in outcomes if not one.declined]
        assert choice.wrong == (np.mean(wrong) if wrong else None)


def _asked(texts: dict[str, str], questions: list[Question], decline: float) -> Evaluation:
    library = Library(texts)
    library.config = Config(embedding_model="shared-words", decline=decline)
    return evaluate(library, questions)
