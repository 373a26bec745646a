"""A stand-in for the assistant that behaves: it finds sentences by shared words, quotes them and declines without them.

Serve a folder of Markdown files with it, to look at the pages: python -m tests.ui.fake corpus
"""

from __future__ import annotations

import hashlib
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from rag.assistant import OUT_OF_SCOPE
from rag.config import Config
from rag.reading import files
from rag.types import (
    EVERYTHING,
    REFUSAL,
    Answer,
    Changes,
    Citation,
    Document,
    DocumentEntry,
    Passage,
    Progress,
    QuestionError,
    Scope,
    Section,
    Sentence,
    SumberError,
    Turn,
)
from rag.ui.door import OnSentence

LEAST_SHARED = 0.5  # of the question's words, from which a sentence answers it
QUOTED = 2  # sentences of an answer, at most

_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_STOP_WORDS = frozenset(
    _WORD.findall("a an and are be by did do does how in is it of on or that the to was were what when")
)
_STOP_WORDS |= {"who", "why", "will", "with"}


class FakeAssistant:
    """Documents in memory. `gate` holds the first sync back until it is set; `failed` are files that cannot be read."""

    def __init__(self, documents: Iterable[Document], failed: dict[str, str] | None = None) -> None:
        self.corpus = Path("/home/ratna/documents")
        self.config = Config()
        self.gate = threading.Event()
        self.gate.set()
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []
        self._coming = {document.path: document for document in documents}
        self._failed = failed or {}
        self._documents: dict[str, Document] = {}

    def sync(self, progress: Callable[[Progress], None] | None = None) -> Changes:
        for done, (path, document) in enumerate(self._coming.items()):
            if progress:
                progress(Progress("reading", done, len(self._coming), path))
            while not self.gate.wait(timeout=0.05):
                if progress:
                    progress(Progress("reading", done, len(self._coming), path))
            self._documents[path] = document
        return Changes(added=tuple(self._documents), failed=tuple(self._failed.items()))

    def warm(self) -> None:
        pass

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        on_sentence: OnSentence | None = None,
        scope: Scope = EVERYTHING,
    ) -> Answer:
        if not question.strip():
            raise QuestionError("the question is empty. Write what you want to know.")
        self.asked.append((question, tuple(history)))
        ranked = self._ranked(question, scope)
        answering = [passage for passage in ranked if passage.score >= LEAST_SHARED][:QUOTED]
        if not answering:
            confidence = ranked[0].score if ranked else 0.0
            remark = "" if any(_holds(scope, one) for one in self._documents.values()) else OUT_OF_SCOPE
            return Answer(
                question, "not_found", REFUSAL, passages=tuple(ranked[:3]), confidence=confidence, remark=remark
            )
        citations = tuple(self._citation(number, passage) for number, passage in enumerate(answering, 1))
        sentences = tuple(
            Sentence(citation.quote, (citation.number,), "verbatim", marks=_marks(citation.quote))
            for citation in citations
        )
        for sentence, citation in zip(sentences, citations, strict=True):
            if on_sentence:
                on_sentence(sentence, (citation,))
        text = " ".join(f"{sentence.text} [{n}]" for n, sentence in enumerate(sentences, 1))
        return Answer(question, "answered", text, sentences, citations, tuple(answering), answering[0].score)

    def retrieve(self, question: str, k: int = 10, scope: Scope = EVERYTHING) -> list[Passage]:
        return self._ranked(question, scope)[:k]

    def documents(self) -> list[DocumentEntry]:
        entries = [_entry(document) for document in self._documents.values()]
        return entries + [
            DocumentEntry(path, path, None, None, None, None, None, 0, 0, reason)
            for path, reason in self._failed.items()
        ]

    def document(self, path: str) -> Document:
        if path not in self._documents:
            raise SumberError(f"there is no document {path!r} in the index. `sumber documents` lists them.")
        return self._documents[path]

    def passages_of(self, path: str) -> list[Passage]:
        source = self._documents.get(path)
        return [_passage(source, start, end, 0.0) for start, end in _sentences(source.text)] if source else []

    def unknown_words(self, question: str) -> list[str]:
        known = {word for source in self._documents.values() for word in _words(source.text)}
        return [word for word in _WORD.findall(question) if _words(word) and not _words(word) <= known]

    def facts(self) -> dict[str, str | float]:
        return {"version": "0", "documents": len(self._documents)}

    def forget(self) -> None:
        """Nothing is kept."""

    def _ranked(self, question: str, scope: Scope) -> list[Passage]:
        """Sentences that share a word with the question, best first; ties in the order of the documents."""
        words = _words(question)
        found = []
        for document in self._documents.values():
            if not _holds(scope, document):
                continue
            for start, end in _sentences(document.text):
                shared = len(words & _words(document.text[start:end])) / max(len(words), 1)
                if shared:
                    found.append(_passage(document, start, end, shared))
        return sorted(found, key=lambda passage: -passage.score)

    def _citation(self, number: int, passage: Passage) -> Citation:
        source = self._documents[passage.document]
        return Citation(
            number, source.path, source.title, passage.page, source.url, source.published,
            passage.start, passage.end, passage.text, "verbatim", source.publisher, source.kind,
        )  # fmt: skip


class FolderAssistant(FakeAssistant):
    """The same with a folder of text files, which each sync reads anew. Those that are no UTF-8 cannot be read."""

    def __init__(self, corpus: Path) -> None:
        super().__init__([])
        self.corpus = corpus

    def sync(self, progress: Callable[[Progress], None] | None = None) -> Changes:
        before, after, failed = self._documents, {}, {}
        found = list(files(self.corpus))
        for done, (name, path) in enumerate(found):
            if progress:
                progress(Progress("reading", done, len(found), name))
            while not self.gate.wait(timeout=0.05):
                pass
            try:
                after[name] = document(name, path.read_text("utf-8"), set_aside="Menu\nImprint")
            except UnicodeDecodeError:
                failed[name] = "it is not in UTF-8. Save it again"
        self._documents, self._failed = after, failed
        changed = [name for name in after if name in before and after[name].sha256 != before[name].sha256]
        added, removed = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
        return Changes(tuple(added), tuple(changed), tuple(removed), (), tuple(failed.items()))


def document(path: str, text: str, title: str = "", **known: object) -> Document:
    return Document(path, hashlib.sha256(text.encode()).hexdigest(), text, title or path, **known)  # type: ignore[arg-type]


def markdown_documents(folder: Path) -> Iterator[Document]:
    """The Markdown files of a folder, with the front matter and headings of the starter set."""
    for path in sorted(folder.rglob("*.md")):
        _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        known = dict(re.findall(r'^(\w+): "?(.*?)"?$', front, re.MULTILINE))
        text = re.sub(r"^#+ ", "", body.strip(), flags=re.MULTILINE)
        titles = re.findall(r"^#+ (.+)$", body, re.MULTILINE)
        sections = tuple(Section(title, text.index(title)) for title in titles)
        facts = {name: known.get(name) for name in ("publisher", "published", "url", "language", "kind")}
        yield document(path.relative_to(folder).as_posix(), text, known.get("title", ""), sections=sections, **facts)


def _entry(source: Document) -> DocumentEntry:
    passages = sum(1 for _ in _sentences(source.text))
    return DocumentEntry(
        source.path, source.title, source.publisher, source.published, source.url, source.language, source.kind,
        passages, len(source.text),
    )  # fmt: skip


def _holds(scope: Scope, source: Document) -> bool:
    return scope.holds(source.path, source.published, source.language, source.publisher, source.kind)


def _passage(source: Document, start: int, end: int, score: float) -> Passage:
    section = [s.title for s in source.sections if s.start <= start]
    page = sum(begin <= start for begin in source.pages) or None
    return Passage(
        f"{source.path}:{start}", source.path, source.title, section[-1] if section else None, page,
        source.text[start:end], start, end, score,
    )  # fmt: skip


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for match in _SENTENCE.finditer(text):
        stripped = match.group().strip()
        if stripped:
            start = match.start() + match.group().index(stripped)
            yield start, start + len(stripped)


def _words(text: str) -> set[str]:
    return {word.rstrip("s") for word in _WORD.findall(text.casefold())} - _STOP_WORDS


def _marks(text: str) -> tuple[tuple[int, int], ...]:
    """Numbers with what follows them, standing in for the part of a sentence that answers."""
    return tuple(match.span() for match in re.finditer(r"\b\d[\d.,]*\b(?: \w+)?", text))[:1]


if __name__ == "__main__":
    from rag.ui.server import serve

    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "corpus")
    damaged = {"scan-2019.pdf": "it holds images of pages and no text. Run it through text recognition first."}
    serve(
        FakeAssistant(markdown_documents(folder), damaged),
        Config(),
        on_ready=lambda address: print(address, flush=True),
    )
