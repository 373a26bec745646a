"""Gates as they are written, and what they say of constructed evaluations."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from rag.evaluation import Evaluation
from rag.evaluation.comparison import compare
from rag.evaluation.gates import MAX_TEXT, NAMES, GateError, Rule, check, parse
from tests.evaluation.test_comparison import absent, evaluation, outcome, random_set

NINE_OF_TEN = evaluation(
    [outcome(f"q{number}", "" if number else "declined", milliseconds=100.0 * number) for number in range(10)]
)


def held(text: str, found: Evaluation = NINE_OF_TEN) -> list[bool]:
    return [one.holds for one in check(parse(text), found)]


def test_rules_are_read_in_their_order() -> None:
    assert parse(" first_citation_right>=.95 ,declined_wrongly [dates, old] <= 5%, p95_ms<2000.5,no_worse,") == (
        Rule("first_citation_right", ">=", 0.95),
        Rule("declined_wrongly", "<=", 0.05, "dates, old"),
        Rule("p95_ms", "<", 2000.5),
        Rule("no_worse"),
    )


@pytest.mark.parametrize("bound", [".95", "0.95", "95%", "95 %", "95.0%"])
def test_a_share_may_be_written_in_hundredths(bound: str) -> None:
    assert parse(f"mrr>={bound}") == (Rule("mrr", ">=", 0.95),)


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_can_be_held_against_a_bound(name: str) -> None:
    assert parse(f"{name}<=1")[0].name == name


def test_every_figure_of_an_evaluation_has_a_name_here() -> None:
    found = evaluation(random_set(2))
    assert {*found.figures, *found.latency} <= set(NAMES)


def test_a_rule_is_written_as_it_is_read() -> None:
    written = "mrr[산과 바다]>=0.95, p50_ms<1e+06, aurc==0.5, no_worse"
    assert ", ".join(map(str, parse("mrr[산과 바다]>=95%, p50_ms<1000000, aurc==.5, no_worse"))) == written


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("first_citation_rigth>=.95", "there is no figure first_citation_rigth. There are: first_citation_right, "),
        ("P50_MS<5", "There are: p50_ms, p95_ms, "),
        ("no_worse>=1", "There are: no_worse, "),
        ("worse", "There are: no_worse, "),
        ("mrr", "the rule 'mrr' cannot be read. Write a figure, one of >= <= > < =="),
        ("mrr=.5", "the rule 'mrr=.5' cannot be read"),
        ("mrr>=", "cannot be read"),
        ("mrr>=nan", "cannot be read"),
        ("mrr>=-1", "cannot be read"),
        ("mrr[]>=1", "cannot be read"),
        (">=.5", "the rule '>=.5' cannot be read"),
        ("mrr>=95", "mrr lies between 0 and 1, so it cannot be held against 95. Write .95 or 95%"),
        ("p95_ms<=5%", "p95_ms is a time in milliseconds and no share. Write it as p95_ms<=2000"),
        (" , ", "the gate holds no rule. Write one such as first_citation_right>=.95"),
        ("x" * (MAX_TEXT + 1), f"the gate has {MAX_TEXT + 1} characters; the limit is {MAX_TEXT}. Give fewer rules"),
        ("[" * MAX_TEXT, "cannot be read"),
    ],
)
def test_a_rule_that_cannot_be_read_says_how_one_is_written(text: str, message: str) -> None:
    with pytest.raises(GateError, match=re.escape(message)):
        parse(text)


def test_an_unknown_figure_lists_every_figure() -> None:
    with pytest.raises(GateError) as caught:
        parse("hit_at_3>=.5")
    assert set(str(caught.value).split("There are: ")[1].split(", ")) == {*NAMES, "no_worse"}


@pytest.mark.parametrize(
    ("sign", "below", "same", "above"),
    [
        (">=", False, True, True),
        ("<=", True, True, False),
        (">", False, False, True),
        ("<", True, False, False),
        ("==", False, True, False),
    ],
)
def test_a_bound_is_kept_as_its_sign_says(sign: str, below: bool, same: bool, above: bool) -> None:
    rule = Rule("mrr", sign, 0.3)
    assert [rule.allows(value) for value in (0.29, 0.1 + 0.2, 0.31)] == [below, same, above]


def test_a_figure_is_held_against_its_bound_and_its_value_is_told() -> None:
    first, second = check(parse("answer_contained>=90%, declined_wrongly<5%"), NINE_OF_TEN)
    assert (first.value, first.holds, first.reason) == (0.9, True, "")
    assert (second.value, second.holds, second.reason) == (0.1, False, "declined_wrongly is 0.1")


def test_times_are_held_against_milliseconds() -> None:
    assert held("p50_ms<=450, p50_ms<450, p95_ms<900, p95_ms<=800") == [True, False, True, False]


def test_a_category_has_rules_of_its_own() -> None:
    made = [outcome("a", category="dates, old", milliseconds=5.0), outcome("b", "declined", category="names")]
    found = evaluation(made)
    assert held("declined_wrongly[dates, old]==0, declined_wrongly[names]==0, declined_wrongly==50%", found) == [
        True,
        False,
        True,
    ]
    assert held("p95_ms[dates, old]<=5, p95_ms[names]<=5", found) == [True, False]


def test_what_is_not_measured_does_not_hold_and_says_why() -> None:
    (absent_figure,) = check(parse("declined_unanswerable>=0"), NINE_OF_TEN)
    assert (absent_figure.value, absent_figure.holds) == (None, False)
    assert absent_figure.reason == "no question of this set is measured by declined_unanswerable"
    (category,) = check(parse("mrr[dats]>=0"), evaluation([outcome("a", category="dates"), absent("b")]))
    assert category.reason == "no question is of the category dats; there are: dates, general"
    (figure,) = check(parse("mrr[general]>=0"), evaluation([absent("b")]))
    assert figure.reason == "no question of this set of the category general is measured by mrr"
    assert held("p50_ms>=0", evaluation([])) == [False]


def test_no_worse_holds_where_no_figure_is_shown_to_be_worse() -> None:
    before = [outcome(f"q{number}") for number in range(60)]
    lost = [outcome(one.id, "not chosen") for one in before]
    few, many = (evaluation(lost[:count] + before[count:]) for count in (3, 20))
    base = evaluation(before)
    (kept,), (broken,), (gained,) = (
        check(parse("no_worse"), now, compare(then, now)) for then, now in ((base, few), (base, many), (many, base))
    )
    assert (kept.holds, kept.reason, gained.holds) == (True, "", True)
    assert not broken.holds
    assert "worse: answer_contained 1.000 before, 0.667 now" in broken.reason


def test_no_worse_does_not_hold_without_anything_to_compare_with() -> None:
    (alone,) = check(parse("no_worse"), NINE_OF_TEN)
    assert (alone.holds, alone.reason) == (False, "there is nothing to compare with. Give --baseline NAME")
    others = evaluation([replace(one, id=f"other {one.id}") for one in NINE_OF_TEN.outcomes])
    (strange,) = check(parse("no_worse"), NINE_OF_TEN, compare(others, NINE_OF_TEN))
    assert (strange.holds, strange.reason) == (False, "no question is in both this set and the baseline")
