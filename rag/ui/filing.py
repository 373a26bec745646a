"""The routes that add, remove and put back documents, and that tell pages how far their reading has come."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI, Request
from pydantic import Field
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from rag.inbox import Added, Inbox, InboxError, RefusedFileError
from rag.ui.keeping import Keeper
from rag.ui.library import changes_words, status_words
from rag.ui.limits import announced
from rag.ui.refusals import JsonOnly
from rag.ui.shapes import PROBLEMS, Strict

ADD = "/api/documents"
AT_ONCE = 4  # files that are received at the same time; others wait
STALL_SECONDS = 30  # without a byte of a file, after which it is given up


class Restore(Strict):
    """Which of the removed files to put back."""

    token: str = Field(description="As the removal gave it.")


def add_filing(api: FastAPI, keeper: Keeper, inbox: Inbox | None) -> None:
    """The routes; without an inbox only those that change nothing but the index."""

    @api.get("/api/state", include_in_schema=False)
    def state() -> dict[str, Any]:
        now = keeper.state
        return {
            "stage": now.stage,
            "version": now.version,
            "busy": now.progress is not None,
            "words": status_words(now),
            "done": now.progress.done if now.progress else 0,
            "total": now.progress.total if now.progress else 0,
            "told": changes_words(now.changes),
            "notice": now.notice,
        }

    @api.post("/api/sync", status_code=202, responses=PROBLEMS)
    def sync() -> dict[str, str]:
        """Read what has changed in the folder of documents, soon and in the background; /healthz tells of it."""
        keeper.sync_now()
        return {"status": "accepted"}

    if inbox is None:
        return
    places = asyncio.Semaphore(AT_ONCE)

    @api.post(ADD, status_code=201, responses=PROBLEMS)
    async def add(name: str, request: Request, response: Response) -> dict[str, Any]:
        """Put a file, which is the body of the request, into the folder of documents. It is read at the next sync.

        Another file of that name stays as it is. Content that is there already is not stored twice: then the status
        is 200, and the document the one that has it.
        """
        async with places:
            added = await _received(inbox, name, request)
        response.status_code = 201 if added.is_new else 200
        return {"document": added.document, "is_new": added.is_new}

    @api.delete(ADD, responses=PROBLEMS)
    def remove(document: str) -> dict[str, str]:
        """Take a file out of the folder of documents. It is kept, and can be put back by the token."""
        removed = inbox.remove(document)
        keeper.sync_now()
        return {"document": removed.document, "token": removed.token}

    @api.post("/api/documents/restore", responses=PROBLEMS)
    def restore(asked: Restore, _: JsonOnly) -> dict[str, str]:
        """Put a removed file back where it was, unless another has its place."""
        document = inbox.restore(asked.token)
        keeper.sync_now()
        return {"document": document}


async def _received(inbox: Inbox, name: str, request: Request) -> Added:
    """The file that a request brings, once it is whole."""
    inbox.check_size(announced(request.headers))
    chunks = aiter(request.stream())

    async def arriving() -> bytes:
        try:
            return await asyncio.wait_for(anext(chunks, b""), STALL_SECONDS)
        except (TimeoutError, ClientDisconnect):
            raise InboxError("it did not arrive whole; add it again") from None

    try:
        with inbox.receive(name) as receiving:
            while chunk := await arriving():
                await asyncio.to_thread(receiving.write, chunk)
            return await asyncio.to_thread(receiving.keep)
    except RefusedFileError:
        left = inbox.max_bytes
        while left > 0 and (chunk := await arriving()):  # who is still sending would not hear of the refusal
            left -= len(chunk)
        raise
