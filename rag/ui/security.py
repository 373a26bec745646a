"""What every response carries, and what no request reaches. Plain ASGI, because streams pass through it."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio compiles its HTML templates with `new Function` and sets style attributes: that is what the two exceptions
# are for. Its inline scripts are allowed one by one, by their hashes, so an injected script or handler stays dead.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
MAX_BODY = 1_000_000  # bytes; a question with a long history is some tens of thousands
TOO_LARGE = f"The request is longer than {MAX_BODY:,} bytes; send a shorter one."
PAGE_PATH = "/"
REFUSED_PATHS = tuple(f"/gradio_api/{route}" for route in ("file", "proxy", "upload", "stream", "custom_component"))

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def policy(page: bytes = b"") -> str:
    """The Content-Security-Policy: the inline scripts of this page, and else nothing but the server's own."""
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page))
    return POLICY.format(scripts="".join(f" 'sha256-{b64encode(digest).decode()}'" for digest in digests))


class SecurityHeaders:
    """Gives every response its Content-Security-Policy and forbids guessing of types and sending of referrers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == PAGE_PATH:
            await self._page(scope, receive, send)
        else:

            async def send_secured(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message).update(security_headers())
                await send(message)

            await self.app(scope, receive, send_secured)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Holds the page back until it is whole, because its policy names the hashes of its scripts."""
        uncompressed = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message = {}
        body = bytearray()

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] != "http.response.body":
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    MutableHeaders(scope=start).update(security_headers(bytes(body)))
                    await send(start)
                    await send({"type": "http.response.body", "body": bytes(body)})

        await self.app({**scope, "headers": uncompressed}, receive, hold)


def security_headers(page: bytes = b"") -> dict[str, str]:
    """What every response carries."""
    return {
        "Content-Security-Policy": policy(page),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


class NoFiles:
    """Refuses those of Gradio's routes that read files, take uploads or fetch addresses. The page uses none of them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(REFUSED_PATHS):
            await JSONResponse({"error": "Not found."}, status_code=404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class BodyLimit:
    """Refuses requests with a body of more than MAX_BODY bytes, whether they announce its length or not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if len(announced) > len(str(MAX_BODY)) or int(announced) > MAX_BODY:
            await JSONResponse({"error": TOO_LARGE}, status_code=413)(scope, receive, send)
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY:
                raise HTTPException(413, TOO_LARGE)
            return message

        await self.app(scope, receive_counted, send)
