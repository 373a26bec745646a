"""What any llama-index language model streams, within a deadline; what goes wrong becomes a fault with its remedy."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from queue import Empty, Queue
from threading import Event, Thread

from llama_index.core.llms import LLM, ChatMessage, ChatResponse

PAUSE = 0.5  # seconds before a failed request is tried again, where the server names no time


class FaultError(Exception):
    """The language model's answer is not to be had: what it did, and the remedy as a sentence."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what, self.remedy = what, remedy


def written(llm: LLM, messages: Sequence[ChatMessage], until: float, seconds: float) -> Iterator[str]:
    """The pieces of text that a model writes. Tries once more where a request failed in a way that may pass.

    Raises:
        FaultError: there is no answer, or it broke off; by `until`, a monotonic time, at the latest.
    """
    tried = False
    while True:
        began, finish = False, "unknown"
        try:
            for response in _responses(llm, messages, until, seconds):
                finish = _finish(response, finish)
                began = began or bool(response.delta)
                yield response.delta or ""
        except _RaisedError as failure:
            pause = None if tried or began else _pause(failure.error)
            if pause is None or time.monotonic() + pause >= until:
                raise _fault(failure.error, seconds) from failure.error
            tried = True
            time.sleep(pause)
            continue
        if finish == "length":
            raise FaultError("used up the tokens it may write", "Raise SUMBER_LLM_CONTEXT if it can do more")
        if finish == "":
            raise FaultError("broke off", "Ask again")
        return


class _RaisedError(Exception):
    """What a model raised."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def _responses(llm: LLM, messages: Sequence[ChatMessage], until: float, seconds: float) -> Iterator[ChatResponse]:
    """A model's responses, read by another thread, since a model that stalls cannot be interrupted."""
    inbox: Queue[ChatResponse | Exception | None] = Queue(64)
    left = Event()

    def read() -> None:
        try:
            for response in llm.stream_chat(messages):
                inbox.put(response)
                if left.is_set():
                    return
            inbox.put(None)
        except Exception as error:  # a stranger's model may raise anything; it ends this answer, not the program
            inbox.put(error)

    Thread(target=read, name="sumber-writing", daemon=True).start()
    try:
        while True:
            try:
                response = inbox.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                raise late(seconds) from None
            if response is None:
                return
            if time.monotonic() > until:  # a flood of responses never leaves the inbox empty
                raise late(seconds)
            if isinstance(response, Exception):
                raise _RaisedError(response)
            yield response
    finally:
        left.set()
        while not inbox.empty():  # a reader that waits for room goes on, and sees that nobody listens
            inbox.get_nowait()


def _finish(response: ChatResponse, before: str) -> str:
    """Why the model stopped: "" while it has not, "unknown" where its provider does not say."""
    choices = getattr(response.raw, "choices", None)
    if choices is None:
        return before
    said = choices[0].finish_reason if choices else None
    return str(said or ("" if before == "unknown" else before))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _pause(error: Exception) -> float | None:
    """Seconds after which to try again, where that can help: busy with a time named, overloaded, connection lost."""
    status = getattr(error, "status_code", None)
    named = getattr(getattr(error, "response", None), "headers", {}).get("retry-after", "")
    after = float(named) if re.fullmatch(r"\d{1,6}(\.\d+)?", named) else None
    if status == 429:
        return after
    if status in (502, 503):
        return PAUSE if after is None else after
    return PAUSE if status is None and _lost(error) else None


def _lost(error: Exception) -> bool:
    """Whether the connection broke, by the names that httpx and Python give it, whichever provider uses them."""
    return any(
        isinstance(one, ConnectionResetError)
        or type(one).__name__ in ("ReadError", "RemoteProtocolError", "WriteError")
        for one in _chain(error)
    )


NO_API = "Check that SUMBER_LLM_URL leads to an OpenAI-compatible API"
_BY_STATUS = {
    401: ("refused the key (401)", "Correct SUMBER_LLM_KEY"),
    403: ("refused the key (403)", "Correct SUMBER_LLM_KEY"),
    404: ("is not at that address (404)", "Correct SUMBER_LLM_MODEL, or SUMBER_LLM_URL, which mostly ends in /v1"),
    429: ("has too many requests (429)", "Ask again later"),
}


def _fault(error: Exception, seconds: float) -> FaultError:
    """What went wrong, in words. What the server says is left out: it may repeat the key, or be anybody's words."""
    status = getattr(error, "status_code", None)
    kinds = {type(one).__name__ for one in _chain(error)}
    if isinstance(status, int):
        failed = (f"failed ({status})", "Look into its log, or ask again later")
        refused = (f"refused the request ({status})", "Check SUMBER_LLM_URL, SUMBER_LLM_MODEL and SUMBER_LLM_CONTEXT")
        return FaultError(*_BY_STATUS.get(status, failed if status >= 500 else refused))
    if any("Timeout" in kind for kind in kinds):
        return late(seconds)
    if _lost(error):
        return FaultError("broke off", "Ask again, or look into its log")
    if any("Connect" in kind for kind in kinds):
        return FaultError("cannot be reached", "Start it, or correct SUMBER_LLM_URL")
    return FaultError(f"sent what cannot be read ({type(error).__name__})", NO_API)


def late(seconds: float) -> FaultError:
    return FaultError(f"took longer than {seconds:g} seconds", "Raise SUMBER_LLM_SECONDS, or use a faster model")
