"""The HTTP surface: questions in, answers out, as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Send
from starlette.types import Scope as ASGIScope

from rag.config import Config
from rag.evaluation.questions import Question, question_of
from rag.evaluation.run import Asked
from rag.types import EVERYTHING, Answer, Document, QuestionSetError, Scope, SumberError
from rag.ui import shapes
from rag.ui.desk import Desk, StoppingError, storable
from rag.ui.door import Door
from rag.ui.keeping import Keeper
from rag.ui.refusals import JsonOnly, NoSuchDocumentError, Refusal, RefusedError, TooLongError, refused
from rag.ui.runs import UNEXPECTED, Run, Runs
from rag.ui.security import NOTHING_HERE
from rag.ui.sets import QuestionSet
from rag.ui.shapes import PROBLEMS, Json
from rag.ui.streams import Streams, Told, event, server_sent

TITLE = "Sumber"
ABOUT = (
    "Answers from your own documents, with the exact passage behind every sentence. Offsets are code points in the"
    " stored text of a document. Where a password or tokens are set, send one as `Authorization: Bearer`."
)
LOOK_SECONDS = 0.2  # between looks whether an evaluation is done, or nobody waits for it any more

EVENTS = (
    "Server-sent events: `sentence` as each is checked, {sentence, citations}, with the citations that it is the first"
    " to use; `answer` at the end, which is what counts; or `error`."
)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def build_api(
    door: Door, desk: Desk, keeper: Keeper, streams: Streams, config: Config, lifespan: Lifespan | None = None
) -> FastAPI:
    """The routes of the HTTP surface. Every refusal is `{"error": {"type", "message", "remedy"?}}`."""
    # The pages at /docs and /redoc would load scripts from elsewhere.
    api = FastAPI(title=TITLE, description=ABOUT, docs_url=None, redoc_url=None, lifespan=lifespan)
    for kind in (SumberError, HTTPException, RequestValidationError, RefusedError):
        api.add_exception_handler(kind, refused)
    _add_asking(api, desk, streams, config.max_question)
    _add_documents(api, door)
    _add_evaluation(api, desk, cast(Asked, door), config.max_question)

    @api.get("/healthz", responses={503: PROBLEMS[503]})
    def health(request: Request) -> shapes.Health:
        """Whether the documents have been read; open to everyone, who without a key hears no more than that."""
        state = keeper.state
        over: Literal["ready", "failed"] = "failed" if state.notice else "ready"
        notice = "" if getattr(request.state, "is_stranger", False) else state.notice
        return shapes.Health(status=over if state.stage == "ready" else "reading", notice=notice)

    return api


def _add_asking(api: FastAPI, desk: Desk, streams: Streams, most: int) -> None:
    @api.post("/api/ask", response_model=shapes.Answer, responses=PROBLEMS)
    async def ask(asked: shapes.Ask, _: JsonOnly) -> Response:
        """Answer a question from the documents. A question they do not answer has the status "not_found"."""
        check_question(asked.question, most)
        answer = await asyncio.wrap_future(desk.ask(asked.question, asked.turns, scope_of(asked)))
        return Json(shapes.answer_dict(answer, asked.trace))

    @api.post(
        "/api/ask/stream",
        response_class=Response,
        responses={**PROBLEMS, 200: {"description": EVENTS, "content": {"text/event-stream": {}}}},
    )
    async def stream(asked: shapes.Ask, _: JsonOnly) -> Response:
        """Answer a question, telling each sentence as soon as it is checked."""
        check_question(asked.question, most)
        question = storable(asked.question)
        return server_sent(_events(streams.begin(question, asked.turns, scope_of(asked)), asked.trace))

    @api.post("/api/search", response_model=shapes.Found, responses=PROBLEMS)
    async def search(asked: shapes.Search, _: JsonOnly) -> Response:
        """The k passages nearest to a question, best first, whether they answer it or not."""
        return await found(asked.question, asked.k, scope_of(asked))

    @api.get("/api/search", response_model=shapes.Found, responses=PROBLEMS)
    async def search_by_address(
        question: shapes.Asked,
        k: Annotated[int, Query(ge=1, le=shapes.MAX_PASSAGES)] = 10,
        document: Annotated[list[shapes.Short] | None, Query(max_length=shapes.MAX_PATTERNS)] = None,
        after: shapes.Date | None = None,
        before: shapes.Date | None = None,
        language: shapes.Short | None = None,
    ) -> Response:
        """The same; servers and proxies on the way may write the question down."""
        return await found(question, k, Scope(tuple(document or ()), after, before, language))

    async def found(question: str, k: int, scope: Scope) -> Response:
        check_question(question, most)
        passages = await asyncio.wrap_future(desk.retrieve(question, k, scope))
        return Json({"question": storable(question), "passages": [passage.to_dict() for passage in passages]})


def _add_documents(api: FastAPI, door: Door) -> None:
    @api.get("/api/documents", response_model=shapes.Entries, responses=PROBLEMS)
    def documents() -> Response:
        """Every document of the library, and every file that could not be read, with the reason."""
        return Json({"documents": [shapes.entry_dict(entry) for entry in door.documents()]})

    @api.get("/api/documents/{path:path}", response_model=shapes.StoredDocument, responses=PROBLEMS)
    def document(
        path: str,
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int | None, Query(ge=0)] = None,
    ) -> Response:
        """The stored text of a document, into which all offsets point, or the piece of it from `start` to `end`."""
        return Json(shapes.document_dict(stored(door, path), start, end))


def _add_evaluation(api: FastAPI, desk: Desk, library: Asked, most: int) -> None:
    runs = Runs(desk, library)

    @api.post("/api/evaluate", response_model=dict[str, Any], responses=PROBLEMS)
    async def evaluate(asked: shapes.Evaluate, request: Request, _: JsonOnly) -> Response:
        """Put a question set to the documents: how often it is right, wrong, and rightly silent. One at a time.

        It ends when nobody waits for it any more.
        """
        questions = questions_of(asked.questions, most)
        run = Run(QuestionSet("", "over HTTP", Path(), ""), questions)
        runs.start("", run)
        try:
            while run.is_running:
                await asyncio.sleep(LOOK_SECONDS)
                if await request.is_disconnected():
                    break
        finally:
            run.stop()
        if run.evaluation is None:
            raise (SumberError if run.problem == UNEXPECTED else StoppingError)(run.problem)
        return Json(run.evaluation.to_dict())


class Nothing:
    """Refuses whatever no route of ours has taken, before Gradio, which has all other paths, sees it."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        fitting = [route for route in self._routes if route.matches(scope)[0] == Match.PARTIAL]
        allowed = sorted({method for route in fitting for method in getattr(route, "methods", None) or ()})
        refusal = NOTHING_HERE
        if allowed:
            words, remedy = "This path does not know that method.", f"Use {' or '.join(allowed)}."
            headers = (("Allow", ", ".join(allowed)),)
            refusal = Refusal(405, "method_not_allowed", words, remedy, headers=headers)
        await refusal.response(scope["path"])(scope, receive, send)


def close_api(api: FastAPI) -> None:
    """Answers under /api and /v1 whatever no route has answered; to be called when all of them are there."""
    nothing = Nothing(tuple(api.routes))
    for path in ("/api/{rest:path}", "/v1/{rest:path}"):
        api.router.routes.append(Route(path, nothing, include_in_schema=False))


def check_question(question: str, most: int) -> None:
    """Refuses a question before it waits.

    Raises:
        RefusedError: it is empty.
        TooLongError: it is longer than this many characters.
    """
    if not question.strip():
        raise RefusedError(Refusal(400, "bad_question", "The question is empty.", "Write what you want to know."))
    if len(question) > most:
        raise TooLongError(f"The question has {len(question):,} characters; shorten it to {most:,}.")


def scope_of(asked: shapes.Ask | shapes.Search) -> Scope:
    return asked.scope.scope if asked.scope else EVERYTHING


def stored(door: Door, path: str) -> Document:
    """A document of the library.

    Raises:
        NoSuchDocumentError: there is none of this path.
    """
    try:
        return door.document(storable(path))
    except SumberError as error:
        raise NoSuchDocumentError("There is no such document. /api/documents lists those there are.") from error


def questions_of(rows: list[dict[str, Any]], most: int) -> tuple[Question, ...]:
    """A question set that came over HTTP.

    Raises:
        QuestionSetError: one of them is no question, or repeats an id; the message says which.
    """
    questions: dict[str, Question] = {}
    for number, row in enumerate(rows, 1):
        try:
            question = question_of(row)
        except QuestionSetError as error:
            raise QuestionSetError(f"question {number}: {error}. Correct it.") from error
        if question.id in questions or len(question.question) > most:
            raise QuestionSetError(
                f"question {number}: its id was used already, or it is longer than {most:,} characters. Correct it."
            )
        questions[question.id] = question
    return tuple(questions.values())


async def _events(told: AsyncIterator[Told | Answer | Refusal], traced: bool) -> AsyncIterator[str]:
    async for one in told:
        if isinstance(one, Answer):
            yield event(shapes.answer_dict(one, traced), "answer")
        elif isinstance(one, Refusal):
            yield event(one.body(""), "error")
        else:
            yield event(shapes.told_dict(*one), "sentence")
