"""One question that is being answered, as a page follows it: its sentences as they are checked, until it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from rag.types import Answer, Citation, Sentence


class LeftError(Exception):
    """Ends an answering that nobody waits for any more."""


class Listening:
    """Belongs to the loop that it is made in; only `tell` is called from the thread that answers."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Queue[tuple[Sentence, tuple[Citation, ...]] | None] = asyncio.Queue()
        self.stopped = False

    def tell(self, sentence: Sentence, citations: tuple[Citation, ...]) -> None:
        """Passes a sentence on.

        Raises:
            LeftError: the person does not wait for more.
        """
        if self.stopped:
            raise LeftError
        self._loop.call_soon_threadsafe(self._told.put_nowait, (sentence, citations))

    def stop(self) -> None:
        """Ends the waiting at once, whatever the answering does."""
        self.stopped = True
        self._told.put_nowait(None)

    async def so_far(self, question: str, outcome: asyncio.Future[Answer]) -> AsyncIterator[Answer]:
        """The answer as far as it has come, after each sentence, until the outcome is there or it is stopped."""
        outcome.add_done_callback(lambda _: self._told.put_nowait(None))
        sentences: tuple[Sentence, ...] = ()
        citations: tuple[Citation, ...] = ()
        while told := await self._told.get():
            sentences, citations = (*sentences, told[0]), (*citations, *told[1])
            text = " ".join(sentence.text for sentence in sentences)
            yield Answer(question, "answered", text, sentences, citations)
