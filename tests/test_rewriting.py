"""A language model's rewrite of a follow-up question: what is kept of it, and when the rules' form stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from llama_index.core.llms import LLM

from rag.followup import CARRIED, inquiry
from rag.models import load_language_model
from rag.rewriting import Rewriter
from rag.types import Inquiry, Turn
from tests.llm_server import (
    LanguageModelServer,
    Play,
    cuts,
    endless,
    fails,
    resets,
    says,
    sends,
    silent,
    stalls,
    thinks,
)

KEEPER = Turn("Who keeps the lighthouse at Skarra?", "Ida Renn has kept it since 2003. [1]")
QUESTION = "Where did she live before?"
RULED = inquiry(QUESTION, [KEEPER])
GOOD = "Where did Ida Renn live before 2003?"
PATIENCE = 20.0  # seconds, where a model is quick and only this machine may be slow
SECONDS = 1.0  # where a model stalls

Rewrite = Callable[..., Inquiry]


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageModelServer]:
    running = LanguageModelServer()
    yield running
    running.close()


def model(server: LanguageModelServer, seconds: float) -> LLM:
    return load_language_model(server.url, "scripted", "sk-secret", seconds, 4096)


@pytest.fixture(scope="module")
def rewriter(server: LanguageModelServer) -> Rewriter:
    return Rewriter(model(server, PATIENCE), PATIENCE)


@pytest.fixture
def rewrite(server: LanguageModelServer, rewriter: Rewriter) -> Rewrite:
    def rewriting(play: Play, question: str = QUESTION, history: tuple[Turn, ...] = (KEEPER,)) -> Inquiry:
        server.plays(play)
        return rewriter.inquiry(question, history)

    return rewriting


def test_the_words_that_a_rewrite_adds_are_the_context_and_the_question_stays_the_persons(rewrite: Rewrite) -> None:
    assert rewrite(says(GOOD)) == Inquiry(QUESTION, "Ida Renn 2003", KEEPER.answer)


def test_a_question_that_stands_alone_is_not_sent(rewrite: Rewrite, server: LanguageModelServer) -> None:
    alone = "How much is a ticket for the ferry Gannet?"
    assert rewrite(says("How much is Skarra?"), alone) == Inquiry(alone)
    assert rewrite(says("Where did Skarra live before?"), QUESTION, ()) == Inquiry(QUESTION)
    assert server.requests == []


@pytest.mark.parametrize("thought", [thinks("She is Ida.", GOOD), says(f"<think>Who?\nShe is Ida.</think>\n\n{GOOD}")])
def test_what_a_model_thinks_is_no_part_of_its_rewrite(rewrite: Rewrite, thought: Play) -> None:
    assert rewrite(thought).context == "Ida Renn 2003"


def test_thoughts_without_a_beginning_are_left_out_too(rewrite: Rewrite) -> None:
    assert rewrite(says(f"She is Ida. Where is Skarra?</think>{GOOD}")).context == "Ida Renn 2003"


@pytest.mark.parametrize(
    "text",
    [
        "When was Ida Renn born?",  # not its own words
        "Ida Renn lived in Lund before.",
        "Where did Ida Renn live before? In Skarra.",
        "Here is the question:\n\nWhere did Ida Renn live before?",
        "**Where did Ida Renn live before?**",
        "Where did <b>Ida Renn</b> live before?",
        "Where did Ida Renn live before? [1]",
        "Where did Ida Renn live before " + "and before " * 50 + "?",
        "I cannot rewrite where she did live before.",
        QUESTION,
        "Where did Napoleon live before?",  # nobody spoke of him
        "?",
        "",
    ],
)
def test_what_is_no_plain_rewrite_of_the_question_leaves_the_rules_form(rewrite: Rewrite, text: str) -> None:
    assert rewrite(says(text)) == RULED


def test_a_word_that_nobody_said_is_not_added(rewrite: Rewrite) -> None:
    assert rewrite(says("Where in Norway did Ida Renn live before?")).context == "Ida Renn"


def test_a_rewrite_adds_no_more_words_than_the_rules_may(rewrite: Rewrite) -> None:
    many = " ".join(f"Isle{number}" for number in range(30))
    written = f"Where did she live before {many}?"
    assert len(rewrite(says(written), QUESTION, (Turn("Which isles?", many),)).context.split()) == CARRIED


@pytest.mark.parametrize(
    ("question", "turn", "text", "added"),
    [
        (
            "How long does the second take?",
            Turn("Which ferries sail?", "The Gannet and the Puffin."),
            "How long does the Puffin take?",
            "Puffin",
        ),
        (
            "Berapa biayanya?",
            Turn("Siapa membangun jembatan Suramadu?", "Waskita."),
            "Berapa biaya jembatan Suramadu?",
            "jembatan Suramadu",
        ),
        (
            "그곳은 언제 닫나요?",
            Turn("솔내 도서관은 어디에 있나요?", "강가에 있다."),
            "솔내 도서관은 언제 닫나요?",
            "솔내 도서관",
        ),
    ],
)
def test_words_that_point_need_not_be_kept(rewrite: Rewrite, question: str, turn: Turn, text: str, added: str) -> None:
    assert rewrite(says(text), question, (turn,)).context == added


@pytest.mark.parametrize(
    "play",
    [
        fails(401),
        fails(500),
        fails(429),
        resets,
        cuts(GOOD),
        says(GOOD, finish="length"),
        sends(b'data: {"choices": [\n\n'),
        sends(bytes(range(256)) * 40),
        sends(b"<html>Welcome</html>", "text/html"),
        says("<think>" + "hm " * 3000),
        endless("hm. "),
        endless("hm"),
        endless("hm ", "reasoning_content"),
    ],
)
def test_a_model_that_fails_leaves_the_rules_form(rewrite: Rewrite, play: Play, server: LanguageModelServer) -> None:
    hasty = Rewriter(model(server, SECONDS), SECONDS)
    server.plays(play)
    assert hasty.inquiry(QUESTION, [KEEPER]) == RULED


@pytest.mark.parametrize("play", [silent, stalls(GOOD), stalls("", b": ping\n\n")])
def test_a_model_that_stalls_costs_no_more_than_its_time(server: LanguageModelServer, play: Play) -> None:
    hasty = Rewriter(model(server, PATIENCE), SECONDS)
    server.plays(play)
    began = time.monotonic()
    assert hasty.inquiry(QUESTION, [KEEPER]) == RULED
    assert time.monotonic() - began < SECONDS + 1


def test_earlier_turns_are_quoted_in_part_behind_a_fence_that_is_new_each_time(
    rewrite: Rewrite, server: LanguageModelServer
) -> None:
    sent = []
    for _ in range(2):
        rewrite(says(GOOD), QUESTION, (Turn("old " * 1000), *[Turn("Who? " * 1000, "Ida. " * 1000)] * 8, KEEPER))
        sent.append(server.requests[0]["messages"])
    for rules, asked in sent:
        assert rules["role"] == "system"
        assert len(asked["content"]) < 3000
        assert KEEPER.answer in asked["content"]
        assert "old" not in asked["content"]
        assert asked["content"].endswith(QUESTION)
    assert sent[0][0] != sent[1][0]
