"""How much one client, and all of them, may ask for at once. Plain ASGI, because streams pass through it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection
from ipaddress import IPv6Address, ip_address
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from rag.ui.refusals import RETRY_AFTER_SECONDS, Refusal

MAX_BODY = 1_000_000  # bytes; a question with a long history is some tens of thousands
DRAINED = 20 * MAX_BODY  # bytes read of a request that is too long: who is still sending would not hear of the refusal
MOST_OPEN = 512  # requests at the same time; a system lets a process have 1,024 files and connections
MOST_OPEN_EACH = 128  # of one client; an open page holds up to three, and many may come through one address
REMEMBERED = 10_000  # clients whose allowance is known, the last ones seen

# What keeps a core busy, by how its path begins. Pages ask for much else, which costs little.
COSTLY = ("/api/ask", "/api/search", "/api/evaluate", "/v1/chat/", "/mcp", "/gradio_api/")

BUSY = Refusal(
    503, "busy", "Too many requests are open at once.", "Ask again in a few seconds.", retry_after=RETRY_AFTER_SECONDS
)


def client_of(scope: Scope) -> str:
    """Who sends a request, as far as its address tells. A network of IPv6 is one client: it has addresses at will."""
    host = str((scope.get("client") or ("unknown", 0))[0])
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return ":".join(address.exploded.split(":")[:4]) + "::/64" if isinstance(address, IPv6Address) else host


class Allowances:
    """A token bucket for each client: `most` at once, and again as many every `seconds`."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._each = seconds / most
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()  # when a client's bucket is full again

    def wait(self, client: str) -> float:
        """Seconds until this client may go on; 0 where it may now."""
        lacking = self._full_at.get(client, 0.0) - self._clock()
        return max(0.0, lacking - (self._most - 1) * self._each)

    def take(self, client: str) -> None:
        """Counts one more."""
        self._full_at[client] = max(self._full_at.get(client, 0.0), self._clock()) + self._each
        self._full_at.move_to_end(client)
        while len(self._full_at) > REMEMBERED:
            self._full_at.popitem(last=False)


class Load:
    """Refuses requests beyond those that may be open, and questions of a client that asks faster than its rate.

    Args:
        rate: questions a minute of one client; 0 is any number.
    """

    def __init__(self, app: ASGIApp, rate: int) -> None:
        self.app = app
        self._open: Counter[str] = Counter()
        self._rate = rate
        self._allowances = Allowances(max(rate, 1), 60)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = client_of(scope)
        refusal = self._refusal(scope, client)
        if refusal:
            await refusal.response(scope["path"])(scope, receive, send)
            return
        self._open[client] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]

    def _refusal(self, scope: Scope, client: str) -> Refusal | None:
        if self._open[client] >= MOST_OPEN_EACH or self._open.total() >= MOST_OPEN:
            return BUSY
        asks = scope["method"] == "POST" or scope["path"] == "/api/search"
        if not (self._rate and asks and scope["path"].startswith(COSTLY)):
            return None
        wait = self._allowances.wait(client)
        if wait:
            words = f"More than {self._rate} questions a minute came from this address."
            return Refusal(429, "too_many_requests", words, "Ask again a little later.", retry_after=int(wait) + 1)
        self._allowances.take(client)
        return None


class Arrival:
    """Waits for a request to be whole before anything sees it; refuses it where it is too long or too slow.

    Args:
        seconds: from its head to its last byte.
        counted: paths that count what they receive themselves.
    """

    def __init__(self, app: ASGIApp, seconds: float, counted: Collection[str] = ()) -> None:
        self.app = app
        self.seconds = seconds
        self.counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self.counted:
            await self.app(scope, receive, send)
            return
        body = await arrived(scope, receive, MAX_BODY, self.seconds)
        if isinstance(body, Refusal):
            await body.response(scope["path"])(scope, receive, send)
            return
        if body is None:
            return
        whole: Message | None = {"type": "http.request", "body": body, "more_body": False}

        async def receive_whole() -> Message:
            nonlocal whole
            message, whole = whole, None
            return message or await receive()

        await self.app(scope, receive_whole, send)


def announced(headers: Headers) -> int:
    """How many bytes a request says that its body has; more than any limit where it says no number."""
    said = headers.get("content-length", "0")
    return int(said) if said.isdecimal() and len(said) <= 15 else sys.maxsize


async def arrived(scope: Scope, receive: Receive, most: int, seconds: float) -> bytes | Refusal | None:
    """The body of a request of at most so many bytes, why it is refused, or None where its sender has gone."""
    too_long = Refusal(413, "too_long", f"The request is longer than {most:,} bytes.", "Send a shorter one.")
    if announced(Headers(scope=scope)) > DRAINED:
        return too_long
    body, received, more = bytearray(), 0, True
    try:
        async with asyncio.timeout(seconds):
            while more and received <= DRAINED:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                piece = message.get("body", b"")
                received += len(piece)
                if received <= most:
                    body += piece
                more = message.get("more_body", False)
    except TimeoutError:
        words = f"The request did not arrive within {seconds:g} seconds."
        return Refusal(408, "too_slow", words, "Send it again, in one go.", headers=(("Connection", "close"),))
    return too_long if received > most else bytes(body)


class Punctual(H11Protocol):
    """Closes a connection on which the head of a request does not come to its end in time.

    Subclasses say in how many `seconds`: uvicorn makes one for each connection, and passes nothing of ours.
    """

    seconds = 30.0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.cycle and not self.cycle.response_complete:
            self._unwatch()
        elif self._late is None:
            self._late = self.loop.call_later(self.seconds, self.transport.close)

    def _unwatch(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None
