"""What a language model is sent, when its sentences come, and the settings that switch it on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.doctor import examine
from rag.types import Citation, ModelError, Sentence, SettingsError, Turn
from tests.generative.conftest import FARE, GOOD, SECONDS, Ask, said
from tests.llm_server import (
    Exchange,
    LanguageModelServer,
    says,
    stalls,
)


def test_only_the_key_of_the_settings_is_sent_and_nothing_about_this_machine(
    ask: Ask, server: LanguageModelServer
) -> None:
    ask(FARE, says(GOOD))
    (headers,) = server.headers
    assert headers["authorization"] == "Bearer sk-secret"
    assert set(headers) == {
        "host",
        "accept",
        "connection",
        "user-agent",
        "content-type",
        "content-length",
        "authorization",
    }
    (request,) = server.requests
    assert (request["model"], request["stream"], request["max_tokens"]) == ("scripted", True, 1024)


def test_a_key_in_the_environment_is_no_consent(
    library: Path, assistant: Assistant, server: LanguageModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID"):
        monkeypatch.setenv(name, "sk-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Key: sk-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    server.plays(says("Children travel free [1]."))
    with Assistant.open(Config(vectorstore=library / "index")) as plain:
        assert said(plain.ask(FARE)) == ["A ticket costs 12 euros, and children travel free."]
    assert server.requests == []
    config = Config(vectorstore=library / "index", llm_url=server.url, llm_model="scripted")
    with Assistant.open(config) as keyless:
        assert said(keyless.ask(FARE)) == ["Children travel free."]
    assert "sk-environment" not in str(server.headers)


def test_earlier_turns_are_told_briefly(ask: Ask, server: LanguageModelServer) -> None:
    turns = tuple(Turn(f"Question {i}?", f"Answer {i}. " * 200) for i in range(9))
    ask(FARE, says(GOOD), history=turns)
    sent = server.requests[0]["messages"][1]["content"]
    assert "Question 8?" in sent
    assert "Question 1?" not in sent
    assert sent.count("Answer 8.") < 40


def test_passages_are_cut_from_the_last_to_fit_the_window(
    library: Path, assistant: Assistant, server: LanguageModelServer
) -> None:
    sizes = []
    for window in (1024, 4096):
        config = Config(vectorstore=library / "index", llm_url=server.url, llm_model="scripted", llm_context=window)
        server.plays(says(GOOD))
        with Assistant.open(config) as opened:
            assert said(opened.ask(FARE)) == ["A ticket for the ferry Gannet costs 12 euros."]
        sizes.append(sum(len(message["content"].encode()) for message in server.requests[0]["messages"]))
        assert sizes[-1] / 3 + window // 4 <= window
    assert sizes[0] <= sizes[1]


def test_sentences_come_as_they_are_checked_before_the_model_has_ended(
    hasty: Assistant, server: LanguageModelServer
) -> None:
    server.plays(stalls(f"{GOOD} And now"))
    came: list[tuple[float, Sentence, tuple[Citation, ...]]] = []
    began = time.monotonic()
    answer = hasty.ask(FARE, on_sentence=lambda one, new: came.append((time.monotonic() - began, one, new)))
    assert came[0][0] < SECONDS
    assert [one for _, one, _ in came] == list(answer.sentences)
    assert [citation for *_, new in came for citation in new] == list(answer.citations)


def test_documents_may_change_while_the_model_writes(corpus: Path, tmp_path: Path, server: LanguageModelServer) -> None:
    config = Config(corpus=corpus, vectorstore=tmp_path / "index", llm_url=server.url, llm_model="scripted")

    def changed_meanwhile(exchange: Exchange) -> None:
        (corpus / "ferries.md").write_text("# Ferries\n\nA ticket for the ferry Gannet now costs 99 euros.\n", "utf8")
        opened.sync()
        says(GOOD)(exchange)

    with Assistant.open(config) as opened:
        opened.sync()
        server.plays(changed_meanwhile)
        assert "12 euros" in opened.ask(FARE).citations[0].quote
        server.plays(says(GOOD))
        assert "99 euros" in opened.ask(FARE).text


def test_quoted_sentences_come_through_the_same_door(library: Path, assistant: Assistant) -> None:
    came: list[Sentence] = []
    with Assistant.open(Config(vectorstore=library / "index")) as opened:
        answer = opened.ask(FARE, on_sentence=lambda sentence, new: came.append(sentence))
        opened.ask("Who won the football world cup in 2022?", on_sentence=lambda sentence, new: came.append(sentence))
    assert came == list(answer.sentences)


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"llm_url": "http://127.0.0.1:1/v1"},
        {"llm_model": "scripted"},
        {"llm_url": "127.0.0.1:1/v1", "llm_model": "scripted"},
        {"llm_url": "file:///etc/passwd", "llm_model": "scripted"},
        {"llm_url": "http://me:secret@host/v1", "llm_model": "scripted"},
        {"llm_seconds": 0},
        {"llm_context": 10},
    ],
)
def test_settings_of_a_language_model_that_cannot_be_used_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="SUMBER_LLM") as caught:
        Config(**settings)
    assert "secret" not in str(caught.value)


def test_a_key_is_never_printed() -> None:
    config = Config(llm_url="http://127.0.0.1:1/v1", llm_model="scripted", llm_key="sk-secret")
    assert "sk-secret" not in f"{config!r} {config} {config.model_dump()}"


def test_what_is_no_language_model_is_refused(library: Path) -> None:
    with pytest.raises(ModelError, match="no llama-index language model"):
        Assistant.open(Config(vectorstore=library / "index"), llm="gpt")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://api.example.org/v1", "go to the language model at api.example.org"),
        ("http://localhost:11434/v1", "nothing by Sumber itself; each question"),
        ("http://[::1]:11434/v1", "at [::1]:11434 on this machine"),
        ("http://localhost.example.org/v1", "go to the language model at localhost.example.org"),
    ],
)
def test_the_doctor_names_the_host_that_questions_go_to(tmp_path: Path, url: str, words: str) -> None:
    found = {one.subject: one.words for one in examine(Config(vectorstore=tmp_path, llm_url=url, llm_model="scripted"))}
    assert words in found["leaves this machine"]
    assert found["language model"].startswith("scripted at ")
