"""A crowd that asks one server: how long answers take, what goes wrong, and whether memory and open files stay.

    python -m tests.benchmarks crowd [--sessions 25] [--pages 3] [--minutes 5] [--think 0]

Starts `sumber serve` on the starter corpus in a process of its own. Each session asks one question after the other of
tests/questions over HTTP, in an order of its own, and reads for `--think` seconds between them. Pages are tabs of a
real browser, each with a conversation of its own. Memory, open files and processor time are those of the server, and
are read where there is /proc.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SEED = 20261122
PATIENCE = 120.0  # seconds that a session waits for an answer
TOLD_TO_WAIT = (429, 503)  # the server says that it is busy
PAGE_TURNS = 20  # of a conversation, before a page begins another


@dataclass
class Tally:
    """What became of the questions of one kind of session."""

    seconds: list[float] = field(default_factory=list)  # of each answer
    outcomes: Counter[str] = field(default_factory=Counter)


def questions() -> list[str]:
    """All questions of the starter corpus that stand alone."""
    rows = (json.loads(line) for path in (ROOT / "tests" / "questions").glob("*.jsonl") for line in path.open("rb"))
    return sorted({row["question"] for row in rows if not row.get("history")})


def in_order_of_its_own(asked: Sequence[str], session: int) -> Iterator[str]:
    order = list(asked)
    random.Random(SEED + session).shuffle(order)
    return itertools.cycle(order)


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """The address and the process id of a server that has read the starter corpus."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        shutil.copytree(ROOT / "corpus", Path(folder, "corpus"))
        port = free.getsockname()[1]
        free.close()
        place = {"PYTHONPATH": str(ROOT), "HOME": folder, "SUMBER_DATA": f"{folder}/data"}
        command = [sys.executable, "-m", "rag.cli", "serve", "--port", str(port)]
        server = subprocess.Popen(command, cwd=folder, env={**os.environ, **place}, stdout=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}/"
        try:
            while _get(address + "healthz").get("status") != "ready":
                if server.poll() is not None:
                    sys.exit("the server ended")
                time.sleep(0.2)
            yield address, server.pid
        finally:
            server.send_signal(signal.SIGTERM)
            began = time.monotonic()
            print(f"\nstopped with {server.wait(60)} after {time.monotonic() - began:.1f} s")


def _get(address: str) -> dict[str, str]:
    try:
        with urllib.request.urlopen(address, timeout=5) as reply:
            known: dict[str, str] = json.load(reply)
            return known
    except OSError:
        return {}


# --- sessions --------------------------------------------------------------------------------------------------------


def ask(address: str, asked: Iterator[str], until: float, think: float, tally: Tally) -> None:
    """One session over HTTP."""
    while time.monotonic() < until:
        began = time.monotonic()
        body = json.dumps({"question": next(asked)}).encode()
        request = urllib.request.Request(address + "api/ask", body, {"Content-Type": "application/json"})
        wait = think
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
                answer = json.load(reply)
        except urllib.error.HTTPError as error:
            tally.outcomes["told to wait" if error.code in TOLD_TO_WAIT else f"status {error.code}"] += 1
            wait = float(error.headers.get("Retry-After") or 1)
        except OSError as error:
            tally.outcomes[f"{type(error).__name__}: {error}"] += 1
        else:
            tally.seconds.append(time.monotonic() - began)
            again = "" if "retrieve" in answer["timings"] else ", as before"
            tally.outcomes[answer["status"] + again] += 1
        time.sleep(max(0.0, min(wait, until - time.monotonic())))


def look(address: str, asked: Sequence[str], pages: int, until: float, think: float, tally: Tally) -> None:
    """So many tabs of a browser, each of another person. They belong to one thread, which looks at them in turn."""
    from playwright.sync_api import Page, sync_playwright

    with sync_playwright() as playwright:
        path = os.environ.get("SUMBER_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        tabs: list[tuple[Page, Iterator[str]]] = []
        for number in range(pages):
            page = browser.new_context().new_page()
            page.on("pageerror", lambda error: tally.outcomes.update([f"error of a page: {error}"]))
            tabs.append((page, in_order_of_its_own(asked, 1000 + number)))
        waiting: dict[int, tuple[float, int]] = {}  # by tab: since when, and for which turn
        rested = dict.fromkeys(range(pages), 0.0)
        while time.monotonic() < until:
            for number, (page, mine) in enumerate(tabs):
                if number not in waiting and time.monotonic() >= rested[number]:
                    turns = page.locator(".turn").count()
                    if not page.url.startswith(address) or turns >= PAGE_TURNS:
                        page.goto(address)
                        turns = 0
                    page.locator("#question textarea").fill(next(mine))
                    page.locator("#question textarea").press("Enter")
                    waiting[number] = time.monotonic(), turns + 1
                elif number in waiting:
                    began, turn = waiting[number]
                    done = page.locator(f"#t{turn}:not(.waiting)").count()
                    if done or time.monotonic() - began > PATIENCE:
                        del waiting[number]
                        rested[number] = time.monotonic() + think
                        tally.seconds.append(time.monotonic() - began)
                        problem = page.locator(f"#t{turn} .problem").count()
                        tally.outcomes["problem" if problem else "shown" if done else "never shown"] += 1
            time.sleep(0.02)
        browser.close()


# --- the server ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """What a process holds: megabytes in memory, open files, threads, and seconds of processor time so far."""

    megabytes: float
    files: int
    threads: int
    processor: float


def state(process: int) -> State | None:
    """None where there is no /proc."""
    place = Path("/proc", str(process))
    try:
        status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
        times = (place / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    if "VmRSS" not in status:  # it has ended
        return None
    used = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    files = len(list((place / "fd").iterdir()))
    return State(int(status["VmRSS"].split()[0]) / 1024, files, int(status["Threads"]), used)


def told(kind: str, tally: Tally, minutes: float) -> None:
    seconds = sorted(tally.seconds)
    if seconds:
        p50, p95 = statistics.median(seconds), seconds[int(0.95 * (len(seconds) - 1))]
        rate = len(seconds) / minutes / 60
        print(f"{kind}: {len(seconds)} answers, {rate:.1f} a second; p50 {p50:.2f} s, p95 {p95:.2f} s, ", end="")
        print(f"slowest {seconds[-1]:.2f} s")
    for outcome, count in tally.outcomes.most_common():
        print(f"    {count:6} {outcome}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=25, help="over HTTP")
    parser.add_argument("--pages", type=int, default=3, help="tabs of a browser; 0 needs no browser")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--think", type=float, default=0, help="seconds between an answer and the next question")
    given = parser.parse_args()
    asked = questions()
    over_http, in_pages = Tally(), Tally()
    with served() as (address, process):
        for _ in range(3):  # the first answers load what is needed only then
            ask(address, iter(["When did the center open?"]), time.monotonic() + 0.001, 0, Tally())
        before, until = state(process), time.monotonic() + given.minutes * 60
        sessions = [
            threading.Thread(
                target=ask, args=(address, in_order_of_its_own(asked, number), until, given.think, over_http)
            )
            for number in range(given.sessions)
        ]
        for session in sessions:
            session.start()
        if given.pages:
            look(address, asked, given.pages, until, given.think, in_pages)
        for session in sessions:
            session.join()
        after = state(process)
    told(f"{given.sessions} sessions over HTTP", over_http, given.minutes)
    told(f"{given.pages} pages in a browser", in_pages, given.minutes)
    if before and after:
        print(f"server: {before.megabytes:.0f} MB, {before.files} open files, {before.threads} threads at the start;")
        print(f"    {after.megabytes:.0f} MB, {after.files} open files, {after.threads} threads at the end;")
        cores = (after.processor - before.processor) / given.minutes / 60
        print(f"    busy with {cores:.2f} of {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
