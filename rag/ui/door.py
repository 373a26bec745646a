"""What the pages and the HTTP surface need of the assistant, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from rag.config import Config
from rag.types import (
    EVERYTHING,
    Answer,
    Changes,
    Citation,
    Document,
    DocumentEntry,
    Passage,
    Progress,
    Scope,
    Sentence,
    Turn,
)

OnSentence = Callable[[Sentence, tuple[Citation, ...]], None]  # a checked sentence, and the citations new with it


class Door(Protocol):
    """`rag.assistant.Assistant`, or whoever stands in for it. Reading is thread-safe."""

    @property
    def config(self) -> Config: ...

    @property
    def corpus(self) -> Path: ...

    def sync(self, progress: Callable[[Progress], None] | None = None) -> Changes: ...

    def warm(self) -> None: ...

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        on_sentence: OnSentence | None = None,
        scope: Scope = EVERYTHING,
    ) -> Answer: ...

    def retrieve(self, question: str, k: int = 10, scope: Scope = EVERYTHING) -> list[Passage]: ...

    def documents(self) -> list[DocumentEntry]: ...

    def document(self, path: str) -> Document: ...

    def passages_of(self, path: str) -> list[Passage]: ...

    def unknown_words(self, question: str) -> list[str]: ...

    def facts(self) -> dict[str, str | float]: ...

    def forget(self) -> None: ...
