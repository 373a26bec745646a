"""What every response carries, and what no request reaches. Plain ASGI, because streams pass through it."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Collection
from ipaddress import ip_address
from socket import gethostname
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.config import Config
from rag.ui.refusals import Refusal

# Gradio compiles its HTML templates with `new Function` and sets style attributes: that is what the two exceptions
# are for. Its inline scripts are allowed one by one, by their hashes, so an injected script or handler stays dead.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
OTHER_SITE = Refusal(403, "other_site", "A page of another site cannot do this.", "Open Sumber itself.")
OTHER_NAME = Refusal(
    400,
    "other_name",
    "Sumber does not go by this name.",
    "Use the address that it said it is at; to have it behind another name, set SUMBER_PASSWORD or SUMBER_TOKENS.",
)
NOTHING_HERE = Refusal(404, "no_such_path", "There is nothing here.", "The paths are in /openapi.json.")
# A page of another site that resolves its name to this machine is refused, because it asks for that name.
LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
REFUSED_PATHS = tuple(f"/gradio_api/{route}" for route in ("file", "proxy", "upload", "stream", "custom_component"))

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def policy(page: bytes = b"") -> str:
    """The Content-Security-Policy: the inline scripts of this page, and else nothing but the server's own."""
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page))
    return POLICY.format(scripts="".join(f" 'sha256-{b64encode(digest).decode()}'" for digest in digests))


class SecurityHeaders:
    """Gives every response its Content-Security-Policy and forbids guessing of types and sending of referrers.

    Args:
        pages: the paths of pages; their policies name their inline scripts.
        head: what each page gets at the end of its head, as HTML.
    """

    def __init__(self, app: ASGIApp, pages: Collection[str], head: str) -> None:
        self.app = app
        self.pages = pages
        self.head = head.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] in self.pages:
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
                    page = bytes(body).replace(b"</head>", self.head + b"</head>", 1)
                    headers = MutableHeaders(scope=start)
                    headers.update(security_headers(page))
                    headers["Content-Length"] = str(len(page))
                    await send(start)
                    await send({"type": "http.response.body", "body": page})

        await self.app({**scope, "headers": uncompressed}, receive, hold)


def security_headers(page: bytes = b"") -> dict[str, str]:
    """What every response carries."""
    return {
        "Content-Security-Policy": policy(page),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


class NoFiles:
    """Refuses those of Gradio's routes that read files, take uploads or fetch addresses, and sockets.

    The pages use none of them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["type"] == "http" and scope["path"].startswith(REFUSED_PATHS):
            await NOTHING_HERE.response(scope["path"])(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class OwnPagesOnly:
    """Refuses what a page of another site sends: a browser names the site, and other programs name none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = headers.get("origin")
        if origin and scope["method"] not in ("GET", "HEAD") and _host(origin) != headers.get("host"):
            await OTHER_SITE.response(scope["path"])(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class OwnNames:
    """Refuses requests for a name that another site may have given to this machine, to read here through a browser.

    With a password or tokens any name will do: a browser sends what it has for one name to no other.
    """

    def __init__(self, app: ASGIApp, config: Config) -> None:
        self.app = app
        self._names = LOCAL_NAMES | {config.host}
        self._is_open = config.serves_others and not config.keys
        self._is_any = bool(config.keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._is_any or self._is_ours(Headers(scope=scope).get("host", "")):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await OTHER_NAME.response(scope["path"])(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        name = host.rpartition("]")[0].removeprefix("[") or host.partition(":")[0]
        if name in self._names:
            return True
        # Whoever resolves a name to where they like owns a domain, which has a dot in it, and no address.
        return self._is_open and bool(name) and ("." not in name or _is_address(name) or name == gethostname())


def _is_address(name: str) -> bool:
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
