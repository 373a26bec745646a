"""The one door: `open`, `sync`, `retrieve`, `ask`. Builds the parts, and decides when evidence is too thin."""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rag.checking import check
from rag.config import DEFAULT_CORPUS, Config
from rag.followup import inquiry
from rag.index import Index, OnProgress
from rag.overview import Outliner, asked_overview
from rag.smalltalk import language_of, word_of_help
from rag.spelling import Slip, mended, respelt, slips, strangers
from rag.types import (
    EVERYTHING,
    REFUSALS,
    Answer,
    Changes,
    Citation,
    Claim,
    Document,
    DocumentEntry,
    Draft,
    Inquiry,
    Judged,
    ModelError,
    Passage,
    QuestionError,
    Scope,
    Sentence,
    SumberError,
    Trace,
    Turn,
    Verdict,
)

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.extractive import QuotingAnswerer
    from rag.generative import WritingAnswerer
    from rag.models import EmbeddingModel, Reranker
    from rag.reader import Reader
    from rag.retrieval import HybridRetriever
    from rag.rewriting import Rewriter

OnSentence = Callable[[Sentence, tuple[Citation, ...]], None]

OWN_WORDS = "Sumber's own words"  # the reason of a sentence that cites nothing
KEPT = 64  # answers that are kept for the same question again
REWRITING = 0.25  # of the time a language model has, for saying what a follow-up question leaves out
NOTHING_INDEXED = "No document is indexed yet. Put files in a folder and run: sumber sync FOLDER"
OUT_OF_SCOPE = "No document is within what the question was narrowed to."


class Assistant:
    """An open index and what answers from it. Safe to share between threads; close it, or use it in a `with`."""

    def __init__(self, config: Config, index: Index, llm: LLM | None = None) -> None:
        """Use `Assistant.open`."""
        self.config = config
        self.index = index
        self._llm = llm
        self._loading = Lock()
        self._embedding: EmbeddingModel | None = None
        self._searching: tuple[HybridRetriever, QuotingAnswerer] | None = None
        self._writing: tuple[WritingAnswerer, Rewriter] | None = None
        self._kept: OrderedDict[object, Answer] = OrderedDict()

    @classmethod
    def open(cls, config: Config, llm: LLM | None = None) -> Self:
        """Opens the index of a configuration, creating an empty one where there is none.

        Args:
            llm: any llama-index language model, to write the answers; one named by the configuration otherwise. With
                neither they are quoted.

        Raises:
            ModelError: `llm` is no llama-index language model.
            IndexMismatchError: the index was built from another corpus or with other settings.
            SumberError: the index cannot be used.
        """
        if llm is not None and not callable(getattr(llm, "stream_chat", None)):
            raise ModelError(
                f"{type(llm).__name__} is no llama-index language model and cannot write answers. Leave llm out to have"
                " them quoted"
            )
        return cls(config, Index(config), llm)

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
        return (self.config.corpus or self.index.corpus or DEFAULT_CORPUS).resolve()

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

    def passages_of(self, path: str) -> list[Passage]:
        """The passages of a document in its order; none where there is no such document."""
        return self.index.ledger.passages_of(path)

    def facts(self) -> dict[str, str | float]:
        """What the answers depend on: the version of Sumber, the settings that matter, and what is indexed.

        `corpus` is a hash over paths and contents: the same of two indexes means that they hold the same documents.
        """
        config, ledger = self.config, self.index.ledger
        hashes = ledger.hashes()
        return {
            "version": version("sumber"),
            "embedding_model": config.embedding_model,
            "reranker": config.reranker or "",
            "language_model": config.llm_model or (type(self._llm).__name__ if self._llm else ""),
            "passage_tokens": config.passage_tokens,
            "passages": config.passages,
            "dense_weight": config.dense_weight,
            "decline_below": config.decline_below,
            "documents": len(hashes),
            "passages_indexed": ledger.passage_count(),
            "corpus": hashlib.sha256(json.dumps(sorted(hashes.items())).encode()).hexdigest(),
        }

    # --- questions ---------------------------------------------------------------------------------------------------

    def warm(self) -> None:
        """Loads the models, so that the first question does not wait for them."""
        retriever, answerer = self._parts()
        answerer.draft(Inquiry("Are you there?"), retriever.passages("Are you there?", 1))

    def retrieve(self, question: str, k: int = 10, scope: Scope = EVERYTHING) -> list[Passage]:
        """The k passages nearest to a question, best first; as many as there are where there are fewer.

        Args:
            scope: the documents that it is sought in.

        Raises:
            QuestionError: the question is empty or too long.
        """
        question = self._bounded(question)
        self.index.check(self.config.corpus)
        if k < 1 or not self.index.ledger.passage_count():
            return []
        self.index.ready()
        return self._parts()[0].passages(question, k, scope)

    def unknown_words(self, question: str) -> list[str]:
        """The names, numbers and rare words of a question, as written, that no document holds in any form."""
        return strangers(question, self._model(), self.index.ledger)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        on_sentence: OnSentence | None = None,
        scope: Scope = EVERYTHING,
    ) -> Answer:
        """The answer to a question, or the refusal with the nearest passages.

        It is made of the documents' own sentences or, where there is a language model, of what that writes as far as
        the documents support it. Below the threshold of confidence the model is not asked at all.

        Args:
            on_sentence: called with each sentence that will be in the answer as soon as it is checked, and with the
                citations that it is the first to use. The answer that is returned is what counts: in rare cases (a
                model that turns out to have been thinking aloud) it lacks one of them.
            scope: the documents that the answer is sought in.

        Raises:
            QuestionError: the question is empty or too long.
        """
        question = self._bounded(question)
        self.index.check(self.config.corpus)
        timings: dict[str, float] = {}
        with _timed(timings, "total"):
            asked = (self.index.ledger.generation, question, tuple(history), scope)
            answer = self._again(asked)
            if answer is None:
                answer = self._found(question, history, on_sentence, scope, timings)
                self._keep(asked, answer)
            if on_sentence and "write" not in timings:  # what is written was told as it came
                _tell(answer, on_sentence)
        return replace(answer, timings=timings)

    def _found(
        self,
        question: str,
        history: Sequence[Turn],
        on_sentence: OnSentence | None,
        scope: Scope,
        timings: dict[str, float],
    ) -> Answer:
        said = word_of_help(question)
        if said:
            return Answer(question, "answered", said, (_own(said),), confidence=1.0)
        if not self.index.ledger.passage_count():
            return _refused(question, NOTHING_INDEXED)
        self._parts()  # loads the models, which takes seconds, before the ledger is held in one state
        self.index.ready()
        with self.index.ledger.snapshot():  # documents may change meanwhile: one answer, one state
            outline = self._outlined(question, scope)
            return outline or self._answered(question, history, on_sentence, scope, timings)

    def _outlined(self, question: str, scope: Scope) -> Answer | None:
        """The outline of a document, a topic or all documents, where that is what is asked for."""
        overview = asked_overview(question)
        draft = Outliner(self.index.ledger, self._parts()[0]).draft(overview, scope) if overview else None
        if draft is None:
            return None
        return self._composed(question, draft, tuple(dict.fromkeys(claim.passage for claim in draft.claims)))[0]

    def _answered(
        self,
        question: str,
        history: Sequence[Turn],
        on_sentence: OnSentence | None,
        scope: Scope,
        timings: dict[str, float],
    ) -> Answer:
        retriever, answerer = self._parts()
        writing = self._writer()
        wrong = slips(question, self._model(), self.index.ledger)
        spelt = respelt(mended(question, wrong), self._model(), self.index.ledger)
        asked = (writing[1].inquiry if writing else inquiry)(spelt, history)
        with _timed(timings, "retrieve"):
            search = retriever.search(asked.standalone, max(self.config.passages, 10), scope)
        if not search.passages:
            return _refused(question, OUT_OF_SCOPE)
        read = search.passages[: self.config.passages]
        with _timed(timings, "answer"):
            draft = answerer.draft(asked, read)
        if draft.confidence < self.config.decline_below:
            draft = replace(draft, remark="")  # on an answer that nobody sees
        elif writing:
            tell = _Composition(self._citation, on_sentence).add
            with _timed(timings, "write"):
                draft = writing[0].draft(asked, read, draft, history, tell)
        answer, judged = self._composed(question, replace(draft, remark=_remarks(wrong, draft.remark)), search.passages)
        trace = Trace(asked.standalone, search, len(read), judged, self.config.decline_below)
        return replace(answer, trace=trace)

    def forget(self) -> None:
        """Forgets the answers that are kept for the same question again, as before measuring how long they take."""
        with self._loading:
            self._kept.clear()

    def _again(self, asked: object) -> Answer | None:
        """The answer that the same question had, if nothing has changed since."""
        with self._loading:
            if asked in self._kept:
                self._kept.move_to_end(asked)
            return self._kept.get(asked)

    def _keep(self, asked: object, answer: Answer) -> None:
        """A language model may do better the next time; what is quoted stays the same."""
        if self._llm is None and not self.config.llm_url:
            with self._loading:
                self._kept[asked] = answer
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)

    def _composed(self, question: str, draft: Draft, passages: Sequence[Passage]) -> tuple[Answer, tuple[Judged, ...]]:
        """The answer of a draft whose claims are checked, the refusal where none stands; and the checks."""
        composition = _Composition(self._citation)
        for claim in draft.claims:
            composition.add(claim)
        sentences = (*((_own(draft.lead),) if draft.lead else ()), *composition.sentences)
        if not composition.citations or draft.confidence < self.config.decline_below:
            refusal = _refused(question, draft.remark)
            return replace(refusal, passages=tuple(passages), confidence=draft.confidence), tuple(composition.judged)
        answer = Answer(
            question,
            "answered",
            " ".join(one.marked for one in sentences),
            sentences,
            tuple(composition.citations.values()),
            tuple(passages),
            draft.confidence,
            remark=draft.remark,
        )
        return answer, tuple(composition.judged)

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
                from rag.interaction import LateInteraction
                from rag.retrieval import HybridRetriever

                ledger = self.index.ledger
                interaction = LateInteraction(model, ledger)
                retriever = HybridRetriever(
                    self.index,
                    model,
                    closer=interaction,
                    reranker=self._reranker(),
                    dense_weight=self.config.dense_weight,
                )
                self._searching = retriever, QuotingAnswerer(interaction, ledger, self._reader())
            return self._searching

    def language_model(self) -> LLM | None:
        """What writes the answers, where one was given or is configured; a key alone is no consent."""
        if self._llm is None and self.config.llm_url:
            self._llm = self._configured()
        return self._llm

    def _writer(self) -> tuple[WritingAnswerer, Rewriter] | None:
        """What writes with a language model, where there is one."""
        llm = self.language_model()
        if llm is None:
            return None
        model = self._model()
        with self._loading:
            if self._writing is None:
                from rag.generative import WritingAnswerer
                from rag.rewriting import Rewriter

                seconds = self.config.llm_seconds
                self._writing = WritingAnswerer(llm, model, seconds), Rewriter(llm, REWRITING * seconds)
            return self._writing

    def _configured(self) -> LLM:
        from rag.models import load_language_model

        config = self.config
        key = config.llm_key.get_secret_value() if config.llm_key else ""
        return load_language_model(
            config.llm_url or "", config.llm_model or "", key, config.llm_seconds, config.llm_context
        )

    def _reader(self) -> Reader | None:
        """The small reader, where its weights are installed; without them everything works, only less well."""
        from rag.models import cpu_dtype, default_weights
        from rag.reader import WEIGHTS, Reader

        return Reader.load(default_weights(), cpu_dtype()) if WEIGHTS.exists() else None

    def _reranker(self) -> Reranker | None:
        from rag.models import load_reranker

        return load_reranker(self.config.reranker) if self.config.reranker else None


def _own(text: str) -> Sentence:
    """A sentence of Sumber's own, which cites nothing."""
    return Sentence(text, (), "supported", OWN_WORDS)


def _tell(answer: Answer, on_sentence: OnSentence) -> None:
    """Each sentence with the citations that it is the first to use."""
    told: set[int] = set()
    for sentence in answer.sentences:
        new = set(sentence.citations) - told
        on_sentence(sentence, tuple(citation for citation in answer.citations if citation.number in new))
        told |= new


def _refused(question: str, remark: str = "") -> Answer:
    return Answer(question, "not_found", REFUSALS[language_of(question)], remark=remark)


def _remarks(wrong: Sequence[Slip], remark: str) -> str:
    """How a question was read, and what else is to be said."""
    read = ", ".join(f"“{slip.written}” as “{slip.meant}”" for slip in wrong)
    return " ".join(filter(None, (f"Read {read}." if read else "", remark)))


class _Composition:
    """Claims that stand, becoming numbered sentences and citations as they come."""

    def __init__(self, cite: Callable[[int, Claim, Verdict], Citation], on_sentence: OnSentence | None = None) -> None:
        self.sentences: list[Sentence] = []
        self.citations: dict[tuple[str, int, int], Citation] = {}
        self.judged: list[Judged] = []
        self._cite = cite
        self._on_sentence = on_sentence

    def add(self, claim: Claim) -> None:
        verdict, reason = check(claim.text, claim.quote)
        self.judged.append(Judged(claim, verdict, reason))
        if verdict == "unsupported":
            return
        span = (claim.passage.document, claim.start, claim.end)
        new = () if span in self.citations else (self._cite(len(self.citations) + 1, claim, verdict),)
        self.citations.update((span, citation) for citation in new)
        sentence = Sentence(claim.text, (self.citations[span].number,), verdict, reason, claim.marks)
        self.sentences.append(sentence)
        if self._on_sentence:
            self._on_sentence(sentence, new)


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        timings[step] = round((time.perf_counter() - began) * 1000, 1)
