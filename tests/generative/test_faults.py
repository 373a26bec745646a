"""Language models that fail, stall or never end: faults are named, documents quoted, no deadline is missed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from llama_index.core.llms import ChatMessage, ChatResponse, MockLLM

from rag.assistant import Assistant
from rag.config import Config
from tests.generative.conftest import BUILT, FARE, GOOD, Ask, said
from tests.llm_server import (
    LanguageModelServer,
    Play,
    cuts,
    endless,
    ends_early,
    fails,
    resets,
    resets_after,
    says,
    sends,
    silent,
    stalls,
    streams,
)

FAULTS = {
    "401": (fails(401), "refused the key (401); their own sentences", "SUMBER_LLM_KEY"),
    "403": (fails(403), "refused the key (403)", "SUMBER_LLM_KEY"),
    "400": (fails(400), "refused the request (400)", "SUMBER_LLM_CONTEXT"),
    "404": (fails(404), "not at that address (404)", "SUMBER_LLM_MODEL"),
    "307": (fails(307, location="http://127.0.0.1:9/v1"), "refused the request (307)", "SUMBER_LLM_URL"),
    "429": (fails(429), "too many requests (429)", "later"),
    "429 for long": (fails(429, retry_after="30"), "too many requests (429)", "later"),
    "429 for ever": (fails(429, retry_after="0"), "too many requests (429)", "later"),
    "500": (fails(500), "failed (500)", "log"),
    "503 for ever": (fails(503, retry_after="0"), "failed (503)", "log"),
    "error page": (fails(502, b"<html>Bad gateway</html>", retry_after="0"), "failed (502)", "log"),
    "thinking without an end": (says("<think>" + "hm " * 3000), "gave no answer", "SUMBER_LLM_URL"),
    "reset": (resets, "broke off", "log"),
    "cut in a sentence": (cuts("A ticket costs 15"), "broke off", "Ask again"),
    "cut in a thought": (cuts("<think>A ticket costs 12 euros."), "broke off", "Ask again"),
    "end without a word": (ends_early("A ticket costs 15"), "broke off", "Ask again"),
    "no tokens left": (says("<think>hm", finish="length"), "used up the tokens", "SUMBER_LLM_CONTEXT"),
    "nothing": (says(""), "gave no answer", "SUMBER_LLM_URL"),
    "white space": (says(" \n\n "), "gave no answer", "SUMBER_LLM_URL"),
    "empty body": (sends(b""), "gave no answer", "SUMBER_LLM_URL"),
    "garbage": (sends(bytes(range(256)) * 40), "", "SUMBER_LLM_URL"),
    "bad JSON": (sends(b'data: {"choices": [\n\n'), "cannot be read", "SUMBER_LLM_URL"),
    "other JSON": (sends(b'data: {"a": 1}\n\ndata: [DONE]\n\n'), "", "SUMBER_LLM_URL"),
    "error in stream": (sends(b'data: {"error": {"message": "sk-secret"}}\n\n'), "cannot be read", "SUMBER_LLM_URL"),
    "web page": (sends(b"<html><body>Welcome</body></html>", "text/html"), "gave no answer", "SUMBER_LLM_URL"),
    "not streamed": (
        sends(b'{"choices": [{"message": {"content": "12"}}]}', "application/json"),
        "gave no answer",
        "SUMBER_LLM_URL",
    ),
    "one word without end": (says("x" * 9000, piece=50), "wrote without end", "another model"),
    "one line without end": (says("ticket " * 3000, piece=50), "wrote without end", "another model"),
    "endless sentence": (endless("A ticket costs 12 euros and "), "wrote without end", "another model"),
    "huge line": (sends(b"data: " + b"x" * 6_000_000), "cannot be read", "SUMBER_LLM_URL"),
    "tool call": (
        streams([{"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]}]),
        "gave no answer",
        "SUMBER_LLM_URL",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("play", "what", "remedy"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_with_its_remedy_and_the_documents_are_quoted(
    ask: Ask, play: Play, what: str, remedy: str
) -> None:
    answer = ask(FARE, play)
    assert answer.status == "answered"
    assert answer.remark.startswith("The language model ")
    assert what in answer.remark
    assert remedy in answer.remark
    assert said(answer) == ["A ticket costs 12 euros, and children travel free."]
    assert answer.sentences[0].verdict == "verbatim"


STALLS = {
    "silence": silent,
    "stall": stalls(),
    "stall in a sentence": stalls("A ticket costs 15"),
    "keep-alives": stalls(drip=b": keep-alive\n\n"),
    "empty deltas": endless(""),
    "endless thinking": endless("hm ", "reasoning_content"),
}


@pytest.mark.parametrize("play", STALLS.values(), ids=STALLS)
def test_a_model_that_stalls_is_left_at_the_deadline_and_the_documents_are_quoted(
    ask: Ask, hasty: Assistant, play: Play
) -> None:
    answer = ask(FARE, play, of=hasty)
    assert answer.remark.startswith("The language model took longer than 1 seconds; their own sentences are quoted.")
    assert "SUMBER_LLM_SECONDS" in answer.remark
    assert said(answer) == ["A ticket costs 12 euros, and children travel free."]


@pytest.mark.parametrize(
    "play",
    [cuts, ends_early, resets_after, stalls, lambda text: says(text, finish="length")],
    ids=["cut", "end without a word", "reset", "stall", "no tokens left"],
)
def test_what_was_said_before_a_fault_is_kept_and_the_rest_is_quoted(
    ask: Ask, hasty: Assistant, play: Callable[[str], Play]
) -> None:
    text = "The engineer Maren Holt built the lighthouse at Skarra [2]. The lighthouse was painted"
    answer = ask(BUILT, play(text), of=hasty)
    assert said(answer)[0] == "The engineer Maren Holt built the lighthouse at Skarra."
    assert "painted" not in answer.text
    assert "the rest is quoted from the documents" in answer.remark


@pytest.mark.parametrize(
    "first",
    [fails(429, retry_after="0.1"), fails(502, retry_after="0"), fails(503), resets],
    ids=["429 with a time", "502", "503", "reset"],
)
def test_a_request_is_tried_once_more_where_that_can_help(ask: Ask, server: LanguageModelServer, first: Play) -> None:
    answer = ask(FARE, first, says(GOOD))
    assert said(answer) == ["A ticket for the ferry Gannet costs 12 euros."]
    assert answer.remark == ""
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_request_is_not_tried_again_where_that_cannot_help(
    ask: Ask, server: LanguageModelServer, status: int
) -> None:
    assert ask(FARE, fails(status), says(GOOD)).remark
    assert len(server.requests) == 1


def test_a_model_that_goes_in_circles_is_stopped(ask: Ask, server: LanguageModelServer) -> None:
    answer = ask(FARE, endless(f"{GOOD} "))
    assert said(answer) == ["A ticket for the ferry Gannet costs 12 euros."]


def test_a_model_that_never_ends_is_stopped_at_a_sentence(ask: Ask) -> None:
    answer = ask(
        FARE, says(GOOD + "".join(f" Buoy {i} is painted in green and red [1]." for i in range(900)), piece=40)
    )
    assert said(answer) == ["A ticket for the ferry Gannet costs 12 euros."]
    assert "were left out" in answer.remark


class Saying(MockLLM):
    """A model of no provider, that says one thing, word by word."""

    def stream_chat(self, *_: object, **__: object) -> Iterator[ChatResponse]:  # type: ignore[override]
        for word in GOOD.split(" "):
            yield ChatResponse(message=ChatMessage(role="assistant", content=word), delta=f"{word} ")


def test_any_llama_index_model_writes_when_it_is_given(library: Path, assistant: Assistant) -> None:
    config = Config(vectorstore=library / "index", llm_seconds=5)
    with Assistant.open(config, llm=Saying()) as opened:
        answer = opened.ask(FARE)
    assert (said(answer), answer.remark) == (["A ticket for the ferry Gannet costs 12 euros."], "")


def test_a_model_that_repeats_what_it_was_given_shows_none_of_its_rules(library: Path, assistant: Assistant) -> None:
    with Assistant.open(Config(vectorstore=library / "index", llm_seconds=5), llm=MockLLM()) as opened:
        answer = opened.ask(FARE)
    assert "instruction" not in answer.text
    assert "source" not in answer.text


def test_a_model_that_raises_is_a_fault_like_any_other(library: Path, assistant: Assistant) -> None:
    class Broken(MockLLM):
        def stream_chat(self, *_: object, **__: object) -> None:  # type: ignore[override]
            raise RuntimeError("out of memory")

    with Assistant.open(Config(vectorstore=library / "index"), llm=Broken()) as opened:
        answer = opened.ask(FARE)
    assert said(answer) == ["A ticket costs 12 euros, and children travel free."]
    assert answer.remark.startswith("The language model sent what cannot be read (RuntimeError)")


def test_a_model_of_another_provider_that_never_ends_is_left_at_the_deadline(
    library: Path, assistant: Assistant
) -> None:
    class Endless(MockLLM):
        def stream_chat(self, *_: object, **__: object) -> Iterator[ChatResponse]:  # type: ignore[override]
            while True:
                yield ChatResponse(message=ChatMessage(role="assistant", content=""), delta="")

    with Assistant.open(Config(vectorstore=library / "index", llm_seconds=0.5), llm=Endless()) as opened:
        opened.warm()
        began = time.monotonic()
        answer = opened.ask(FARE)
    assert time.monotonic() - began < 1.5
    assert "took longer than 0.5 seconds" in answer.remark


def test_many_questions_at_once_each_get_their_answer(assistant: Assistant, server: LanguageModelServer) -> None:
    server.plays(says(f"{GOOD} The engineer Maren Holt built the lighthouse at Skarra [2].", piece=2))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(assistant.ask, [FARE] * 8))
    assert len({answer.text for answer in answers}) == 1
    assert all(answer.remark == "" for answer in answers)
    assert len(server.requests) == 8


def test_a_server_that_is_not_there_is_named_with_the_remedy(library: Path, assistant: Assistant) -> None:
    config = Config(vectorstore=library / "index", llm_url="http://127.0.0.1:9/v1", llm_model="none")
    with Assistant.open(config) as opened:
        answer = opened.ask(FARE)
    assert "cannot be reached" in answer.remark
    assert "SUMBER_LLM_URL" in answer.remark
    assert said(answer) == ["A ticket costs 12 euros, and children travel free."]
