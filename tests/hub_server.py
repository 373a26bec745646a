"""A Hugging Face hub on 127.0.0.1: a real HTTP server that speaks the hub's protocol as its client asks for it, keeps
large files on a storage host of their own as the hub does, and breaks in the ways that hubs and networks do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

COMMIT = "5a" * 20  # the commit that every branch of every repository is at
LARGE = ".safetensors"  # files that the hub keeps elsewhere, known by their SHA-256; others by git's SHA-1

Fault = Callable[["Reply"], None]  # what is done in place of sending a file or a listing


class Reply:
    """One request, and the means to answer it. `content` is what a sound hub would send."""

    def __init__(self, handler: BaseHTTPRequestHandler, ending: Event, content: bytes = b"") -> None:
        self.content = content
        self._handler = handler
        self._ending = ending

    def send(self, status: int, body: bytes = b"", length: int | None = None, **headers: str) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.send_header("Content-Length", str(len(body) if length is None else length))
        self._handler.end_headers()
        if self._handler.command != "HEAD":
            self._handler.wfile.write(body)
            self._handler.close_connection = length is not None  # more was promised

    def send_part(self, **headers: str) -> None:
        """The content, or what of it the request asks for."""
        start = int(self._handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        if start:
            whole = len(self.content)
            headers["Content_Range"] = f"bytes {start}-{whole - 1}/{whole}"
        self.send(206 if start else 200, self.content[start:], **headers)

    def wait(self, seconds: float) -> None:
        self._ending.wait(seconds)
        self._handler.close_connection = True


class HubServer:
    """Serves folders as repositories, save for what `faults` holds: by repository and step, what is done in its place.

    The steps are "listing" (what files there are), "files" (the small ones) and "weights" (the large ones).
    """

    def __init__(self) -> None:
        self.repositories: dict[str, Path] = {}
        self.faults: dict[tuple[str, str], Fault] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []  # address of the host, "METHOD path", headers
        self._ending = Event()
        self._hub = self._listen(self._answer_as_hub)
        self._storage = self._listen(self._answer_as_storage)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._hub.server_port}"

    @property
    def storage(self) -> str:
        return f"http://127.0.0.1:{self._storage.server_port}"

    def close(self) -> None:
        self._ending.set()
        for server in (self._hub, self._storage):
            server.shutdown()
            server.server_close()

    def _listen(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> ThreadingHTTPServer:
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10  # of a connection that is kept open and not used

            def do_GET(self) -> None:
                headers = {name.casefold(): value for name, value in self.headers.items()}
                asked.append((f"http://{self.headers['Host']}", f"{self.command} {self.path}", headers))
                with suppress(OSError):  # the client may go away
                    answer(self)

            do_HEAD = do_GET  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def _answer_as_hub(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        name, rest = _repository(path.removeprefix("/api/models"))
        folder = self.repositories.get(name)
        if folder is None:  # to whom has no token, the hub does not say whether there is such a one
            known = "Authorization" in handler.headers
            Reply(handler, self._ending).send(404 if known else 401, X_Error_Code="RepoNotFound")
        elif path.startswith("/api/models/") and rest in ("", "revision/main"):
            reply = Reply(handler, self._ending, json.dumps(_listing(name, folder)).encode())
            self.faults.get((name, "listing"), Reply.send_part)(reply)
        elif rest.startswith((f"resolve/{COMMIT}/", "resolve/main/")):
            self._resolve(handler, name, folder / rest.split("/", 2)[2])
        else:
            Reply(handler, self._ending).send(404)

    def _resolve(self, handler: BaseHTTPRequestHandler, name: str, file: Path) -> None:
        """A file, or where it is kept if it is large."""
        if not file.is_file():
            Reply(handler, self._ending).send(404, X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT)
            return
        content = file.read_bytes()
        reply = Reply(handler, self._ending, content)
        if (name, "files") in self.faults:
            self.faults[name, "files"](reply)
        elif file.suffix == LARGE:
            linked = {"X_Linked_Size": str(len(content)), "X_Linked_Etag": f'"{hashlib.sha256(content).hexdigest()}"'}
            where = f"{self.storage}/{name}/{file.relative_to(self.repositories[name]).as_posix()}"
            reply.send(302, Location=where, X_Repo_Commit=COMMIT, **linked)
        else:
            reply.send_part(ETag=f'"{_git_hash(content)}"', X_Repo_Commit=COMMIT)

    def _answer_as_storage(self, handler: BaseHTTPRequestHandler) -> None:
        name, rest = _repository(urlsplit(handler.path).path)
        reply = Reply(handler, self._ending, (self.repositories[name] / rest).read_bytes())
        self.faults.get((name, "weights"), Reply.send_part)(reply)


def _repository(path: str) -> tuple[str, str]:
    """The name that a path begins with, organization/name, and what follows."""
    organization, name, *rest = [*path.strip("/").split("/", 2), ""]
    return f"{organization}/{name}", rest[0]


def _git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _listing(name: str, folder: Path) -> dict[str, object]:
    siblings = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        entry: dict[str, object] = {
            "rfilename": file.relative_to(folder).as_posix(),
            "size": len(content),
            "blobId": _git_hash(content),
        }
        if file.suffix == LARGE:
            sha256 = hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"size": len(content), "sha256": sha256, "pointerSize": 130}
        siblings.append(entry)
    return {"_id": "1", "id": name, "modelId": name, "sha": COMMIT, "private": False, "siblings": siblings, "tags": []}


# --- faults -----------------------------------------------------------------------------------------------------------


def fails(status: int, **headers: str) -> Fault:
    return lambda reply: reply.send(status, **headers)


def cuts(reply: Reply) -> None:
    """Promises all, sends half, and hangs up."""
    reply.send(200, reply.content[: len(reply.content) // 2], len(reply.content))


def alters(reply: Reply) -> None:
    """Sends as many bytes, but others."""
    reply.send(200, bytes(byte ^ 1 for byte in reply.content))


def stalls(reply: Reply) -> None:
    """Says nothing."""
    reply.wait(30)


def is_a_portal(reply: Reply) -> None:
    """The page that a network shows to whoever has not logged in yet."""
    reply.send(200, b"<html>Welcome! Please log in.</html>", Content_Type="text/html")
