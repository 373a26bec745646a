"""The one door: `open`, `sync`, `retrieve`, `ask`. Builds the parts, and decides when evidence is too thin."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rag.checking import check
from rag.config import Config
from rag.followup import inquiry
from rag.index import Index, OnProgress
from rag.types import (
    REFUSAL,
    Answer,
    Changes,
    Citation,
    Claim,
    Document,
    DocumentEntry,
    Draft,
    Inquiry,
    ModelError,
    Passage,
    QuestionError,
    Sentence,
    SumberError,
    Turn,
    Verdict,
)

if TYPE_CHECKING:
    from rag.extractive import QuotingAnswerer
    from rag.models import EmbeddingModel
    from rag.reader import Reader
    from rag.retrieval import HybridRetriever


class Assistant:
    """An open index and what answers from it. Safe to share between threads; close it, or use it in a `with`."""

    def __init__(self, config: Config, index: Index) -> None:
        """Use `Assistant.open`."""
        self.config = config
        self.index = index
        self._loading = Lock()
        self._embedding: EmbeddingModel | None = None
        self._searching: tuple[HybridRetriever, QuotingAnswerer] | None = None

    @classmethod
    def open(cls, config: Config, llm: object | None = None) -> Self:
        """Opens the index of a configuration, creating an empty one where there is none.

        Args:
            llm: kept for a llama-index language model that writes the answers; so far they are only quoted.

        Raises:
            ModelError: a language model was given, which would not be used.
            IndexMismatchError: the index was built from another corpus or with other settings.
            SumberError: the index cannot be used.
        """
        if llm is not None:
            raise ModelError("answers are quoted so far, a language model would not be used. Leave llm out")
        return cls(config, Index(config))

    def close(self) -> None:
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- documents ---------------------------------------------------------------------------------------------------

    @property
    def corpus(self) -> Path:
        """The folder of documents: the one asked for, else the one the index was built from, else `corpus`."""
        return (self.config.corpus or self.index.corpus or Path("corpus")).resolve()

    def sync(self, progress: OnProgress | None = None, rebuild: bool = False) -> Changes:
        """Makes the index say what the corpus folder says. What has not changed costs nothing.

        Args:
            progress: called with how far it has come.
            rebuild: start from an empty index, as after a change of the embedding model.

        Raises:
            IndexBusyError: another process is syncing the same index.
            IndexMismatchError: the index belongs to another folder or to other settings.
        """
        return self.index.sync(self._model, progress, rebuild)

    def documents(self) -> list[DocumentEntry]:
        """The documents served and the files that could not be read, by path."""
        return self.index.ledger.documents()

    def document(self, path: str) -> Document:
        """A document with its stored text, that all offsets point into.

        Raises:
            SumberError: there is no such document.
        """
        document = self.index.ledger.document(path)
        if document is None:
            raise SumberError(f"there is no document {path!r} in the index. List them with: sumber documents")
        return document

    # --- questions ---------------------------------------------------------------------------------------------------

    def warm(self) -> None:
        """Loads the models, so that the first question does not wait for them."""
        retriever, answerer = self._parts()
        answerer.draft(Inquiry("Are you there?"), retriever.passages("Are you there?", 1))

    def retrieve(self, question: str, k: int = 10) -> list[Passage]:
        """The k passages nearest to a question, best first; as many as there are where there are fewer.

        Raises:
            QuestionError: the question is empty or too long.
        """
        question = self._bounded(question)
        self.index.check(self.config.corpus)
        if k < 1 or not self.index.ledger.passage_count():
            return []
        self.index.ready()
        return self._parts()[0].passages(question, k)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The answer to a question, made of the documents' own sentences, or the refusal with the nearest passages.

        Raises:
            QuestionError: the question is empty or too long.
        """
        question = self._bounded(question)
        self.index.check(self.config.corpus)
        timings: dict[str, float] = {}
        with _timed(timings, "total"):
            asked = inquiry(question, history)
            if not self.index.ledger.passage_count():
                return Answer(question, "not_found", REFUSAL, timings=timings)
            retriever, answerer = self._parts()
            self.index.ready()
            with self.index.ledger.snapshot():  # documents may change meanwhile: one answer, one state
                with _timed(timings, "retrieve"):
                    passages = retriever.passages(asked.standalone, max(self.config.passages, 10))
                with _timed(timings, "answer"):
                    draft = answerer.draft(asked, passages[: self.config.passages])
                answer = self._composed(question, draft, passages, timings)
        return answer

    def _composed(self, question: str, draft: Draft, passages: Sequence[Passage], timings: dict[str, float]) -> Answer:
        """The answer that a draft makes once each claim is checked; the refusal where nothing stands."""
        checked = [(claim, *check(claim.text, claim.quote)) for claim in draft.claims]
        standing = [(claim, verdict, reason) for claim, verdict, reason in checked if verdict != "unsupported"]
        found = tuple(passages)
        if not standing or draft.confidence < self.config.decline_below:
            return Answer(question, "not_found", REFUSAL, passages=found, confidence=draft.confidence, timings=timings)
        citations: dict[tuple[str, int, int], Citation] = {}
        sentences = []
        for claim, verdict, reason in standing:
            span = (claim.passage.document, claim.start, claim.end)
            if span not in citations:
                citations[span] = self._citation(len(citations) + 1, claim, verdict)
            sentences.append(Sentence(claim.text, (citations[span].number,), verdict, reason, claim.marks))
        text = " ".join(f"{one.text} {''.join(f'[{n}]' for n in one.citations)}" for one in sentences)
        return Answer(
            question,
            "answered",
            text,
            tuple(sentences),
            tuple(citations.values()),
            found,
            draft.confidence,
            timings,
        )

    def _citation(self, number: int, claim: Claim, verdict: Verdict) -> Citation:
        document = self.document(claim.passage.document)
        return Citation(
            number=number,
            document=document.path,
            title=document.title,
            page=claim.passage.page,
            url=document.url,
            published=document.published,
            start=claim.start,
            end=claim.end,
            quote=document.text[claim.start : claim.end],
            verdict=verdict,
            publisher=document.publisher,
            kind=document.kind,
        )

    def _bounded(self, question: str) -> str:
        question = question.strip()
        if not question:
            raise QuestionError("the question is empty. Ask something in words")
        if len(question) > self.config.max_question:
            raise QuestionError(
                f"the question has {len(question)} characters; the limit is {self.config.max_question}. Make it shorter"
            )
        return question.encode("utf-8", "replace").decode()  # a lone surrogate is no character

    # --- parts, loaded when they are first needed ---------------------------------------------------------------------

    def _model(self) -> EmbeddingModel:
        from rag.models import load_embedding_model

        with self._loading:
            if self._embedding is None:
                self._embedding = load_embedding_model(self.config.embedding_model)
            return self._embedding

    def _parts(self) -> tuple[HybridRetriever, QuotingAnswerer]:
        model = self._model()
        with self._loading:
            if self._searching is None:
                from rag.extractive import QuotingAnswerer
                from rag.retrieval import HybridRetriever

                ledger = self.index.ledger
                reader = self._reader()
                self._searching = HybridRetriever(self.index, model), QuotingAnswerer(model, ledger, reader)
            return self._searching

    def _reader(self) -> Reader | None:
        """The small reader, where its weights are installed; without them everything works, only less well."""
        from rag.models import cpu_dtype, default_weights
        from rag.reader import WEIGHTS, Reader

        return Reader.load(default_weights(), cpu_dtype()) if WEIGHTS.exists() else None


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        timings[step] = round((time.perf_counter() - began) * 1000, 1)
