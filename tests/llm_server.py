"""A language model that says what a script tells it to: a real HTTP server on 127.0.0.1 that speaks OpenAI's streaming
protocol, and breaks it in every way that servers do."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Delta = dict[str, Any]
Play = Callable[["Exchange"], None]  # what is done with one request


class Exchange:
    """One request, and the means to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, ending: Event) -> None:
        self._handler = handler
        self._ending = ending

    def begin(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self._handler.send_response(status)
        for name, value in {"Content-Type": kind, "Transfer-Encoding": "chunked", **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def send(self, data: bytes) -> None:
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self._handler.wfile.flush()

    def delta(self, delta: Delta, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}
        self.send(b"data: %s\n\n" % json.dumps(chunk).encode())

    def end(self) -> None:
        self._handler.wfile.write(b"0\r\n\r\n")

    def wait(self, seconds: float) -> None:
        self._ending.wait(seconds)

    def reset(self) -> None:
        """Ends the connection with a reset, not in order."""
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.connection.close()

    @property
    def ending(self) -> bool:
        return self._ending.is_set()


class LanguageModelServer:
    """Plays what it is given, one play a request, the last one again and again; keeps what it was sent."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._plays: list[Play] = []
        self._ending = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def plays(self, *plays: Play) -> None:
        self._plays = list(plays)
        self.requests, self.headers = [], []

    def close(self) -> None:
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                server.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                server.headers.append({name.casefold(): value for name, value in self.headers.items()})
                play = server._plays.pop(0) if len(server._plays) > 1 else server._plays[0]
                with suppress(OSError):  # the client may go away
                    play(Exchange(self, server._ending))
                self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


# --- plays ------------------------------------------------------------------------------------------------------------


def says(text: str, finish: str = "stop", piece: int = 7) -> Play:
    """A good stream of a text, in pieces of so many characters."""
    return streams(({"content": text[i : i + piece]} for i in range(0, len(text), piece)), finish)


def thinks(thought: str, text: str, name: str = "reasoning_content") -> Play:
    """Thoughts in a field of their own, as DeepSeek, vLLM and others send them; then the text."""
    return streams([{name: thought}, {name: thought}, {"content": text}])


def streams(deltas: Iterable[Delta], finish: str = "stop") -> Play:
    listed = list(deltas)

    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.delta({"role": "assistant", "content": ""})
        for delta in listed:
            exchange.delta(delta)
        exchange.delta({}, finish)
        exchange.send(b"data: [DONE]\n\n")
        exchange.end()

    return play


def fails(status: int, body: bytes = b'{"error": {"message": "sk-secret is wrong"}}', **headers: str) -> Play:
    def play(exchange: Exchange) -> None:
        exchange.begin(status, "application/json", **headers)
        exchange.send(body)
        exchange.end()

    return play


def sends(body: bytes, kind: str = "text/event-stream") -> Play:
    """Status 200 and any bytes."""

    def play(exchange: Exchange) -> None:
        exchange.begin(200, kind)
        exchange.send(body)
        exchange.end()

    return play


def stalls(text: str = "", drip: bytes = b"") -> Play:
    """Says a text, then nothing more, or keep-alives, and keeps the connection open."""

    def play(exchange: Exchange) -> None:
        exchange.begin()
        if text:
            exchange.delta({"content": text})
        until = time.monotonic() + 30
        while time.monotonic() < until and not exchange.ending:
            exchange.wait(0.1)
            if drip:
                exchange.send(drip)

    return play


def silent(exchange: Exchange) -> None:
    """Accepts the request, and does not even begin to answer."""
    exchange.wait(30)


def cuts(text: str) -> Play:
    """Says a text, then closes the connection in the middle of the stream."""

    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.delta({"content": text})

    return play


def ends_early(text: str) -> Play:
    """Says a text and ends the stream in order, but without a word that it is the end."""

    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.delta({"content": text})
        exchange.end()

    return play


def resets(exchange: Exchange) -> None:
    exchange.reset()


def resets_after(text: str) -> Play:
    def play(exchange: Exchange) -> None:
        exchange.begin()
        exchange.delta({"content": text})
        exchange.wait(0.1)
        exchange.reset()

    return play


def endless(text: str, name: str = "content") -> Play:
    """Says a text over and over, until nobody listens."""

    def play(exchange: Exchange) -> None:
        exchange.begin()
        while not exchange.ending:
            exchange.delta({name: text})

    return play
