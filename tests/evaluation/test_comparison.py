"""Comparisons of constructed evaluations: what is noise must not be shown, and what was planted must be named."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.evaluation import Evaluation, Outcome
from rag.evaluation.comparison import AREAS, BaselineError, Change, Comparison, compare, load_baseline, save_baseline
from rag.evaluation.questions import Source
from rag.evaluation.result import MEANS

STAGE = "not among candidates"


def outcome(id_: str, lost: str = "", **values: Any) -> Outcome:
    """An answerable question that was answered rightly, or lost at a stage."""
    right = not lost
    found = lost not in {"not among candidates", "ranked low"}
    usual: dict[str, Any] = {
        "id": id_,
        "question": f"What of {id_}?",
        "category": "general",
        "answerable": True,
        "accepted": ("1911",),
        "gold": (Source("light.md", "lit in 1911"),),
        "status": "not_found" if lost == "declined" else "answered",
        "confidence": 0.7 if right else 0.4,
        "answer": "It was lit in 1911.",
        "cited": (),
        "found": (),
        "contained": right,
        "exact": right,
        "word_f1": float(right),
        "first_citation_right": right,
        "citation_precision": None if lost == "declined" else float(right),
        "citation_recall": float(right),
        "cited_share": 1.0,
        "verbatim": True,
        "reciprocal_rank": float(found),
        "hit_at_1": found,
        "hit_at_5": found,
        "recall_at_5": float(found),
        "ndcg_at_10": float(found),
        "dense_hit_at_5": found,
        "lexical_hit_at_5": found,
        "among_candidates": lost != "not among candidates",
        "sound": right,
        "lost": lost,
        "milliseconds": 100.0,
        "stale": "",
    }
    return Outcome(**{one.name: (usual | values).get(one.name) for one in fields(Outcome)})


def absent(id_: str, declined: bool = True, **values: Any) -> Outcome:
    """A question that the documents do not answer."""
    nothing = dict.fromkeys(("contained", "exact", "word_f1", "first_citation_right", "citation_precision"))
    nothing |= dict.fromkeys(("citation_recall", "reciprocal_rank", "recall_at_5", "ndcg_at_10", "hit_at_1"))
    nothing |= dict.fromkeys(("hit_at_5", "dense_hit_at_5", "lexical_hit_at_5", "among_candidates"))
    status, confidence = ("not_found", 0.1) if declined else ("answered", 0.4)
    base = {"answerable": False, "accepted": (), "gold": (), "sound": False, "status": status, "confidence": confidence}
    return outcome(id_, **nothing | base | values)


def evaluation(outcomes: Iterable[Outcome], settings: Mapping[str, str | float] | None = None) -> Evaluation:
    return Evaluation(tuple(outcomes), settings or {})


def random_set(seed: int, count: int = 150) -> list[Outcome]:
    """A set with a fifth of its answerable questions lost at various stages, and a fifth unanswerable."""
    random = np.random.default_rng(seed)
    made: list[Outcome] = []
    for number in range(count):
        sure = float(random.beta(5, 2))
        if random.random() < 0.2:
            made.append(absent(f"q{number}", bool(random.random() < 0.7), confidence=1 - sure))
        elif random.random() < 0.2:
            stage = str(random.choice(["ranked low", "not chosen", "declined", STAGE]))
            made.append(outcome(f"q{number}", stage, confidence=1 - sure))
        else:
            made.append(outcome(f"q{number}", confidence=sure))
    return made


def noisy(outcomes: Iterable[Outcome], seed: int, rate: float = 0.04) -> list[Outcome]:
    """The same with each question, at the given rate, going as another random question of its kind does."""
    random, before = np.random.default_rng(1000 + seed), list(outcomes)
    after = []
    for one in before:
        alike = [other for other in before if other.answerable == one.answerable]
        other = alike[int(random.integers(len(alike)))] if random.random() < rate else one
        after.append(replace(other, id=one.id, question=one.question))
    return after


def regressed(outcomes: Iterable[Outcome], seed: int, share: float) -> list[Outcome]:
    """The same with so many questions of all, of those right, lost among the candidates."""
    random, after = np.random.default_rng(2000 + seed), list(outcomes)
    right = [place for place, one in enumerate(after) if one.answerable and not one.lost]
    for place in random.permutation(right)[: round(share * len(after))]:
        after[place] = outcome(after[place].id, STAGE, confidence=float(random.beta(2, 4)))
    return after


def change(comparison: Comparison, name: str) -> Change:
    return next(one for one in comparison.changes if one.name == name)


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_noise_alone_is_called_a_difference_in_at_most_1_of_20_comparisons() -> None:
    called = []
    for seed in range(20):
        before = random_set(seed)
        found = compare(evaluation(before), evaluation(noisy(before, seed)))
        called += [seed] if found.worse or found.better or any(one.shown for one in found.losses) else []
    assert len(called) <= 1


def test_a_drop_of_10_points_on_150_questions_is_shown_and_its_stage_is_named() -> None:
    noticed = named = 0
    for seed in range(20):
        before = random_set(seed)
        found = compare(evaluation(before), evaluation(regressed(noisy(before, seed, 0.02), seed, 0.1)))
        assert not found.better
        noticed += "answer_contained" in {one.name for one in found.worse}
        named += [one.stage for one in found.losses if one.shown] == [STAGE]
    assert (noticed, named) >= (19, 19)


def test_a_gain_is_shown_as_one_and_the_other_way_round_as_a_loss() -> None:
    worse, better = random_set(3), [outcome(one.id) if one.answerable else one for one in random_set(3)]
    there, back = compare(evaluation(worse), evaluation(better)), compare(evaluation(better), evaluation(worse))
    assert {one.name for one in there.better} == {one.name for one in back.worse} >= {"answer_contained", "mrr", "aurc"}
    assert not there.worse
    assert not back.better


def test_fewer_wrong_refusals_are_better_though_the_figure_falls() -> None:
    before = evaluation([outcome(f"q{number}", "declined") for number in range(12)])
    now = evaluation([outcome(f"q{number}") for number in range(12)])
    found = change(compare(before, now), "declined_wrongly")
    assert (found.before, found.now, found.found) == (1.0, 0.0, "better")


def test_the_same_evaluation_twice_differs_in_nothing() -> None:
    same = evaluation(random_set(1))
    found = compare(same, same)
    assert (found.settings, found.got_better, found.got_worse, found.better, found.worse) == ((), (), (), (), ())
    assert all((one.difference, one.low, one.high, one.changed, one.p) == (0, 0, 0, 0, 1.0) for one in found.changes)
    assert all(one.before == one.now and not one.shown for one in found.losses)


def test_every_figure_of_an_evaluation_is_compared() -> None:
    same = evaluation(random_set(2))
    changes = compare(same, same).changes
    assert [one.name for one in changes] == list(same.figures) == [*MEANS, *AREAS]
    for one in changes:
        assert one.now == pytest.approx(same.figures[one.name].value)


def test_yes_and_no_are_tested_by_counting_and_all_are_adjusted_together() -> None:
    before = [outcome(f"q{number}") for number in range(40)]
    now = [outcome(one.id, "not chosen", confidence=0.7) for one in before[:8]] + before[8:]
    found = compare(evaluation(before), evaluation(now))
    contained = change(found, "answer_contained")
    assert (contained.before, contained.now, contained.count, contained.changed) == (1.0, 0.8, 40, 8)
    assert contained.p == pytest.approx(2 / 2**8)
    assert contained.adjusted > contained.p
    assert contained.low < contained.difference < contained.high < 0
    assert change(found, "hit_at_1").adjusted == 1.0  # unchanged, and so no part of the family


def test_where_no_difference_is_shown_it_says_how_large_one_would_have_been() -> None:
    before = [outcome(f"q{number}") for number in range(60)]
    now = [outcome(one.id, "not chosen") for one in before[:3]] + before[3:]
    found = change(compare(evaluation(before), evaluation(now)), "answer_contained")
    assert found.found == "no difference shown"
    assert found.shown_from >= 6 / 60
    assert str(found) == (
        "no difference shown: answer_contained 1.000 before, 0.950 now; one of "
        f"{found.shown_from:.3f} would probably have been"
    )


def test_a_loss_is_told_in_words() -> None:
    before = [outcome(f"q{number}") for number in range(60)]
    found = compare(evaluation(before), evaluation(regressed(before, 1, 0.6)))
    (losses,) = found.losses
    assert str(losses) == f"36 more questions are lost at: {STAGE} (0 before, 36 now, p < .001)"
    back = compare(evaluation(regressed(before, 1, 1 / 60)), evaluation(before))
    assert str(back.losses[0]).startswith(f"1 fewer question is lost at: {STAGE} (1 before, 0 now")
    same = compare(evaluation(regressed(before, 1, 0.1)), evaluation(regressed(before, 1, 0.1)))
    assert str(same.losses[0]) == f"as many questions are lost at: {STAGE} (6 before, 6 now, p = 1.000)"
    assert str(change(found, "mrr")).startswith("worse: mrr 1.000 before, 0.400 now (by -0.7")


def test_stages_are_listed_in_the_order_of_the_way() -> None:
    made = [outcome("a", "not chosen"), outcome("b", "ranked low"), outcome("c", "not read")]
    same = evaluation(made)
    assert [one.stage for one in compare(same, same).losses] == ["not read", "ranked low", "not chosen"]


# --- what is compared ------------------------------------------------------------------------------------------------


def test_questions_that_only_one_has_or_whose_gold_has_changed_are_named_and_left_out() -> None:
    before = [outcome("gone"), outcome("kept"), outcome("reworded"), outcome("other gold")]
    now = [outcome("kept"), outcome("new"), outcome("reworded", question="Why?"), outcome("other gold", gold=())]
    found = compare(evaluation(before), evaluation(now))
    assert (found.only_before, found.only_now, found.rewritten) == (("gone",), ("new",), ("reworded", "other gold"))
    assert change(found, "hit_at_1").count == 1


def test_sets_without_a_question_in_common_have_nothing_to_compare() -> None:
    found = compare(evaluation([outcome("a")]), evaluation([outcome("b")]))
    assert (found.changes, found.losses) == ((), ())
    assert compare(evaluation([]), evaluation([])).changes == ()


def test_a_figure_that_either_time_did_not_measure_counts_where_both_did() -> None:
    before = [outcome("a", "declined"), outcome("b")]
    now = [outcome("a"), outcome("b")]
    found = compare(evaluation(before), evaluation(now))
    assert change(found, "first_citation_right_when_answered").count == 1
    assert change(found, "first_citation_right").count == 2


def test_settings_that_differ_come_first_with_both_values() -> None:
    before = evaluation([outcome("a")], {"embedding_model": "one", "decline_below": 0.25, "corpus": "f00"})
    now = evaluation([outcome("a")], {"decline_below": 0.25, "embedding_model": "two", "version": "0.2"})
    assert fields(Comparison)[0].name == "settings"
    assert compare(before, now).settings == (
        ("embedding_model", "one", "two"),
        ("version", None, "0.2"),
        ("corpus", "f00", None),
    )


def test_questions_that_went_otherwise_are_listed_with_what_changed() -> None:
    before = [outcome("a"), outcome("b", "declined"), outcome("c"), outcome("d", "not chosen")]
    now = [outcome("a", STAGE), outcome("b"), outcome("c", reciprocal_rank=0.5), outcome("d", "declined")]
    found = compare(evaluation(before), evaluation(now))
    better, worse = ({one.now.id: one.what for one in moved} for moved in (found.got_better, found.got_worse))
    assert list(better) == ["b", "d"]  # a wrong answer is worse than none
    assert list(worse) == ["a", "c"]
    assert better["b"] == (
        "no longer declined, though the documents answer it",
        "lost before at: declined, now at: nothing",
    )
    assert f"lost before at: nothing, now at: {STAGE}" in worse["a"]
    assert worse["c"] == ("mrr 1.00 before, 0.50 now",)


# --- baselines -------------------------------------------------------------------------------------------------------


def test_a_baseline_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    kept = evaluation([outcome("a"), absent("b")], {"embedding_model": "모델"})
    path = save_baseline(tmp_path / "town.jsonl", "main-1.0_ko", kept)
    assert path == tmp_path / "baselines" / "town.main-1.0_ko.json"
    assert load_baseline(tmp_path / "town.jsonl", "main-1.0_ko") == kept
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_baseline_replaces_an_earlier_one_of_its_name(tmp_path: Path) -> None:
    for kept in (evaluation([outcome("a")]), evaluation([outcome("b")])):
        save_baseline(tmp_path / "town.jsonl", "main", kept)
        assert load_baseline(tmp_path / "town.jsonl", "main") == kept


@pytest.mark.parametrize("name", ["", "../main", "a/b", "a\\b", ".hidden", "-x", "a b", "x" * 61, "a\n", "nul\0"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BaselineError, match=r"cannot name a baseline\. Use up to 60 letters"):
        save_baseline(tmp_path / "town.jsonl", name, evaluation([]))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_baseline_names_those_of_this_set(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match=r"no baseline main of town\.jsonl\. Keep one: .*--save-baseline main"):
        load_baseline(tmp_path / "town.jsonl", "main")
    for questions, name in (("town", "may"), ("town", "june"), ("village", "april")):
        save_baseline(tmp_path / f"{questions}.jsonl", name, evaluation([]))
    with pytest.raises(BaselineError, match=r"no baseline main of town\.jsonl\. There are: june, may$"):
        load_baseline(tmp_path / "town.jsonl", "main")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "[" * 100_000, '{"version": 99}', "{}", '{"version": 2}', "\udcff"]
)
def test_a_damaged_baseline_or_one_of_another_format_says_how_to_keep_it_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baselines" / "town.main.json"
    path.parent.mkdir()
    path.write_bytes(text.encode("utf8", "surrogateescape"))
    with pytest.raises(BaselineError, match=r"Keep it anew: sumber evaluate town\.jsonl --save-baseline main$"):
        load_baseline(tmp_path / "town.jsonl", "main")


def test_a_baseline_with_a_piece_missing_is_damaged(tmp_path: Path) -> None:
    path = save_baseline(tmp_path / "town.jsonl", "main", evaluation([outcome("a")]))
    whole = json.loads(path.read_text("utf8"))
    del whole["questions"][0]["confidence"]
    path.write_text(json.dumps(whole), "utf8")
    with pytest.raises(BaselineError, match=r"cannot be used: .*damaged"):
        load_baseline(tmp_path / "town.jsonl", "main")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "baselines").write_text("a file where the folder should be", "utf8")
    with pytest.raises(BaselineError, match="cannot be written"):
        save_baseline(tmp_path / "town.jsonl", "main", evaluation([]))
