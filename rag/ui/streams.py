"""Answers that are told sentence by sentence over HTTP: begun at the desk, ended when nobody listens any more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from starlette.responses import StreamingResponse

from rag.types import Answer, Citation, Scope, Sentence, Turn
from rag.ui.desk import STOPPING, Desk, StoppingError
from rag.ui.listening import Listening
from rag.ui.refusals import Refusal, refusal_of

PING_SECONDS = 15.0  # without an event, after which a comment shows that the line stands; proxies give up after 60

Told = tuple[Sentence, tuple[Citation, ...]]  # a checked sentence, and the citations new with it


class Streams:
    """Those under way. All of them can be ended at once, when the server stops."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: set[Listening] = set()

    def begin(self, question: str, history: Sequence[Turn], scope: Scope) -> AsyncIterator[Told | Answer | Refusal]:
        """Puts a question. Each sentence comes as it is checked, and the whole answer, which is what counts, last.

        Where there is none after all, as when the server stops before, why not comes in its place.

        Raises:
            BusyError: at once, where too many questions wait.
        """
        listening = Listening()
        asked = asyncio.wrap_future(self._desk.ask(question, history, scope, listening.tell))
        return self._told(question, listening, asked)

    def end(self) -> None:
        for listening in self._open:
            listening.stop()

    async def _told(
        self, question: str, listening: Listening, asked: asyncio.Future[Answer]
    ) -> AsyncIterator[Told | Answer | Refusal]:
        self._open.add(listening)
        known = 0
        try:
            async for partial in listening.so_far(question, asked):
                yield partial.sentences[-1], partial.citations[known:]
                known = len(partial.citations)
            if listening.stopped:
                raise StoppingError(STOPPING)
            yield asked.result()
        except Exception as error:  # whatever it is: the response has begun, and can be given no status any more
            yield refusal_of(error)
        finally:  # also when whoever asked has gone: then the answering ends at its next sentence
            self._open.discard(listening)
            listening.stop()
            asked.cancel()


def server_sent(pieces: AsyncIterator[str]) -> StreamingResponse:
    """A response of server-sent events."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_with_pings(pieces), media_type="text/event-stream", headers=headers)


def event(data: Any, name: str = "") -> str:
    """One event as it is sent."""
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _with_pings(pieces: AsyncIterator[str]) -> AsyncIterator[bytes]:
    coming = asyncio.ensure_future(anext(pieces, None))
    try:
        while True:
            await asyncio.wait({coming}, timeout=PING_SECONDS)
            if not coming.done():
                yield b": still at it\n\n"
                continue
            piece = coming.result()
            if piece is None:
                return
            yield piece.encode("utf-8", "replace")
            coming = asyncio.ensure_future(anext(pieces, None))
    finally:
        coming.cancel()
