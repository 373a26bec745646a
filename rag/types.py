"""The nouns of Sumber: what passes between its modules, and the errors they raise. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Literal, Protocol
from unicodedata import normalize

Status = Literal["answered", "not_found"]
Verdict = Literal["verbatim", "supported", "partly", "unsupported"]

REFUSAL = "The documents do not answer this."
REFUSALS = {"en": REFUSAL, "id": "Dokumen-dokumen ini tidak menjawabnya.", "ko": "문서에는 이에 대한 답이 없습니다."}


class SumberError(Exception):
    """Something a person can mend. The message is one sentence with the remedy, ready to be shown."""


class SettingsError(SumberError):
    """A setting has a value that cannot be used."""


class IndexMismatchError(SumberError):
    """The index on disk was built from another corpus or with other settings than those asked for."""


class IndexBusyError(SumberError):
    """Another process is writing to the same index."""


class QuestionError(SumberError):
    """The question cannot be asked: empty, or longer than the limit."""


class ReadingError(SumberError):
    """A file cannot be read as a document. The message is the reason, in words a person can act on."""


class QuestionSetError(SumberError):
    """A question set is malformed. The message names the line and what is wrong with it."""


class ModelError(SumberError):
    """A model cannot be loaded or does not answer."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and where its text begins: code-point offset in the document's stored text."""

    title: str
    start: int


@dataclass(frozen=True, slots=True)
class Document:
    """One file as it was read. `text` is the stored text that every offset points into."""

    path: str  # relative to the corpus, with forward slashes
    sha256: str  # of the file's bytes
    text: str
    title: str
    publisher: str | None = None
    published: str | None = None  # ISO date, as precise as the source: 2017, 2017-10 or 2017-10-18
    url: str | None = None
    language: str | None = None  # ISO 639-1
    kind: str | None = None  # "brief": our own words about a source, never passed off as the source
    sections: tuple[Section, ...] = ()
    pages: tuple[int, ...] = ()  # offset at which each page begins; empty where the format has no pages
    set_aside: str = ""  # what was read but is no content, a line each: menus, running heads, cookie notes

    @property
    def credit(self) -> str:
        """Title, publisher and date as every card and footnote shows them; a brief says that it is one."""
        parts = [self.title, self.publisher, self.published]
        return ("Our brief of: " if self.kind == "brief" else "") + ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A line of the list of documents: an indexed document, or a file that failed with its reason."""

    path: str
    title: str
    publisher: str | None
    published: str | None
    url: str | None
    language: str | None
    kind: str | None
    passages: int
    characters: int
    failed: str | None = None  # why the file could not be read

    @property
    def state(self) -> Literal["indexed", "failed"]:
        return "failed" if self.failed else "indexed"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document: `stored_text[start:end] == text`, offsets in code points."""

    id: str
    document: str
    title: str
    section: str | None
    page: int | None  # 1-based
    text: str
    start: int
    end: int
    score: float = 0.0  # orders the results of one question
    similarity: float | None = None  # cosine between question and passage, None where it was not computed

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of a passage, or another stretch of it."""

    passage: Passage
    start: int  # code points in the passage's text
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]

    @property
    def at(self) -> int:
        """Where it begins in the document's stored text, in code points."""
        return self.passage.start + self.start


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence of an answer stands: `stored_text[start:end] == quote`."""

    number: int  # 1-based, as in the marker [1]
    document: str
    title: str
    page: int | None
    url: str | None
    published: str | None
    start: int
    end: int
    quote: str
    verdict: Verdict
    publisher: str | None = None
    kind: str | None = None

    @property
    def credit(self) -> str:
        """Title, publisher and date as every card and footnote shows them; a brief says that it is one."""
        parts = [self.title, self.publisher, self.published]
        return ("Our brief of: " if self.kind == "brief" else "") + ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer with the numbers of its citations. `marks` are the parts of it that answer."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    reason: str = ""  # why the verdict is not better, in plain words
    marks: tuple[tuple[int, int], ...] = ()  # code-point offsets in `text`

    @property
    def marked(self) -> str:
        """The sentence with its markers, as it stands in the text of an answer."""
        return " ".join(filter(None, (self.text, "".join(f"[{number}]" for number in self.citations))))


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found, and how it came to its order."""

    passages: tuple[Passage, ...] = ()  # best first
    steps: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # scores by passage id after each, in order
    repeats: frozenset[str] = frozenset()  # ids of passages put last, because they only repeat a better one


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim that was proposed, and its check. One that is not supported is left out of the answer."""

    claim: Claim
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer came about, for whoever asks why."""

    searched: str  # the question as it was searched for: mended, and with what it leaves to earlier turns
    search: Search
    read: int  # how many of the passages found the answer was sought in
    judged: tuple[Judged, ...]
    threshold: float  # the confidence below which an answer is withheld


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question got. For "not_found" the text is the refusal, and only `passages` holds the nearest."""

    question: str
    status: Status
    text: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    confidence: float = 0.0  # calibrated probability that the answer is right, also of one withheld
    timings: dict[str, float] = field(default_factory=dict)  # milliseconds by step
    remark: str = ""  # what a reader should know of how it came about: a language model that failed, say
    trace: Trace | None = field(default=None, compare=False, repr=False)  # where there was a search

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data under the names of the fields, all but `trace`."""
        row = asdict(replace(self, trace=None))
        del row["trace"]
        return row


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents a question is put to: those for which all holds that is given. Nothing given is all of them.

    Raises:
        QuestionError: a date is none.
    """

    documents: tuple[str, ...] = ()  # paths, or patterns with * and ?; any of them
    after: str | None = None  # ISO date, 2017, 2017-10 or 2017-10-18; the day itself counts
    before: str | None = None
    language: str | None = None  # ISO 639-1
    publisher: str | None = None
    kind: str | None = None  # "brief"

    def __post_init__(self) -> None:
        for date in (self.after, self.before):
            if date is not None and not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", date):
                raise QuestionError(f"{date!r} is no date. Give it as 2017, 2017-10 or 2017-10-18")

    def holds(
        self, path: str, published: str | None, language: str | None, publisher: str | None, kind: str | None
    ) -> bool:
        """Whether a document with these facts is in it. One without a date is in no stretch of time."""
        path = normalize("NFC", path)  # macOS decomposes the letters of file names
        wished = [normalize("NFC", one) for one in self.documents]
        if wished and not any(path == one or fnmatchcase(path, one) for one in wished):
            return False
        if (self.after or self.before) and not self._in_time(published):
            return False
        wanted = ((self.language, language), (self.publisher, publisher), (self.kind, kind))
        return all(asked is None or asked.casefold() == (had or "").casefold() for asked, had in wanted)

    def _in_time(self, published: str | None) -> bool:
        if published is None:
            return False
        # At the precision that both have: a report of 2017 may well be of after June 2017.
        return (not self.after or published[: len(self.after)] >= self.after[: len(published)]) and (
            not self.before or published[: len(self.before)] <= self.before[: len(published)]
        )


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question as it is looked up and answered: its own words, and what they leave to the turns before."""

    text: str
    context: str = ""  # words carried over from earlier turns; they count for less than the question's own
    said: str = ""  # what earlier answers said already

    @property
    def standalone(self) -> str:
        """The question with its context in parentheses."""
        return f"{self.text} ({self.context})" if self.context else self.text


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence that an answerer proposes, with the exact span it stands on."""

    text: str
    passage: Passage
    start: int  # code points in the stored text of passage.document
    end: int
    marks: tuple[tuple[int, int], ...] = ()  # the parts of `text` that answer

    @property
    def quote(self) -> str:
        """The span's own words, taken from the passage that holds it."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


@dataclass(frozen=True, slots=True)
class Draft:
    """What an answerer proposes, before it is checked: claims in reading order, and how sure it is of them."""

    claims: tuple[Claim, ...] = ()
    confidence: float = 0.0
    remark: str = ""
    lead: str = ""  # what to say before them, in our own words: "Yes."


class Answerer(Protocol):
    """Makes a draft of an answer from the passages found for a question."""

    def draft(self, inquiry: Inquiry, passages: Sequence[Passage]) -> Draft: ...


@dataclass(frozen=True, slots=True)
class Changes:
    """What a sync did: documents by what became of them. Each file seen is in exactly one of the five."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()  # (document, reason)

    def __str__(self) -> str:
        return (
            f"{len(self.added)} added, {len(self.updated)} updated, {len(self.removed)} removed, "
            f"{len(self.unchanged)} unchanged, {len(self.failed)} failed"
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync has come, handed to whoever shows it."""

    stage: Literal["reading", "embedding", "storing"]
    done: int
    total: int
    document: str = ""
