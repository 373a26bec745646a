"""A language model's opinion of answers, by a server that speaks the real protocol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from rag.evaluation import Evaluation, evaluate
from rag.evaluation.judging import LONGEST, judged
from rag.evaluation.result import Opinion
from rag.models import load_language_model
from tests.evaluation.library import Library
from tests.evaluation.test_run import KEEPER, MAYOR, TEXTS
from tests.llm_server import LanguageModelServer, Play, fails, says, silent, thinks

SECONDS = 20.0


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageModelServer]:
    running = LanguageModelServer()
    yield running
    running.close()


def opinion(server: LanguageModelServer, *plays: Play, seconds: float = SECONDS) -> Opinion:
    server.plays(*plays)
    llm = load_language_model(server.url, "scripted", "", seconds, 4096)
    (found,) = judged(evaluate(Library(TEXTS), [KEEPER, MAYOR]), llm, seconds).opinions
    return found


def test_the_first_word_is_the_opinion_and_the_rest_its_reason(server: LanguageModelServer) -> None:
    assert opinion(server, says("RIGHT. It names Ines.")) == Opinion("keeper", True, "It names Ines.")
    assert opinion(server, says("**Wrong**: Ines left.")).right is False
    assert opinion(server, says("UNSURE - the quote is short.")).right is None
    assert opinion(server, thinks("It may be WRONG.", "RIGHT.")).right is True


def test_the_model_is_shown_question_answer_and_what_is_right_within_fences(server: LanguageModelServer) -> None:
    opinion(server, says("RIGHT."))
    (request,) = server.requests
    shown = request["messages"][1]["content"]
    assert "Who keeps the old lighthouse?" in shown
    assert "Ines keeps the old lighthouse at Pulau Karang." in shown
    assert len(shown) < 4 * LONGEST


@pytest.mark.parametrize(
    ("play", "reason"),
    [
        (fails(401), "The language model refused the key (401)."),
        (silent, "The language model took longer than 1 seconds."),
        (says("I would rather talk about the weather."), "The language model did not say whether it is right."),
    ],
)
def test_a_model_that_fails_has_no_opinion(server: LanguageModelServer, play: Play, reason: str) -> None:
    assert opinion(server, play, seconds=1.0) == Opinion("keeper", None, reason)


def test_opinions_count_in_no_figure_and_are_kept(server: LanguageModelServer) -> None:
    evaluation = evaluate(Library(TEXTS), [KEEPER, MAYOR])
    found = replace(evaluation, opinions=(Opinion("keeper", False, "No."),))
    assert found.figures == evaluation.figures
    assert Evaluation.from_dict(found.to_dict()) == found
