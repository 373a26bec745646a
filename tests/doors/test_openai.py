"""The official OpenAI client asks Sumber: plain, streamed, declined, refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from rag.types import Answer, Citation, Sentence
from rag.ui.openai import Completion, Message, _chunks, chat_of, content, harmless
from tests.doors.conftest import QUESTION, UNANSWERED, Served

ASKED = [{"role": "user", "content": QUESTION}]


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{served.address}/v1", api_key="unused", max_retries=0) as client:
        yield client


def complete(client: openai.OpenAI, messages: Any, **more: Any) -> Any:
    return client.chat.completions.create(model="sumber", messages=messages, **more)


def test_an_answer_has_its_markers_its_sources_and_every_citation_beside_it(client: openai.OpenAI) -> None:
    done = complete(client, ASKED)
    (choice,) = done.choices
    answer = choice.message.model_extra["sumber"]
    assert (choice.finish_reason, answer["status"]) == ("stop", "answered")
    assert choice.message.content.startswith(answer["text"])
    assert "40 minutes" in answer["text"]
    assert "[1]" in answer["text"]
    assert "\n\nSources:\n\n- [1] " in choice.message.content
    assert answer["citations"][0]["document"] == "ferries.md"
    assert done.usage.model_extra == {"unit": "words"}
    words = (len(QUESTION.split()), len(choice.message.content.split()))
    assert (done.usage.prompt_tokens, done.usage.completion_tokens, done.usage.total_tokens) == (*words, sum(words))


def test_a_streamed_answer_says_the_same_and_keeps_its_citations(client: openai.OpenAI) -> None:
    plain = complete(client, ASKED)
    chunks = list(complete(client, ASKED, stream=True, stream_options={"include_usage": True}))
    texts = [one.choices[0].delta.content for one in chunks if one.choices and one.choices[0].delta.content]
    assert "".join(texts) == plain.choices[0].message.content
    (last,) = [one for one in chunks if one.choices and one.choices[0].finish_reason]
    cited = last.choices[0].delta.model_extra["sumber"]["citations"]
    assert cited == plain.choices[0].message.model_extra["sumber"]["citations"]
    assert [bool(one.usage) for one in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1].usage == plain.usage
    assert len({one.id for one in chunks}) == 1


def test_the_clients_own_accumulation_keeps_the_citations_too(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="sumber", messages=ASKED) as stream:  # type: ignore[arg-type]
        message = stream.get_final_completion().choices[0].message
    assert message.model_extra
    assert message.model_extra["sumber"]["status"] == "answered"


@pytest.mark.parametrize("stream", [False, True])
def test_a_question_the_documents_do_not_answer_ends_like_any_other(client: openai.OpenAI, stream: bool) -> None:
    done = complete(client, [{"role": "user", "content": UNANSWERED}], stream=stream)
    if stream:
        chunks = [one.choices[0] for one in done]
        text = "".join(one.delta.content or "" for one in chunks)
        reason, answer = chunks[-1].finish_reason, chunks[-1].delta.model_extra["sumber"]
    else:
        text, reason = done.choices[0].message.content, done.choices[0].finish_reason
        answer = done.choices[0].message.model_extra["sumber"]
    assert (reason, answer["status"]) == ("stop", "not_found")
    assert text.startswith(answer["text"])
    assert "Sources:" not in text


def test_earlier_messages_are_the_history_and_scope_narrows(client: openai.OpenAI) -> None:
    earlier = complete(client, ASKED).choices[0].message.content
    messages = [
        {"role": "system", "content": "Answer in verse."},
        *ASKED,
        {"role": "assistant", "content": earlier},
        {
            "role": "user",
            "content": [{"type": "text", "text": "What does"}, {"type": "text", "text": "a ticket for it cost?"}],
        },
    ]
    assert "12 euros" in complete(client, messages).choices[0].message.content
    narrowed = complete(client, ASKED, extra_body={"scope": {"documents": ["reports/*"]}})
    assert narrowed.choices[0].message.model_extra["sumber"]["status"] == "not_found"


def test_the_one_model_is_listed_and_others_are_not_found(client: openai.OpenAI) -> None:
    assert [one.id for one in client.models.list()] == ["sumber"]
    assert client.models.retrieve("sumber").id == "sumber"
    for ask in (
        lambda: client.models.retrieve("gpt"),
        lambda: client.chat.completions.create(model="gpt", messages=ASKED),  # type: ignore[arg-type]
    ):
        with pytest.raises(openai.NotFoundError) as raised:
            ask()
        assert (raised.value.code, raised.value.param) == ("model_not_found", "model")


PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}


@pytest.mark.parametrize(
    ("messages", "more", "code", "param"),
    [
        ([{"role": "user", "content": [PICTURE]}], {}, "unsupported_content", "messages[0].content[0]"),
        ([{"role": "system", "content": "Hello"}], {}, "bad_question", "messages"),
        ([{"role": "user", "content": " \n"}], {}, "bad_question", "messages"),
        ([], {}, "bad_request", "messages"),
        (ASKED, {"n": 2}, "unsupported_parameter", "n"),
        (ASKED, {"logprobs": True}, "unsupported_parameter", "logprobs"),
        (ASKED, {"response_format": {"type": "json_object"}}, "unsupported_parameter", "response_format"),
        (ASKED, {"tool_choice": "required"}, "unsupported_parameter", "tool_choice"),
        (ASKED, {"extra_body": {"scope": {"after": "soon"}}}, "bad_question", None),
        (ASKED, {"extra_body": {"scope": {"folder": "x"}}}, "bad_request", "scope.folder"),
    ],
)
def test_what_cannot_be_done_is_an_error_of_the_clients_own_kind(
    client: openai.OpenAI, messages: Any, more: dict[str, Any], code: str, param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        complete(client, messages, **more)
    assert (raised.value.code, raised.value.param, raised.value.type) == (code, param, "invalid_request_error")


def test_settings_of_a_writing_model_are_passed_over(client: openai.OpenAI) -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]
    done = complete(client, ASKED, temperature=0.2, seed=7, max_tokens=5, user="u", tools=tools, tool_choice="auto")
    assert "40 minutes" in done.choices[0].message.content


def asked(*messages: tuple[str, str | None]) -> Completion:
    return Completion(model="sumber", messages=[Message(role=role, content=text) for role, text in messages])


def test_an_earlier_answer_is_remembered_without_its_sources_and_a_refusal_not_at_all() -> None:
    chat = chat_of(
        asked(
            ("user", "Where?"),
            ("assistant", "At Lund. [1]\n\nSumber:\n\n- [1] A (a.md): “At Lund.”"),
            ("user", "Who?"),
            ("assistant", "문서에는 이에 대한 답이 없습니다."),
            ("tool", "nothing of ours"),
            ("user", "When?"),
            ("assistant", None),
        ),
        2000,
    )
    assert chat.question == "When?"
    assert [(turn.question, turn.answer) for turn in chat.history] == [("Where?", "At Lund. [1]"), ("Who?", "")]


def test_nobody_who_shows_the_text_as_markdown_is_made_to_fetch_anything() -> None:
    hostile = "See ![x](https://evil.example/?q) and <img src=https://evil.example>."
    citation = Citation(1, "a.md", hostile, 2, None, None, 0, 9, hostile, "verbatim")
    answer = Answer("What?", "answered", f"{hostile} [1]", (Sentence(hostile, (1,), "verbatim"),), (citation,))
    assert "\\![x]" in content(answer)
    assert "\\<img" in content(answer)
    assert harmless("a < b, 1<2, wow! [1]") == "a < b, 1<2, wow! [1]"


async def _told(*events: Any) -> Any:
    for one in events:
        yield one


def test_an_answer_that_turns_out_another_is_told_whole() -> None:
    one, other = (Sentence(f"{word}.", (), "supported") for word in ("One", "Other"))
    final = Answer("What?", "answered", "Other.", (other,))

    async def streamed() -> str:
        chat = chat_of(asked(("user", "What?")), 2000)
        return "".join([piece async for piece in _chunks(chat, _told((one, ()), final), False)])

    assert "\\n\\nThe whole answer: Other." in asyncio.run(streamed())
