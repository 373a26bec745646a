"""Whose conversations they are, which a cookie tells, and the list of them at the side of the Ask page."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.conversations import ConversationError, Conversations, Listed, now, to_json, to_markdown
from rag.ui.conversation import Talk
from rag.ui.frame import PAGES, QUIET, pane
from rag.ui.markup import error_words
from rag.ui.wording import clock, counted, day, known, say

SCRIPT = Path(__file__).parent / "history.js"
COOKIE = "sumber_person"
COOKIE_SECONDS = 400 * 24 * 3600  # browsers keep none longer; each visit begins it anew
MAX_LISTED = 300  # conversations in the list at once: what a browser lays out in a few milliseconds

NOT_KEPT = known("Conversations are not kept, because this browser accepts no cookie from Sumber.")
NOTHING_KEPT = known("What you ask is kept here, on the computer that Sumber runs on, until you delete it.")

_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)  # 32 random bytes in base64
# A page gives the cookie, or the first word that its script asks for: one request, before any that could need it.
_GIVING = frozenset({*(f"/{path}" for _, path in PAGES), "/api/state"})

# What a list made anew must not close stands beside it.
DIALOGS = """
<div class="menu" id="talk-menu" popover><button type="button" data-do="rename">{rename}</button>
<button type="button" data-do="md">{markdown}</button><button type="button" data-do="json">{json}</button>
<button type="button" data-do="delete">{delete}</button></div>
<dialog class="removing" id="renaming" aria-labelledby="renaming-title"><form method="dialog">
<h3 id="renaming-title">{renaming}</h3><label class="field">{title}<input name="title" maxlength="80"
autocomplete="off" dir="auto"></label><p><button class="press plain" value="" formnovalidate>{cancel}</button>
<button class="press" value="rename">{rename}</button></p></form></dialog>
<dialog class="removing" id="deleting" aria-labelledby="deleting-title"><h3 id="deleting-title">{deleting}</h3>
<p class="whose" dir="auto"></p><p>{for_now}</p><form method="dialog"><button class="press plain" value=""
autofocus>{keep_it}</button>
<button class="press" value="delete">{delete_it}</button></form></dialog>
"""
DOWNLOAD = 'watch("value", () => window.sumber.download(element.querySelector("[data-name]")));'


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever sends a request, by a token that only their browser has, and the folder of everybody's data."""

    data: Path
    token: str

    @property
    def conversations(self) -> Conversations:
        return Conversations(self.data, self.token)


def person_of(request: gr.Request) -> Person | None:
    """Who sends a request; None for a browser that has no cookie of ours."""
    asked = request.request
    return getattr(asked.state, "person", None) if isinstance(asked, Request) else None


class People:
    """Tells people apart by a cookie that no script can read and no other site can make a browser send.

    Args:
        data: the folder of everybody's data.
    """

    def __init__(self, app: ASGIApp, data: Path) -> None:
        self.app = app
        self.data = data

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        known = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        token = known if _TOKEN.fullmatch(known) else ""
        # A link on another site brings no cookie along: a new one would take the place of the one that is there.
        giving = scope["path"] in _GIVING and headers.get("sec-fetch-site") != "cross-site"
        if giving and not token:
            token = secrets.token_urlsafe(32)
        if token:
            scope.setdefault("state", {})["person"] = Person(self.data, token)

        async def send_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and (known != token or scope["path"] != "/api/state"):
                cookie = f"{COOKIE}={token}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Strict"
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_cookie if giving else send)


class History:
    """The list, and what is done with its conversations there."""

    def __init__(self) -> None:
        self._parcels = itertools.count()

    def build(self, talk: gr.State) -> Any:
        listed = pane("history", script=SCRIPT.read_text(encoding="utf-8"))
        parcel = pane("parcel", script=DOWNLOAD)
        pane("dialogs", _dialogs)
        listed.rename_talk(self.rename, talk, [talk, listed], queue=False, **QUIET)
        listed.restore_talk(self.restore, talk, listed, queue=False, **QUIET)
        listed.save_talk(self.export, talk, [parcel, listed], queue=False, **QUIET)
        return listed

    def rename(self, talk: Talk, request: gr.Request, event: gr.EventData) -> tuple[Any, Any]:
        person, notice = person_of(request), ""
        if person is None or talk.is_waiting:
            return gr.skip(), gr.skip()
        try:
            renamed = person.conversations.rename(str(event.id), str(event.title))
        except ConversationError as error:
            notice = str(error)
        else:
            if talk.kept and talk.kept.id == renamed.id:
                talk = replace(talk, kept=replace(talk.kept, title=renamed.title))
        return talk, history_of(person, talk, notice)

    def restore(self, talk: Talk, request: gr.Request, event: gr.EventData) -> str:
        person, notice = person_of(request), ""
        try:
            if person:
                person.conversations.restore(str(event.id))
        except ConversationError as error:
            notice = str(error)
        return history_of(person, talk, notice)

    def export(self, talk: Talk, request: gr.Request, event: gr.EventData) -> tuple[Any, Any]:
        """A conversation as a file, which the page's script hands to the browser."""
        person = person_of(request)
        if person is None:
            return gr.skip(), gr.skip()
        try:
            kept = person.conversations.open(str(event.id))
        except ConversationError as error:
            return gr.skip(), history_of(person, talk, str(error))
        ending, text = ("json", to_json(kept)) if event.kind == "json" else ("md", to_markdown(kept))
        name = escape(f"{kept.title or say('Conversation')}.{ending}")
        return f'<pre hidden data-number="{next(self._parcels)}" data-name="{name}">{escape(text)}</pre>', gr.skip()


def history_of(person: Person | None, talk: Talk, notice: str = "", deleted: Listed | None = None) -> str:
    """The list of a person's conversations as it is now.

    Args:
        notice: what could not be done, as a sentence.
        deleted: what has just been deleted, and can be put back.
    """
    if person is None:
        return conversation_list((), "", NOT_KEPT)
    try:
        listed = person.conversations.list()
    except ConversationError as error:
        listed, notice = (), str(error)
    return conversation_list(listed, talk.kept.id if talk.kept else "", notice or talk.problem, deleted)


def _dialogs() -> str:
    return DIALOGS.format(
        rename=say("Rename"),
        markdown=say("Save as Markdown"),
        json=say("Save as JSON"),
        delete=say("Delete"),
        renaming=say("Rename this conversation"),
        title=say("Title"),
        cancel=say("Cancel"),
        deleting=say("Delete this conversation?"),
        for_now=say("You can take this back for 30 days, from the line that then stands above the list."),
        keep_it=say("Keep it"),
        delete_it=say("Delete it"),
    )


def conversation_list(
    listed: Sequence[Listed],
    current: str,
    notice: str = "",
    deleted: Listed | None = None,
    today: datetime | None = None,
) -> str:
    """The conversations, the last one first, as links to where each is opened."""
    today = today or now().astimezone()
    told = f'<p class="problem" role="alert">{error_words(notice)}</p>' if notice else ""
    if deleted:
        undo = f'<button type="button" class="open" data-restore-talk="{deleted.id}">{say("Undo")}</button>'
        told += f'<p class="undo" role="status">{say("Deleted {title}.", title=_title(deleted))} {undo}</p>'
    items = "".join(_item(one, one.id == current, today) for one in listed[:MAX_LISTED])
    more = len(listed) - MAX_LISTED
    rest = f'<p class="empty">{say("and {more}", more=counted(more, "older one"))}</p>' if more > 0 else ""
    empty = "" if listed or notice else f'<p class="empty">{say(NOTHING_KEPT)}</p>'
    title = say("Conversations")
    return (
        f'<nav class="earlier" aria-label="{title}"><h2 id="earlier" tabindex="-1">{title}</h2>'
        f"{told}{empty}<ul>{items}</ul>{rest}</nav>"
    )


def _item(one: Listed, is_current: bool, today: datetime) -> str:
    title = _title(one)
    link = f'<a href="./?conversation={one.id}"{" aria-current=page" if is_current else ""}>{title}</a>'
    if one.is_damaged:
        link = f'<span class="damaged">{title}<span>{say("✕ damaged, cannot be opened")}</span></span>'
    more = say("More for {title}", title=escape(one.title))
    return (
        f'<li data-talk="{one.id}" data-title="{escape(one.title)}"{" data-damaged" if one.is_damaged else ""}>{link}'
        f'<time datetime="{one.changed.isoformat()}">{_when(one.changed.astimezone(today.tzinfo), today)}</time>'
        f'<button type="button" class="more" aria-haspopup="true" aria-label="{more}">⋯</button>'
        "</li>"
    )


def _title(one: Listed) -> str:
    return f"<bdi>{escape(one.title or say('Without a title'))}</bdi>" if not one.is_damaged else say("A conversation")


def _when(changed: datetime, today: datetime) -> str:
    """The hour of today, the day of this year, or the date."""
    if changed.date() == today.date():
        return clock(changed)
    return day(changed, with_year=changed.year != today.year)
