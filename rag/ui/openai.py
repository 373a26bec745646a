"""The OpenAI-compatible door: any client of that API asks Sumber as if it were a model. Not the client library.

The text has its sources at the end; the whole answer, with every citation, is in the field `sumber` beside it.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.responses import Response

from rag.answers import one_line
from rag.smalltalk import language_of
from rag.types import EVERYTHING, REFUSALS, Answer, Scope, Turn
from rag.ui.desk import Desk, storable
from rag.ui.refusals import OPENAI, JsonOnly, Refusal, RefusedError
from rag.ui.shapes import MAX_TURNS, PROBLEMS, Json, Narrowing
from rag.ui.streams import Streams, Told, event, server_sent

MODEL = "sumber"
MAX_MESSAGES = 2_000
SOURCES = {"en": "Sources", "id": "Sumber", "ko": "출처"}
WHOLE = {"en": "The whole answer:", "id": "Jawaban selengkapnya:", "ko": "전체 답변:"}

_SOURCES = re.compile(rf"\n\n(?:{'|'.join(SOURCES.values())}):\n\n- \[1\] .*", re.DOTALL)
# What makes a program that shows Markdown fetch an address: an image, or an element of HTML.
_FETCHING = re.compile(r"!(?=\[)|<(?=[A-Za-z/!?])")


class Part(BaseModel):
    """A part of a message. Only text is understood."""

    type: str
    text: str | None = None


class Message(BaseModel):
    role: str = Field(description="user and assistant count; what a system message says is not followed.")
    content: str | list[Part] | None = None


class StreamOptions(BaseModel):
    include_usage: bool | None = None


class Completion(BaseModel):
    """What is asked. Settings that change how a model writes (temperature, seed, max_tokens, ...) are passed over."""

    model: str
    messages: list[Message] = Field(min_length=1, max_length=MAX_MESSAGES)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = Field(None, description="Only 1.")
    logprobs: bool | None = None
    tool_choice: Any = None
    response_format: Any = None
    modalities: list[str] | None = None
    scope: Narrowing | None = Field(None, description="Sumber's own: which documents are asked.")


class Usage(BaseModel):
    """Counted in words, because no tokens are used: what was asked, and what was answered."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    unit: Literal["words"] = "words"


class ChatCompletion(BaseModel):
    """As OpenAI's, and `sumber`: the whole answer, as /api/ask gives it."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: Usage


class Model(BaseModel):
    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "sumber"


class Models(BaseModel):
    object: Literal["list"] = "list"
    data: list[Model]


@dataclass(frozen=True, slots=True)
class Chat:
    """What a request comes to: a question, what was said before it, and how many words both have."""

    question: str
    history: tuple[Turn, ...]
    scope: Scope
    words: int


def add_openai(api: FastAPI, desk: Desk, streams: Streams, max_question: int) -> None:
    """The routes under /v1."""

    @api.get("/v1/models", responses=PROBLEMS)
    def models() -> Models:
        """The one model that is served."""
        return Models(data=[Model(id=MODEL)])

    @api.get("/v1/models/{name}", responses=PROBLEMS)
    def model(name: str) -> Model:
        """The model of this name."""
        _check_model(name)
        return Model(id=MODEL)

    @api.post("/v1/chat/completions", response_model=ChatCompletion, responses=PROBLEMS)
    async def complete(asked: Completion, _: JsonOnly) -> Response:
        """Answer the last message of a person from the documents, as a chat completion, streamed if `stream` is set."""
        chat = chat_of(asked, max_question)
        if asked.stream:
            with_usage = bool(asked.stream_options and asked.stream_options.include_usage)
            told = streams.begin(chat.question, chat.history, chat.scope)
            return server_sent(_chunks(chat, told, with_usage))
        answer = await asyncio.wrap_future(desk.ask(chat.question, chat.history, chat.scope))
        text = content(answer)
        message = {"role": "assistant", "content": text, "refusal": None, "sumber": answer.to_dict()}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        row = _row("chat.completion", choices=[choice], usage=_usage(chat, text))
        return Json(row)


def chat_of(asked: Completion, max_question: int) -> Chat:
    """The question of a request: the last message of a person. What cannot be done is refused, never passed over.

    Raises:
        RefusedError: it wants something else than one answer in text.
    """
    _check_model(asked.model)
    _check_wishes(asked)
    said = [(one.role, _text(at, one)) for at, one in enumerate(asked.messages) if one.role in ("user", "assistant")]
    last = max((at for at, (role, _) in enumerate(said) if role == "user"), default=-1)
    question = storable(said[last][1]) if last >= 0 else ""
    if not question.strip():
        raise RefusedError(
            Refusal(400, "bad_question", "There is no question in the messages.", "Ask in words.", param="messages")
        )
    if len(question) > max_question:
        words = f"The question has {len(question):,} characters."
        remedy = f"Shorten the last message to {max_question:,}."
        raise RefusedError(Refusal(413, "question_too_long", words, remedy, param="messages"))
    history: list[Turn] = []
    for role, text in said[:last]:
        if role == "user":
            history.append(Turn(text))
        elif history:
            history[-1] = Turn(history[-1].question, _unadorned(text))
    turns = tuple(turn for turn in history if turn.question.strip())[-MAX_TURNS:]
    words_before = sum(len(turn.question.split()) + len(turn.answer.split()) for turn in turns)
    scope = asked.scope.scope if asked.scope else EVERYTHING
    return Chat(question, turns, scope, words_before + len(question.split()))


def content(answer: Answer) -> str:
    """The answer with its markers, what is to be said of it, and its sources."""
    return harmless(answer.text) + _appendix(answer)


def harmless(text: str) -> str:
    """Text that makes nobody who shows it as Markdown fetch what a document names."""
    return _FETCHING.sub(r"\\\g<0>", text)


def _appendix(answer: Answer) -> str:
    parts = [answer.remark] if answer.remark else []
    if answer.citations:
        parts.append(f"{SOURCES[language_of(answer.question)]}:")
        lines = (
            f"- [{one.number}] {one_line(one.credit)}{f', page {one.page}' if one.page else ''}"
            f" ({one_line(one.document)}): “{one_line(one.quote)}”"
            for one in answer.citations
        )
        parts.append("\n".join(lines))
    return "".join(f"\n\n{harmless(part)}" for part in parts)


def _unadorned(text: str) -> str:
    """An earlier answer without its sources; empty where it was a refusal."""
    text = _SOURCES.sub("", text)
    return "" if text.strip() in REFUSALS.values() else text


def _check_model(name: str) -> None:
    if name != MODEL:
        raise RefusedError(
            Refusal(404, "model_not_found", "There is no model of this name.", f"Ask {MODEL}.", param="model")
        )


def _check_wishes(asked: Completion) -> None:
    form = asked.response_format
    is_text = form is None or (isinstance(form, dict) and form.get("type", "text") == "text")
    wanted = {
        "n": (asked.n or 1) != 1,
        "logprobs": bool(asked.logprobs),
        "tool_choice": asked.tool_choice not in (None, "auto", "none"),
        "response_format": not is_text,
        "modalities": bool(asked.modalities) and asked.modalities != ["text"],
    }
    for name, is_wanted in wanted.items():
        if is_wanted:
            words = f"Sumber gives one answer in text, and cannot do what {name} asks for."
            raise RefusedError(Refusal(400, "unsupported_parameter", words, f"Leave {name} out.", param=name))


def _text(at: int, message: Message) -> str:
    if not isinstance(message.content, list):
        return message.content or ""
    for number, part in enumerate(message.content):
        if part.type != "text" or part.text is None:
            where = f"messages[{at}].content[{number}]"
            words = "Sumber reads text alone, no pictures, sound or files."
            raise RefusedError(Refusal(400, "unsupported_content", words, "Send parts of type text.", param=where))
    return "\n".join(part.text or "" for part in message.content)


async def _chunks(chat: Chat, told: AsyncIterator[Told | Answer | Refusal], with_usage: bool) -> AsyncIterator[str]:
    """The events of a streamed answer: each sentence as it is checked, then its sources with the whole answer."""
    frame = _row("chat.completion.chunk") | ({"usage": None} if with_usage else {})

    def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
        return event({**frame, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]})

    yield chunk({"role": "assistant", "content": ""})
    said: list[str] = []
    async for one in told:
        if isinstance(one, Answer):
            rest = _rest(said, one) + _appendix(one)
            yield chunk({"content": rest})
            yield chunk({"sumber": one.to_dict()}, "stop")
            if with_usage:
                yield event({**frame, "choices": [], "usage": _usage(chat, content(one))})
        elif isinstance(one, Refusal):
            yield event(one.body(OPENAI))
        else:
            said.append(one[0].marked)
            yield chunk({"content": (" " if len(said) > 1 else "") + harmless(said[-1])})
    yield "data: [DONE]\n\n"


def _rest(said: Sequence[str], answer: Answer) -> str:
    """What is to be said after the sentences that were told: in rare cases the answer is another one after all."""
    before = " ".join(said)
    if answer.text.startswith(before):
        return harmless(answer.text[len(before) :])
    return harmless(f"\n\n{WHOLE[language_of(answer.question)]} {answer.text}")


def _row(kind: str, **more: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"id": f"chatcmpl-{secrets.token_hex(12)}", "object": kind, "created": now, "model": MODEL, **more}


def _usage(chat: Chat, text: str) -> dict[str, Any]:
    said = len(text.split())
    return Usage(prompt_tokens=chat.words, completion_tokens=said, total_tokens=chat.words + said).model_dump()
