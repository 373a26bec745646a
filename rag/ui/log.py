"""What the server writes down: a line for each request, a reference for each fault; a question only where asked to."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.config import Config
from rag.types import EVERYTHING, Answer, Turn
from rag.types import Scope as Documents
from rag.ui.door import Door, OnSentence
from rag.ui.limits import client_of
from rag.ui.refusals import refusal_of

LONGEST_PATH = 200  # characters

ours = logging.getLogger("sumber")
requests = logging.getLogger("sumber.requests")
questions = logging.getLogger("sumber.questions")


@contextmanager
def logging_to_stderr(config: Config) -> Iterator[None]:
    """For as long as the server runs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
    wanted = config.log or ("requests" if config.serves_others else "errors")
    requests.setLevel(logging.INFO if wanted == "requests" else logging.ERROR)
    questions.setLevel(logging.INFO)
    ours.addHandler(handler)
    ours.propagate = False
    # It warns of what clients do wrong, in their own words.
    logging.getLogger("mcp").setLevel(logging.ERROR)
    try:
        yield
    finally:
        ours.removeHandler(handler)
        ours.propagate = True


class RequestLog:
    """Writes of each request its method, path, status, milliseconds and client, and answers where a fault came up.

    What stands behind the path is not written: it may be a question.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def send_noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception as error:  # the edge, for what nobody foresaw: it is logged, and answered in a sentence
            refusal = refusal_of(error)
            if not status:
                await refusal.response(scope["path"])(scope, receive, send_noting)
        finally:
            took = 1000 * (time.monotonic() - began)
            requests.info(
                "%s %s %s %.0fms %s",
                scope["method"],
                printable(scope["path"]),
                status or "left",
                took,
                client_of(scope),
            )


class Noting:
    """A door that writes down every question that is put to it, whoever asks."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def __getattr__(self, name: str) -> Any:
        return getattr(self._door, name)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        on_sentence: OnSentence | None = None,
        scope: Documents = EVERYTHING,
    ) -> Answer:
        questions.info("asked: %s", printable(question))
        return self._door.ask(question, history, on_sentence, scope)

    def retrieve(self, question: str, *rest: Any) -> Any:
        questions.info("searched: %s", printable(question))
        return self._door.retrieve(question, *rest)


def noting(door: Door) -> Door:
    return cast(Door, Noting(door))


def printable(text: str) -> str:
    """Text that cannot pass for another line, and steers no terminal."""
    return "".join(c if c.isprintable() else "?" for c in text[:LONGEST_PATH])
