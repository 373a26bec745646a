"""How every door says no: one shape of error, one table of statuses, and a reference for what nobody foresaw."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from rag import inbox
from rag.types import IndexBusyError, ModelError, QuestionError, QuestionSetError, SumberError
from rag.ui import runs
from rag.ui.desk import BusyError, StoppingError

RETRY_AFTER_SECONDS = 5  # an answer takes some 0.2 seconds without a language model, and some seconds with one
OPENAI = "/v1/"  # where errors have the shape that OpenAI's clients read

faults = logging.getLogger("sumber.faults")


class TooLongError(QuestionError):
    """Its own class only because HTTP has its own status for it."""


class NoSuchDocumentError(SumberError):
    """No document of this path is in the library."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request gets no answer: a status of HTTP, a stable name, a sentence, and what to do about it."""

    status: int
    type: str
    message: str
    remedy: str = ""
    retry_after: int | None = None  # seconds
    param: str | None = None  # which part of an OpenAI request it is about
    headers: tuple[tuple[str, str], ...] = ()

    def body(self, path: str) -> dict[str, Any]:
        error: dict[str, Any] = {"type": self.type, "message": self.message}
        if self.remedy:
            error["remedy"] = self.remedy
        if path.startswith(OPENAI):
            words = f"{self.message} {self.remedy}".strip()
            error |= {"message": words, "type": self._openai_type, "param": self.param, "code": self.type}
        return {"error": error}

    @property
    def _openai_type(self) -> str:
        return {401: "authentication_error", 429: "rate_limit_error"}.get(
            self.status, "invalid_request_error" if self.status < 500 else "server_error"
        )

    def response(self, path: str) -> JSONResponse:
        headers = dict(self.headers) | ({"Retry-After": str(self.retry_after)} if self.retry_after else {})
        # OpenAI's has one status for all that cannot be understood.
        status = 400 if self.status == 422 and path.startswith(OPENAI) else self.status
        return JSONResponse(self.body(path), status, headers)


class RefusedError(Exception):
    """Ends a request with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


# The first that fits.
STATUSES: tuple[tuple[type[SumberError], int, str], ...] = (
    (TooLongError, 413, "question_too_long"),
    (QuestionError, 400, "bad_question"),
    (QuestionSetError, 422, "bad_question_set"),
    (NoSuchDocumentError, 404, "no_such_document"),
    (inbox.RefusedFileError, 422, "file_refused"),
    (inbox.NoSuchFileError, 404, "no_such_file"),
    (inbox.TakenError, 409, "place_taken"),
    (BusyError, 503, "busy"),
    (StoppingError, 503, "stopping"),
    (runs.TakenError, 503, "busy"),
    (IndexBusyError, 503, "busy"),
    (ModelError, 503, "model_unavailable"),
    (SumberError, 500, "cannot_be_done"),
)
OF_HTTP = {404: "no_such_path", 405: "method_not_allowed"}


def refusal_of(error: Exception) -> Refusal:
    """What an error means to whoever asked. One that is nobody's to mend is logged under a reference."""
    if isinstance(error, RefusedError):
        return error.refusal
    if isinstance(error, RequestValidationError):
        return _malformed(error)
    if isinstance(error, HTTPException):
        headers = tuple((error.headers or {}).items())
        return Refusal(error.status_code, OF_HTTP.get(error.status_code, "bad_request"), error.detail, headers=headers)
    for kind, status, name in STATUSES:
        if isinstance(error, kind):
            return Refusal(status, name, str(error), retry_after=RETRY_AFTER_SECONDS if status == 503 else None)
    reference = secrets.token_hex(4)
    faults.error("fault %s", reference, exc_info=error)
    words = f"Something went wrong inside Sumber; the terminal it runs in says what, under the reference {reference}."
    return Refusal(500, "fault", words)


def _malformed(error: RequestValidationError) -> Refusal:
    """Broken JSON is 400, JSON of another shape is 422. What was sent is not repeated: it may be long or hostile."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return Refusal(400, "bad_json", "The body is not valid JSON.")
    place = ".".join(str(part)[:40] for part in first["loc"][1:])
    return Refusal(422, "bad_request", f"{place[:200] or 'the body'}: {first['msg'][:200]}.", param=place[:200] or None)


async def refused(request: Request, error: Exception) -> JSONResponse:
    """The handler of all of them."""
    return refusal_of(error).response(request.url.path)


def needs_json(request: Request) -> None:
    """Refuses a body that is not said to be JSON: a page of another site may send any other kind without asking."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        words = "The body is not said to be JSON."
        raise RefusedError(
            Refusal(415, "unsupported_media_type", words, "Send it with the header Content-Type: application/json.")
        )


JsonOnly = Annotated[None, Depends(needs_json)]
