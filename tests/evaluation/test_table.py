"""The table as a person sees it: printed to a console of 100 columns."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console

from rag.evaluation import Evaluation, Outcome, Question, Source, evaluate
from rag.evaluation.table import IN_WORDS, render
from tests.evaluation.library import Library
from tests.evaluation.test_run import KEEPER, MAYOR, TEXTS, WHOLE_SET, Bold


def printed(evaluation: Evaluation, listed: int = 10, width: int = 100) -> str:
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(render(evaluation, listed))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def asked(*questions: Question, library: Library | None = None) -> Evaluation:
    return evaluate(library or Library(TEXTS), questions)


def with_answer(text: str) -> Evaluation:
    wrong: Outcome = replace(asked(MAYOR, library=Bold(TEXTS)).outcomes[0], answer=text)
    return Evaluation((wrong,), {})


def test_every_figure_has_a_line_with_value_interval_and_count_on_80_columns() -> None:
    evaluation = asked(*WHOLE_SET)
    lines = [" ".join(line.split()) for line in printed(evaluation, width=80).splitlines()]
    for name, figure in evaluation.figures.items():
        words = IN_WORDS[name] + ("" if figure.chance is None else f", chance {figure.chance:.2f}")
        assert f"{words} {figure.value:.3f} {figure.low:.3f} to {figure.high:.3f} {figure.count}" in lines
    assert any(line.startswith("time to answer, 95th percentile (ms) ") for line in lines)


def test_categories_are_shown_where_there_are_several_with_a_dash_for_what_is_not_measured() -> None:
    lines = [" ".join(line.split()) for line in printed(asked(*WHOLE_SET), width=120).splitlines()]
    assert "category questions hit@1 answer right citation right declined rightly declined wrongly" in lines
    assert "absent 1 - - - 1.000 -" in lines
    assert "people 1 1.000 1.000 1.000 - 0.000" in lines
    assert "By category" not in printed(asked(KEEPER))


def test_a_question_that_went_wrong_is_shown_with_the_reason_and_the_answer() -> None:
    text = " ".join(printed(asked(MAYOR, library=Bold(TEXTS)), width=200).split())
    assert "1 went wrong" in text
    assert "mayor Who is the mayor of Bandung? answered, though the documents do not say The harbour master" in text


def test_nothing_is_said_of_wrong_questions_where_there_are_none() -> None:
    assert "went wrong" not in printed(asked(*WHOLE_SET))


def test_at_most_so_many_wrong_questions_are_shown_and_the_rest_are_counted() -> None:
    questions = [replace(MAYOR, id=f"mayor-{number}") for number in range(5)]
    text = printed(asked(*questions, library=Bold(TEXTS)), listed=2)
    assert "5 (the first 2 listed) went wrong" in text
    assert "mayor-1" in text
    assert "mayor-2" not in text
    assert "\n5 went wrong" in printed(asked(*questions, library=Bold(TEXTS)), listed=5)


def test_stale_questions_are_listed_with_the_reason() -> None:
    text = printed(asked(replace(KEEPER, sources=(Source("gone.md"),))))
    assert "1 not measured in full: the corpus no longer holds where the answer stood" in text
    assert "the corpus holds no document gone.md" in text


def test_markup_in_a_document_is_shown_and_not_obeyed() -> None:
    assert "[red]alert[/red] [1] [/nonsense]" in printed(with_answer("[red]alert[/red] [1] [/nonsense]"), width=200)


def test_an_escape_sequence_in_a_document_does_not_reach_the_terminal() -> None:
    text = printed(with_answer("before \x1b[2J\x1b]0;title\x07 \u202eafter"), width=200)
    assert not any(letter in text for letter in "\x1b\x07\u202e")
    assert "before" in text


def test_a_long_answer_is_cut_with_a_sign() -> None:
    text = printed(with_answer("long " * 200), width=300)
    assert "long…" in text
    assert text.count("long") < 40


def test_an_evaluation_without_questions_can_be_shown() -> None:
    assert "0 questions" in printed(asked())
