"""The HTTP surface: questions in, answers out, as JSON."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from rag.types import EVERYTHING, Answer, QuestionError, Scope, SumberError, Turn
from rag.ui.desk import BusyError, Desk, StoppingError
from rag.ui.door import Door
from rag.ui.security import security_headers

RETRY_AFTER_SECONDS = 5
MAX_PASSAGES = 100

TITLE = "Sumber"
ABOUT = "Answers from your own documents, with the exact passage behind every sentence."


class EarlierTurn(BaseModel):
    """One earlier exchange of the conversation."""

    model_config = ConfigDict(extra="forbid")

    question: str
    answer: str = ""


class Narrowing(BaseModel):
    """Which documents are asked; all of them where nothing is given."""

    model_config = ConfigDict(extra="forbid")

    documents: list[str] = Field(default_factory=list, description="Paths, or patterns with * and ?; any of them.")
    after: str | None = Field(None, description="ISO date, such as 2017-10: documents of then or later.")
    before: str | None = Field(None, description="ISO date: documents of then or earlier.")
    language: str | None = Field(None, description="ISO 639-1 code, such as id.")
    publisher: str | None = None
    kind: str | None = None

    @property
    def scope(self) -> Scope:
        return Scope(**{**self.model_dump(), "documents": tuple(self.documents)})


class Ask(BaseModel):
    """A question, with what was said before it."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="In plain words, in any language of the documents.")
    history: list[EarlierTurn] = Field(default_factory=list, description="Earlier exchanges, oldest first.")
    scope: Narrowing | None = None


class Problem(BaseModel):
    """Why a request was refused, in one sentence."""

    error: str


REFUSALS: dict[int | str, dict[str, Any]] = {status: {"model": Problem} for status in (400, 413, 422, 503)}


def build_api(door: Door, desk: Desk, max_question: int) -> FastAPI:
    """The routes of the HTTP surface. Every refusal is `{"error": sentence}`."""
    # The pages at /docs and /redoc would load scripts from elsewhere.
    api = FastAPI(title=TITLE, description=ABOUT, docs_url=None, redoc_url=None)
    api.add_exception_handler(SumberError, _refusal)
    api.add_exception_handler(HTTPException, _not_served)
    api.add_exception_handler(RequestValidationError, _malformed)
    api.add_exception_handler(Exception, _unexpected)

    @api.post("/api/ask", response_model=Answer, responses=REFUSALS)
    async def ask(asked: Ask) -> JSONResponse:
        """Answer a question from the documents. A question they do not answer has the status "not_found"."""
        _check_question(asked.question, max_question)
        history = [Turn(turn.question, turn.answer) for turn in asked.history]
        answer = await asyncio.wrap_future(
            desk.ask(asked.question, history, asked.scope.scope if asked.scope else EVERYTHING)
        )
        return JSONResponse(answer.to_dict())

    @api.get("/api/search", responses=REFUSALS)
    async def search(
        question: str,
        k: Annotated[int, Query(ge=1, le=MAX_PASSAGES)] = 10,
        document: Annotated[list[str] | None, Query()] = None,
        after: str | None = None,
        before: str | None = None,
        language: str | None = None,
    ) -> dict[str, Any]:
        """The k passages nearest to a question, best first, whether they answer it or not."""
        _check_question(question, max_question)
        scope = Scope(tuple(document or ()), after, before, language)
        passages = await asyncio.wrap_future(desk.retrieve(question, k, scope))
        return {"question": question, "passages": [passage.to_dict() for passage in passages]}

    @api.get("/api/documents")
    def documents() -> dict[str, Any]:
        """Every document of the library, and every file that could not be read, with the reason."""
        return {"documents": [{**asdict(entry), "state": entry.state} for entry in door.documents()]}

    @api.get("/healthz")
    def health() -> dict[str, str]:
        """Whether the documents have been read: "reading", "warming" or "ready"."""
        return {"status": desk.readiness.stage, "notice": desk.readiness.notice}

    @api.get("/v1/models")
    def models() -> dict[str, Any]:
        """The one model that is served, in the form OpenAI's clients expect."""
        return {"object": "list", "data": [{"id": "sumber", "object": "model", "created": 0, "owned_by": "sumber"}]}

    return api


class _TooLongError(QuestionError):
    """Its own class only because HTTP has its own status for it."""


def _check_question(question: str, max_question: int) -> None:
    if not question.strip():
        raise QuestionError("The question is empty; write what you want to know.")
    if len(question) > max_question:
        raise _TooLongError(f"The question has {len(question):,} characters; shorten it to {max_question:,}.")


def _refusal(_: Request, error: Exception) -> JSONResponse:
    headers = {}
    status = 500
    if isinstance(error, _TooLongError):
        status = 413
    elif isinstance(error, QuestionError):
        status = 400
    elif isinstance(error, BusyError | StoppingError):
        status, headers = 503, {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return JSONResponse({"error": str(error)}, status_code=status, headers=headers)


def _not_served(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=error.headers)


def _malformed(_: Request, error: Exception) -> JSONResponse:
    """Broken JSON is 400, JSON of another shape is 422. What was sent is not repeated: it may be long or hostile."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return JSONResponse({"error": "The body is not valid JSON."}, status_code=400)
    place = ".".join(str(part) for part in first["loc"][1:]) or "the body"
    return JSONResponse({"error": f"{place}: {first['msg']}."}, status_code=422)


def _unexpected(_: Request, __: Exception) -> JSONResponse:
    """A bug. The framework logs it, and answers outside of all middleware: so the headers are given here."""
    sentence = "Something went wrong inside Sumber; the terminal it runs in says what."
    return JSONResponse({"error": sentence}, status_code=500, headers=security_headers())
