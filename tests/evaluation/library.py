"""A small working assistant: finds by shared words, quotes the best sentence, declines below two shared words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from rag.config import Config
from rag.types import REFUSAL, Answer, Citation, Document, Passage, QuestionError, Sentence, SumberError, Turn

PARAGRAPH = r"[^\n]+(\n[^\n]+)*"
COMMON = {"a", "and", "did", "does", "how", "in", "is", "it", "of", "the", "to", "was", "what", "when", "where", "who"}


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold())) - COMMON


class Library:
    """What `evaluate` asks of an assistant, over texts by path. A passage is a paragraph."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.config = Config(embedding_model="shared-words", decline=0.5)

    def document(self, path: str) -> Document:
        if path not in self.texts:
            raise SumberError(f"There is no document {path}. See: sumber documents")
        return Document(path=path, sha256="", text=self.texts[path], title=PurePosixPath(path).stem)

    def forget(self) -> None:
        """Nothing is kept."""

    def passages_of(self, path: str) -> list[Passage]:
        return [self._passage(path, s.start(), s.end(), "") for s in re.finditer(PARAGRAPH, self.texts.get(path, ""))]

    def facts(self) -> dict[str, str | float]:
        return {"embedding_model": self.config.embedding_model, "decline_below": self.config.decline_below}

    def retrieve(self, question: str, k: int = 10) -> list[Passage]:
        passages = [
            self._passage(path, span.start(), span.end(), question)
            for path, text in self.texts.items()
            for span in re.finditer(PARAGRAPH, text)
        ]
        return sorted(passages, key=lambda passage: (-passage.score, passage.id))[:k]

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        if len(question) > self.config.max_question:
            raise QuestionError(f"The question is longer than {self.config.max_question} characters. Shorten it.")
        alone = " ".join([*(turn.question for turn in history), question])
        passages = tuple(self.retrieve(alone, k=3))
        shared, start, end = self._best_sentence(alone, passages)
        confidence = min(1.0, shared / 4)
        if confidence < self.config.decline_below:
            return Answer(question, "not_found", REFUSAL, passages=passages, confidence=confidence)
        citation = self.cite(passages[0].document, start, end)
        sentence = Sentence(citation.quote, (1,), "verbatim")
        text = f"{citation.quote} [1]"
        return Answer(question, "answered", text, (sentence,), (citation,), passages, confidence)

    def cite(self, path: str, start: int, end: int) -> Citation:
        quote = self.texts[path][start:end]
        return Citation(1, path, PurePosixPath(path).stem, None, None, None, start, end, quote, "verbatim")

    def _passage(self, path: str, start: int, end: int, question: str) -> Passage:
        text = self.texts[path][start:end]
        score = float(len(words(text) & words(question)))
        return Passage(f"{path}:{start}", path, PurePosixPath(path).stem, None, None, text, start, end, score)

    def _best_sentence(self, question: str, passages: Sequence[Passage]) -> tuple[int, int, int]:
        """(words shared, start, end) of the sentence of the first passage that shares most words."""
        first = passages[0]
        sentences = re.finditer(r"\S[^.]*\.", first.text)
        found = [
            (len(words(s.group()) & words(question)), first.start + s.start(), first.start + s.end()) for s in sentences
        ]
        return max(found, key=lambda one: (one[0], -one[1]), default=(0, 0, 0))
