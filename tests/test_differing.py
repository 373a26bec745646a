"""Yes or no, and whether two texts say different things."""

from __future__ import annotations

import pytest

from rag.differing import amounts_differ, dates_differ, hedged, names_differ, other_year, revokes, yes_or_no


@pytest.mark.parametrize(
    ("question", "sentence", "says"),
    [
        ("Is the mill open at night?", "The mill is open at night.", True),
        ("Is the mill open at night?", "The mill is not open at night.", False),
        ("Was the plan accepted?", "The plan was rejected.", False),
        ("Is smoking allowed in the hall?", "Smoking in the hall is forbidden.", False),
        ("Is Ferry Row open at weekends?", "Ferry Row is open at weekends; Marrow Hill is not.", True),
        ("Can tourists use the bicycles?", "Tourists cannot use the bicycles, since a pass is needed.", False),
        ("Apakah pupuk ditanggung desa?", "Pupuk tidak ditanggung desa.", False),
        ("열람실은 문을 닫나요?", "열람실은 문을 닫지 않는다.", False),
    ],
)
def test_a_sentence_that_holds_the_question_says_yes_or_no(question: str, sentence: str, says: bool) -> None:
    assert yes_or_no(question, sentence) is says


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Are dogs allowed?", "Dogs are allowed except in the glasshouse."),
        ("Will a cellar be built?", "The board plans that a cellar is built."),
        ("Does the mill sell bread?", "The mill burned down in 1931."),
        ("Did the mill burn down in 1944?", "The mill burned down in 1931."),
        ("Was it not closed?", "It was closed."),
        ("Was the mill closed?", "The bakery was closed."),
        ("", ""),
    ],
)
def test_where_words_do_not_tell_it_is_not_said(question: str, sentence: str) -> None:
    assert yes_or_no(question, sentence, "The mill") is None


def test_dates_differ_only_by_their_years() -> None:
    assert dates_differ("It opens in summer 2020.", "It opened on 17 April 2021.")
    assert not dates_differ("It opened in 2021.", "It opened on 17 April 2021.")
    assert not dates_differ("It opened.", "It opened on 17 April 2021.")


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("It costs 30 euros.", "It costs 36 euros.", True),
        ("It costs 1.5 million euros.", "It costs 1,500,000 euros.", False),
        ("It costs 30 euros.", "It weighs 36 kg.", False),
        ("There are 148 member farms.", "There are 131 member farms.", True),
        ("There are 148 farms.", "There are 131 cows.", False),
    ],
)
def test_amounts_differ_only_of_the_same_thing(one: str, other: str, differ: bool) -> None:
    assert amounts_differ(one, other) is differ


def test_names_differ_where_neither_is_the_questions_own() -> None:
    assert names_differ("Who chairs the board?", "Greta Lund chairs the board.", "Amos Reed chairs the board.")
    assert not names_differ("Who chairs the board?", "Greta Lund chairs the board.", "Lund chairs the board.")
    assert not names_differ("Who chairs the board?", "Greta Lund chairs the board.", "The board has a chair.")


def test_a_year_counts_as_wrong_only_where_the_source_gives_others() -> None:
    assert other_year("Why did it open in 2018?", "It opened in 2016.", "It opened in 2016.") == ("2018", "2016")
    assert other_year("Why did it open in 2018?", "It opened in 2016.", "It opened in 2016. In 2018 it closed.") is None
    both = "It had 90 guests in 2016, against 70 in 2015."
    assert other_year("How many guests in 2018?", both, both) == ("2018", "2015, 2016")
    assert other_year("Why did it open in 2018?", "It opened.", "It opened.") is None
    assert other_year("Why did it open?", "It opened in 2016.", "It opened in 2016.") is None


@pytest.mark.parametrize("text", ["It was called off.", "Proyek itu dibatalkan.", "계획이 취소되었다."])
def test_what_was_called_off_is_recognised(text: str) -> None:
    assert revokes(text)
    assert not revokes("It was opened.")


@pytest.mark.parametrize("text", ["It may open.", "The town plans a school.", "학교를 옮길 계획이다."])
def test_what_is_only_planned_is_recognised(text: str) -> None:
    assert hedged(text)
    assert not hedged("It opened.")
