"""What the requests and responses of the doors hold, typed: the description at /openapi.json is made of these."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from rag import types
from rag.types import Citation, Passage, Section, Sentence, Status, Turn, Verdict

MAX_PASSAGES = 100
MAX_PATTERNS = 100  # of documents that a question is put to; each is held against every document
MAX_TURNS = 50  # of a conversation that are looked at, the last ones
MAX_EVALUATED = 100  # questions of an evaluation over HTTP: at some 0.3 seconds each, about as long as clients wait

Short = Annotated[str, Field(max_length=1000)]
# What is described of a date and of a question is refused, with a status of its own, where they are looked at.
Date = Annotated[str, Field(max_length=1000, json_schema_extra={"pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"})]
Asked = Annotated[
    str,
    Field(
        description="In plain words, in any language of the documents.",
        json_schema_extra={"minLength": 1, "pattern": r"\S"},
    ),
]


class Json(JSONResponse):
    """JSON in which half a character, as a damaged file may hold it, is a question mark: offsets stay true."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )


class Strict(BaseModel):
    """A request in which a misspelt name is an error and not passed over."""

    model_config = ConfigDict(extra="forbid")


class EarlierTurn(Strict):
    """One earlier exchange of the conversation."""

    question: str
    answer: str = ""


class Narrowing(Strict):
    """Which documents are asked; all of them where nothing is given."""

    documents: list[Short] = Field(
        default_factory=list, max_length=MAX_PATTERNS, description="Paths, or patterns with * and ?; any of them."
    )
    after: Date | None = Field(None, description="ISO date, such as 2017-10: documents of then or later.")
    before: Date | None = Field(None, description="ISO date: documents of then or earlier.")
    language: Short | None = Field(None, description="ISO 639-1 code, such as id.")
    publisher: Short | None = None
    kind: Short | None = None

    @property
    def scope(self) -> types.Scope:
        given = self.model_dump(include=set(Narrowing.model_fields))  # a request may be one, and hold more
        return types.Scope(**given | {"documents": tuple(self.documents)})


class Ask(Strict):
    """A question, with what was said before it."""

    question: Asked
    history: list[EarlierTurn] = Field(default_factory=list, description="Earlier exchanges, oldest first.")
    scope: Narrowing | None = None
    trace: bool = Field(False, description="Whether to say how the answer came about.")

    @property
    def turns(self) -> list[Turn]:
        return [Turn(turn.question, turn.answer) for turn in self.history[-MAX_TURNS:]]


class Search(Strict):
    """A question whose nearest passages are wanted."""

    question: Asked
    k: int = Field(10, ge=1, le=MAX_PASSAGES, description="How many passages.")
    scope: Narrowing | None = None


class Evaluate(Strict):
    """A question set."""

    questions: list[dict[str, Any]] = Field(
        min_length=1, max_length=MAX_EVALUATED, description="Objects as the lines of a question set."
    )


class JudgedClaim(BaseModel):
    """A claim that was proposed for the answer, and its check."""

    text: str
    document: str
    start: int
    end: int
    verdict: Verdict
    reason: str


class Trace(BaseModel):
    """How an answer came about."""

    searched: str = Field(description="The question as it was searched for.")
    threshold: float = Field(description="The confidence below which an answer is withheld.")
    read: int = Field(description="In how many of the passages the answer was sought.")
    found: list[str] = Field(description="Ids of the passages found, best first.")
    repeats: list[str] = Field(description="Ids of passages put last, because they only repeat a better one.")
    steps: dict[str, dict[str, float]] = Field(description="Scores by passage after each step of the search.")
    judged: list[JudgedClaim]


class Answer(BaseModel):
    """What a question got. Offsets are code points in the stored text of a document."""

    question: str
    status: Status
    text: str
    sentences: list[Sentence]
    citations: list[Citation]
    passages: list[Passage]
    confidence: float = Field(description="Probability that the answer is right, also of one that was withheld.")
    timings: dict[str, float] = Field(description="Milliseconds by step.")
    remark: str
    trace: Trace | None = Field(None, description="Only where it was asked for, and there was a search.")


class Found(BaseModel):
    """The nearest passages, best first."""

    question: str
    passages: list[Passage]


class Entry(BaseModel):
    """A document of the library, or a file that could not be read."""

    path: str
    title: str
    publisher: str | None
    published: str | None
    url: str | None
    language: str | None
    kind: str | None
    passages: int
    characters: int
    failed: str | None = Field(description="Why the file could not be read.")
    state: Literal["indexed", "failed"]


class Entries(BaseModel):
    documents: list[Entry]


class StoredDocument(BaseModel):
    """A document with its stored text, or a piece of it."""

    path: str
    sha256: str = Field(description="Of the file's bytes.")
    title: str
    publisher: str | None
    published: str | None
    url: str | None
    language: str | None
    kind: str | None
    characters: int = Field(description="Of the whole stored text.")
    start: int = Field(description="Where `text` begins in the stored text, in code points.")
    end: int
    text: str
    sections: list[Section]
    pages: list[int] = Field(description="Offsets at which pages begin.")


class Health(BaseModel):
    """Whether the documents have been read. "failed" still answers from what was read before."""

    status: Literal["reading", "ready", "failed"]
    notice: str


class Trouble(BaseModel):
    type: str = Field(description="A name that stays the same.")
    message: str
    remedy: str | None = None


class Problem(BaseModel):
    """Why a request was refused."""

    error: Trouble


# How each of them can be refused.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "It cannot be understood, or the question is empty."},
    401: {"model": Problem, "description": "A password or token is asked for, and was not given or is wrong."},
    403: {"model": Problem, "description": "A page of another site sent it."},
    404: {"model": Problem, "description": "There is no such path, document or model."},
    405: {"model": Problem, "description": "The path knows other methods; Allow names them."},
    408: {"model": Problem, "description": "It did not arrive in time."},
    413: {"model": Problem, "description": "The request or the question is too long."},
    415: {"model": Problem, "description": "The body is not said to be JSON."},
    422: {"model": Problem, "description": "It has another form than the one described here."},
    429: {"model": Problem, "description": "Too many came from this address; Retry-After says when to go on."},
    500: {"model": Problem, "description": "A fault of Sumber's own, with a reference into its log."},
    503: {"model": Problem, "description": "Too much is under way; Retry-After says when to ask again."},
}


def answer_dict(answer: types.Answer, traced: bool = False) -> dict[str, Any]:
    """The answer as every door gives it; with how it came about where that is asked for and known."""
    row = answer.to_dict()
    if traced and answer.trace:
        row["trace"] = trace_dict(answer.trace)
    return row


def told_dict(sentence: Sentence, citations: Sequence[Citation]) -> dict[str, Any]:
    return {"sentence": asdict(sentence), "citations": [asdict(one) for one in citations]}


def trace_dict(trace: types.Trace) -> dict[str, Any]:
    found = [passage.id for passage in trace.search.passages]
    return {
        "searched": trace.searched,
        "threshold": trace.threshold,
        "read": trace.read,
        "found": found,
        "repeats": [one for one in found if one in trace.search.repeats],
        "steps": {step: dict(scores) for step, scores in trace.search.steps.items()},
        "judged": [
            {
                "text": one.claim.text,
                "document": one.claim.passage.document,
                "start": one.claim.start,
                "end": one.claim.end,
                "verdict": one.verdict,
                "reason": one.reason,
            }
            for one in trace.judged
        ],
    }


def entry_dict(entry: types.DocumentEntry) -> dict[str, Any]:
    return {**asdict(entry), "state": entry.state}


def document_dict(document: types.Document, start: int, end: int | None) -> dict[str, Any]:
    """A document with the piece of its text between two offsets, which are brought within it."""
    most = len(document.text)
    start = min(start, most)
    end = most if end is None else max(start, min(end, most))
    row = asdict(document)
    del row["set_aside"]
    return {**row, "characters": most, "start": start, "end": end, "text": document.text[start:end]}
