"""The words of the pages, in the language of whoever reads them. Keys are the English sentences; the catalogs of the
other languages stand beside this module (wording.ko.json, wording.id.json).

Answers, documents and the errors of lower layers are no business of it. A request sets the language; what Gradio
queues, and so runs outside of any request, is told it (`in_own_language`).
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec

import gradio as gr
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

HERE = Path(__file__).parent
LANGUAGES = {"en": "English", "id": "Bahasa Indonesia", "ko": "한국어"}  # by ISO 639-1, as each calls itself
COOKIE = "sumber_language"  # what a person chose on the Settings page, whatever their browser says
LONGEST_HEADER = 500  # characters of Accept-Language that are read; browsers send some 50
LEAST_TOLD = 12  # characters that a sentence has besides its values, so that no other one is taken for it
LONGEST_TOLD = 600  # and the longest that is compared

_FORMER = {"in": "id"}  # ISO 639 called Indonesian so until 1989, and some systems still do
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
_QUALITY = re.compile(r"\s*q=([01](?:\.\d{0,3})?)\s*", re.IGNORECASE)
_VALUE = re.compile(r"\{(\w+)\}")
# What a script says: a sentence of its own, or how many there are of something.
_SAID = re.compile(r'\bsay\(\s*"((?:[^"\\]|\\.)+)"')
_COUNTED = re.compile(r'\bcounted\([^"]*?"([^"]+)"\)')

_language: ContextVar[str] = ContextVar("language", default="en")
Handled = ParamSpec("Handled")


# --- words -----------------------------------------------------------------------------------------------------------


def known(sentence: str) -> str:
    """Marks a sentence that is said elsewhere, so that it is looked for in the catalogs; as it is."""
    return sentence


def say(sentence: str, **values: str | int) -> str:
    """A sentence of the pages in the reader's language, with its values: numbers as the language writes them.

    What is in the values stands there as it is: escape it before.
    """
    words = catalog(language()).get(sentence, sentence)
    return words.format(**{name: one if isinstance(one, str) else number(one) for name, one in values.items()})


def counted(count: int, noun: str) -> str:
    """So many of something. Of our languages only English tells one from many; the catalogs have "{n} documents"."""
    return say(f"{{n}} {noun}" if count == 1 and language() == "en" else f"{{n}} {noun}s", n=count)


def retold(sentence: str) -> str | None:
    """An English sentence that the pages made before, such as that of an error, in the reader's language.

    None where it is nobody's here: that of a lower layer.
    """
    if language() == "en":
        return sentence
    if "{" not in sentence and sentence in catalog(language()):
        return say(sentence)
    for pattern, key in _told() if len(sentence) <= LONGEST_TOLD else ():
        if found := pattern.fullmatch(sentence):
            return say(key, **found.groupdict())
    return None


def number(value: float, digits: int = 0) -> str:
    """With digits grouped as the language does: 1,234.5 is 1.234,5 in Indonesian."""
    english = f"{value:,.{digits}f}"
    return english.translate(str.maketrans(",.", ".,")) if language() == "id" else english


def share(percent: int) -> str:
    """So many percent, whose sign stands apart in our English."""
    return f"{percent} %" if language() == "en" else f"{percent}%"


def clock(when: datetime) -> str:
    return f"{when:%H.%M}" if language() == "id" else f"{when:%H:%M}"


def day(when: datetime, with_year: bool = False) -> str:
    """A day of the year, or a date."""
    if language() == "ko":
        return f"{when.year}. {when.month}. {when.day}." if with_year else f"{when.month}월 {when.day}일"
    if language() == "id":
        return f"{when.day} {_MONTHS[when.month - 1]}" + (f" {when.year}" if with_year else "")
    return f"{when:%Y-%m-%d}" if with_year else f"{when.day} {when:%b}"


@cache
def catalog(language: str) -> dict[str, str]:
    """The words of a language by the English ones; none for English."""
    path = HERE / f"wording.{language}.json"
    return {} if language == "en" else json.loads(path.read_text(encoding="utf-8"))


@cache
def _told() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Every sentence with values that says enough besides them, and what it looks like when they are in it."""
    keys = [key for key in catalog("ko") if "{" in key and len(_VALUE.sub("", key)) >= LEAST_TOLD]
    return tuple((_pattern(key), key) for key in keys)


def _pattern(key: str) -> re.Pattern[str]:
    pieces = enumerate(_VALUE.split(key))  # text and names of values by turns
    return re.compile("".join(f"(?P<{one}>.+)" if place % 2 else re.escape(one) for place, one in pieces), re.DOTALL)


@cache
def of_scripts() -> frozenset[str]:
    """The sentences that the scripts of the pages say; that of a report has its own page, in English."""
    texts = [path.read_text(encoding="utf-8") for path in HERE.glob("*.js") if path.name != "report.js"]
    said = {key.replace('\\"', '"') for text in texts for key in _SAID.findall(text)}
    return frozenset(said | {f"{{n}} {noun}s" for text in texts for noun in _COUNTED.findall(text)})


# --- whose language --------------------------------------------------------------------------------------------------


def language() -> str:
    """What is spoken now, as ISO 639-1."""
    return _language.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    before = _language.set(language)
    try:
        yield
    finally:
        _language.reset(before)


def preferred(accepted: str) -> str:
    """The language of ours that a browser asks for most, by its Accept-Language (RFC 9110, 12.5.4); else English."""
    wanted = []
    for place, part in enumerate(accepted[:LONGEST_HEADER].split(",")):
        tag, *parameters = part.split(";")
        code = re.split("[-_]", tag.strip().lower())[0]
        quality = _QUALITY.fullmatch(parameters[0]) if parameters else None
        weight = float(quality[1]) if quality else 0.0 if parameters else 1.0
        if weight and (ours := _FORMER.get(code, code)) in LANGUAGES:
            wanted.append((-weight, place, ours))
    return min(wanted, default=(0, 0, "en"))[2]


class OwnLanguage:
    """Has every request answered in the language that the person chose, or else that their browser asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        chosen = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        spoken = chosen if chosen in LANGUAGES else preferred(headers.get("accept-language", ""))
        scope.setdefault("state", {})["language"] = spoken
        with speaking(spoken):
            await self.app(scope, receive, send)


def in_own_language(handler: Callable[Handled, AsyncIterator[Any]]) -> Callable[Handled, AsyncIterator[Any]]:
    """A handler whose events are queued, in the language of the request that brought each."""

    @wraps(handler)
    async def spoken(*args: Handled.args, **named: Handled.kwargs) -> AsyncIterator[Any]:
        request = next((one.request for one in args if isinstance(one, gr.Request)), None)
        language = getattr(getattr(request, "state", None), "language", "en")
        async with aclosing(handler(*args, **named)) as steps:  # type: ignore[type-var]
            while True:
                # Only while a step is made: between two of them others speak, in the same thread and context.
                with speaking(language):
                    try:
                        step = await anext(steps)
                    except StopAsyncIteration:
                        return
                yield step

    return spoken
