"""Who may come in, where a password or tokens are set: people by a page of their own, programs by a bearer token."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from html import escape
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.ui.frame import PAGES
from rag.ui.limits import Allowances, arrived, client_of
from rag.ui.refusals import Refusal
from rag.ui.wording import known, language, say

SIGN_IN, SIGN_OUT, HEALTH = "/sign-in", "/sign-out", "/healthz"
COOKIE = "sumber_session"
SESSION_SECONDS = 7 * 24 * 3600.0
MOST_SESSIONS = 10_000
GUESSES, GUESS_SECONDS = 10, 60.0  # wrong passwords or tokens of one client at once, and again as many in this time
MAX_FORM = 10_000  # bytes

WHO = Refusal(
    401,
    "not_signed_in",
    "This Sumber asks who you are.",
    "Send a token as `Authorization: Bearer TOKEN`, or sign in at /sign-in.",
    headers=(("WWW-Authenticate", "Bearer"),),
)
WRONG = Refusal(
    401,
    "wrong_token",
    "This token is none of ours.",
    "Send one of SUMBER_TOKENS as `Authorization: Bearer TOKEN`.",
    headers=(("WWW-Authenticate", 'Bearer error="invalid_token"'),),
)

PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Sumber</title><style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
body {{ max-width: 22rem; margin: 18vh auto 0; padding: 0 1rem }}
h1 {{ font-size: 1.4rem; font-weight: 600 }}
label, input, button {{ display: block; width: 100%; box-sizing: border-box; font: inherit }}
input, button {{ margin: .4rem 0 1rem; padding: .5rem .7rem; min-height: 2.75rem }}
</style></head><body><main><h1>Sumber</h1>{inside}</main></body></html>"""
ASKING = """<form method="post" action="./sign-in"><input type="hidden" name="next" value="{next}">
<label for="password">{label}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
{problem}<button>{sign_in}</button></form>"""
INSIDE = """<p>{words}</p><p><a href="./">{ask}</a></p>
<form method="post" action="./sign-out"><button>{sign_out}</button></form>"""


class Access:
    """Lets in who has a key. Everything else asks for one, but for the sign-in page and whether the server is well.

    Args:
        keys: the password and the tokens.
        seconds: that a form may take to arrive.
    """

    def __init__(self, app: ASGIApp, keys: Sequence[str], seconds: float) -> None:
        self.app = app
        self._keys = [_digest(key.encode()) for key in keys]
        self._seconds = seconds
        self._sessions = Sessions()
        self._guesses = Allowances(GUESSES, GUESS_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        session = _cookie(scope)
        is_known = self._sessions.knows(session)
        if scope["path"] in (SIGN_IN, SIGN_OUT):
            response: Response | None = await self._door(scope, receive, session, is_known)
        else:
            response = None if is_known else self._stopped(scope)
        if response:
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _stopped(self, scope: Scope) -> Response | None:
        """What a request without a session gets; None where it may go on."""
        path, headers = scope["path"], Headers(scope=scope)
        if path == HEALTH:
            scope.setdefault("state", {})["is_stranger"] = True
            return None
        kind, _, given = headers.get("authorization", "").partition(" ")
        if given and kind.lower() == "bearer":
            refusal = self._tried(given.strip().encode("latin-1"), scope)
            return refusal.response(path) if refusal else None
        if scope["method"] in ("GET", "HEAD") and path in {f"/{page}" for _, page in PAGES}:
            return RedirectResponse(f".{SIGN_IN}?next={quote(path)}", 303)
        return WHO.response(path)

    def _tried(self, given: bytes, scope: Scope) -> Refusal | None:
        """Whether a key is right. A client that guesses is not told while it must wait, whatever it gives."""
        client = client_of(scope)
        wait = self._guesses.wait(client)
        if wait:
            return Refusal(
                429,
                "too_many_guesses",
                known("Too many wrong keys came from this address."),
                known("Try again a little later."),
                retry_after=int(wait) + 1,
            )
        digest = _digest(given)
        if sum(hmac.compare_digest(digest, key) for key in self._keys):  # all of them, so that time tells nothing
            return None
        self._guesses.take(client)
        return WRONG

    async def _door(self, scope: Scope, receive: Receive, session: str, is_known: bool) -> Response:
        if scope["method"] in ("GET", "HEAD") and scope["path"] == SIGN_IN:
            return _page(_inside() if is_known else _asking(_form(scope["query_string"]).get("next", "/")))
        if scope["method"] != "POST":
            words = "Only GET and POST are understood here."
            return Refusal(405, "method_not_allowed", words, headers=(("Allow", "GET, POST"),)).response(scope["path"])
        if scope["path"] == SIGN_OUT:
            self._sessions.end(session)
            response: Response = RedirectResponse(f".{SIGN_IN}", 303)
            response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
            return response
        return await self._signed_in(scope, receive)

    async def _signed_in(self, scope: Scope, receive: Receive) -> Response:
        body = await arrived(scope, receive, MAX_FORM, self._seconds)
        if not isinstance(body, bytes):
            return (body or WHO).response(scope["path"])
        form = _form(body)
        wanted = form.get("next", "/")
        refusal = self._tried(form.get("password", "").strip().encode(), scope)
        if refusal:
            problem = say("That is not right.") if refusal is WRONG else f"{say(refusal.message)} {say(refusal.remedy)}"
            response: Response = _page(_asking(wanted, problem), refusal.status)
            if refusal.retry_after:
                response.headers["Retry-After"] = str(refusal.retry_after)
            return response
        response = RedirectResponse(f".{_within(wanted)}", 303)
        response.set_cookie(
            COOKIE, self._sessions.begin(), int(SESSION_SECONDS), path="/", httponly=True, samesite="strict",
            secure=scope["scheme"] == "https",
        )  # fmt: skip
        return response


class Sessions:
    """Who has signed in, by a random word that only their browser has. They end with the server."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()

    def begin(self) -> str:
        session = secrets.token_urlsafe(32)
        self._until[session] = self._clock() + SESSION_SECONDS
        while len(self._until) > MOST_SESSIONS:
            self._until.popitem(last=False)
        return session

    def knows(self, session: str) -> bool:
        return self._until.get(session, 0.0) > self._clock()

    def end(self, session: str) -> None:
        self._until.pop(session, None)


def _digest(key: bytes) -> bytes:
    """Of one length whatever the key, so that the time of a comparison does not tell how long the right one is."""
    return hashlib.sha256(key).digest()


def _cookie(scope: Scope) -> str:
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE, "")


def _within(wanted: str) -> str:
    """One of our own pages, whatever a link says."""
    return wanted if wanted in {f"/{page}" for _, page in PAGES} else "/"


def _form(data: bytes) -> dict[str, str]:
    """The fields of a form, the first of each name; none where it is no form."""
    try:
        fields = parse_qs(data.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _asking(wanted: str, problem: str = "") -> str:
    told = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return ASKING.format(
        next=escape(_within(wanted)), problem=told, label=say("Password or token"), sign_in=say("Sign in")
    )


def _inside() -> str:
    return INSIDE.format(words=say("You are signed in."), ask=say("Ask your documents"), sign_out=say("Sign out"))


def _page(inside: str, status: int = 200) -> HTMLResponse:
    page = PAGE.format(language=language(), title=say("Sign in"), inside=inside)
    return HTMLResponse(page, status, headers={"Cache-Control": "no-store"})
