"""A reply over HTTP, ended by an error where it grows too large or goes on for too long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import cast

import httpx


class Bounded(httpx.SyncByteStream):
    """The bytes of a reply. A reply that drips trips no timeout of httpx, which are for each piece of it.

    Args:
        most: bytes.
        seconds: from now on.
    """

    def __init__(self, response: httpx.Response, most: int, seconds: float) -> None:
        self._stream = cast(httpx.SyncByteStream, response.stream)
        self._most = most
        self._until = time.monotonic() + seconds

    def __iter__(self) -> Iterator[bytes]:
        left = self._most
        for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise httpx.DecodingError("the reply is too large")
            if time.monotonic() > self._until:
                raise httpx.ReadTimeout("the reply goes on for too long")
            yield piece

    def close(self) -> None:
        self._stream.close()
