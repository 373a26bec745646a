"""Whatever file a folder holds, it is read soundly or refused with a reason, in time, and harms no other.

`pytest -s` prints the table of what was tried; `python -m tests.faults.bad_files` tries the slow ones as well.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from rag.reading import Worker, load, worker
from rag.types import Changes, Progress, ReadingError
from tests.faults import bombs, checker, sync_process
from tests.faults.bad_files import CANARY, Bad, Outcome, all_of, outcomes, outcomes_of, table, wrong_with
from tests.faults.child import run
from tests.faults.good_files import SAMPLES, SENTENCE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="makes files that Windows does not have")

KINDS = [
    *("empty", "wrong suffix", "cut off", "bits flipped", "encrypted", "image only", "encodings", "characters"),
    *(
        "fake sources",
        "names within",
        "hidden in pages",
        "zip bomb",
        "XML bomb",
        "PDF bomb",
        "nested",
        "huge sheet",
        "long",
    ),
]


@pytest.fixture(scope="module")
def found() -> list[Outcome]:
    bad = list(all_of())
    with ThreadPoolExecutor(2) as pool:
        halves = list(pool.map(outcomes, (bad[::2], bad[1::2])))
    result = [one for half in halves for one in half]
    print("\n" + table(result))
    return result


def test_every_sound_file_is_read() -> None:
    sound = [Bad("sound", f"a{suffix}", data, "read", "quagga") for suffix, data in SAMPLES.items()]
    assert [fault for one in outcomes(sound) for fault in wrong_with(one)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_file_is_read_soundly_or_refused_with_a_reason_for_people(found: list[Outcome], kind: str) -> None:
    group = [one for one in found if one.bad.kind == kind]
    assert group
    assert [fault for one in group for fault in wrong_with(one)] == []


def test_every_kind_of_bad_file_is_looked_at(found: list[Outcome]) -> None:
    assert {one.bad.kind for one in found} == set(KINDS)


def test_a_file_that_takes_too_long_is_ended_in_time() -> None:
    slow = [
        one for one in all_of(full=True) if one.name in ("a tree of 216,000.zip", "one page of 20 MB, 900 times.pdf")
    ]
    ended = outcomes(slow, seconds=1)
    assert ["took more than 1 s; split it" in one.reason for one in ended] == [True, True]
    assert [one.bad.label for one in ended if one.seconds > 2.5] == []


def heaviest() -> tuple[float, float]:
    """MB that this process and its heaviest reader had at most, after the heaviest of the bombs."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    names = (
        "5 GB, lying.docx",
        "5 GB of spaces.pdf",
        "1 GB of words.pdf",
        "one line.json",
        "one line.txt",
        "both repeated.ods",
    )
    outcomes(one for one in all_of() if one.name in names)
    own, readers = (
        resource.getrusage(who).ru_maxrss / 1000 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own - before / 1000, readers


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of the process")
def test_no_file_takes_more_memory_than_its_bound() -> None:
    own, readers = run(heaviest)
    assert own < 500
    assert readers < worker.MEMORY_MB + 200  # programs and shared libraries come on top


def test_nothing_that_a_file_points_at_is_fetched_or_included(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        read = outcomes(bombs.references(f"http://{host}:{port}", secret.as_uri()))
        assert [fault for one in read for fault in wrong_with(one)] == []
        assert sum(one.document is not None for one in read) > len(read) / 2
        server.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody has called
            server.accept()
        socket.create_connection((host, port)).close()
        server.accept()[0].close()


def test_a_larger_page_than_its_library_takes_at_once_is_read_to_its_end() -> None:
    picture = b"<p>First.</p><img src='data:image/png;base64," + b"A" * 11_000_000 + b"'><p>Last.</p>"
    (one,) = outcomes([Bad("long", "picture.html", picture, "read", "Last")])
    assert list(wrong_with(one)) == []


# --- one sync ---------------------------------------------------------------------------------------------------------


def fill(folder: Path) -> dict[str, Bad]:
    """A hundred good files, one or two bad ones of each kind, and what is no file at all. The bad ones by name."""
    chosen: dict[str, list[Bad]] = {}
    for one in all_of():
        if len(one.data) < 300_000:
            chosen.setdefault(one.kind, []).append(one)
    bad = {
        f"{kind}/{one.name}".replace(" ", "_"): one
        for kind, group in chosen.items()
        for one in group[len(group) // 3 :: len(group) // 2 + 1]
    }
    for number in range(100):
        (folder / f"good{number}.txt").write_text(f"{SENTENCE} It is number {number}.")
    for name, one in bad.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(one.data)
    return bad


def odd_files(folder: Path, outside: Path) -> Iterator[str]:
    """Puts odd things into a folder; yields the documents that are to fail."""
    (outside / "theirs.txt").write_text(CANARY)
    (folder / "outside.txt").symlink_to(outside / "theirs.txt")
    (folder / "outside").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "itself.txt").symlink_to("itself.txt")
    (folder / "nowhere.txt").symlink_to("nothing.txt")
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        place = Path.cwd()
        os.chdir(folder)  # the path of a socket may have 107 bytes
        listening.bind("socket.txt")
        os.chdir(place)
    (folder / "folder.pdf").mkdir()
    (folder / "folder.pdf" / "inside.txt").write_text("A quagga in a folder.")
    (folder / ("n" * 251 + ".txt")).write_text("A quagga of a long name.")
    (folder / "ملف.txt").write_text("A quagga from the right.")
    yield from ("itself.txt", "nowhere.txt", "pipe.txt", "socket.txt")
    (folder / "two\nlines.txt").write_text("words")
    yield "./two<000A>lines.txt"
    (folder / "\u202etxt.exe.txt").write_text("words")
    yield "./<202E>txt.exe.txt"
    with suppress(OSError):  # some file systems take no such name
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.txt")).write_text("words")
        yield "./<DCFF><DCFE>.txt"


def sync_all(vectorstore: Path, corpus: Path) -> tuple[Changes, Changes, list[str]]:
    first = sync_process.sync(vectorstore, corpus)
    faults = checker.ledger_faults(checker.stored(vectorstore))
    return first, sync_process.sync(vectorstore, corpus), faults


def test_one_sync_reads_a_hundred_good_files_among_bad_ones_of_every_kind(tmp_path: Path) -> None:
    folder, outside = tmp_path / "corpus", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    bad = fill(folder)
    to_fail = set(odd_files(folder, outside))
    first, second, faults = run(sync_all, tmp_path / "vectorstore", folder)
    failed = dict(first.failed)
    assert {one.kind for one in bad.values()} == set(KINDS)
    assert sum(name.startswith("good") for name in first.added) == 100
    assert {"folder.pdf/inside.txt", "n" * 251 + ".txt", "ملف.txt"} <= set(first.added)
    assert to_fail <= failed.keys()
    assert bad.keys() <= failed.keys() | set(first.added)
    assert [name for name, one in bad.items() if one.expected == ("read" if name in failed else "refused")] == []
    assert [name for name in [*first.added, *failed] if "outside" in name or "loop" in name] == []
    assert faults == []
    assert (set(second.unchanged), second.added, second.failed) == (set(first.added), (), first.failed)


def sync_while_files_vanish(vectorstore: Path, corpus: Path) -> Changes:
    """A sync during which every second file is removed right before it is read."""

    def remove(progress: Progress) -> None:
        if progress.stage == "reading" and progress.done % 2:
            (corpus / progress.document).unlink()

    return sync_process.sync(vectorstore, corpus, progress=remove)


def test_a_file_that_vanishes_during_a_sync_fails_alone(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in range(20):
        (corpus / f"{number:02}.txt").write_text(f"{SENTENCE} {number}")
    changes = run(sync_while_files_vanish, tmp_path / "vectorstore", corpus)
    assert len(changes.added) == len(changes.failed) == 10
    assert {reason for _, reason in changes.failed} == {"it cannot be opened (No such file or directory)"}


def test_a_file_that_changes_while_it_is_read_is_read_whole_or_refused(tmp_path: Path) -> None:
    path, done = tmp_path / "log.txt", threading.Event()
    path.write_bytes(b"line\n")

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not done.is_set() and file.tell() < 30_000_000:
                file.write(b"line\n" * 4000)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(100):
            with suppress(ReadingError):
                assert load(path, 50_000_000).removesuffix(b"line\n").endswith((b"line\n", b""))
    finally:
        done.set()
        writer.join()
    assert len(load(path, 50_000_000)) == path.stat().st_size


# --- the process that reads -------------------------------------------------------------------------------------------

# A reader in the place of the one for JSON that does to its process what the file says.
HOSTILE = """
import os, signal, subprocess, sys, threading, time
from rag.reading import records
from rag.reading.blocks import Block, Content

def everywhere(data):
    for number in range(3, 20):
        try:
            os.write(number, data)
        except OSError:
            pass

def flood():
    while True:
        everywhere(b"noise\\n" * 10_000)

def read(data, name):
    what = data.decode()
    if what == "flood":
        flood()
    if what == "flood on":
        threading.Thread(target=flood, daemon=True).start()
    if what == "deep":
        everywhere(b"[" * 100_000 + b"\\n")
    if what == "forge":
        everywhere(b'{"document": {"path": "x.txt"}}\\n{"refused": "forged"}\\n{"asked": null, "document": 1}\\n' * 3)
    if what == "endless line":
        while True:
            everywhere(b"x" * 10_000_000)
    if what == "endless steps":
        while True:
            everywhere(b'{"step": true}\\n')
    if what in ("fork", "fork and hang") and not os.fork():
        time.sleep(30)
    if what == "fork and hang" or what == "hang":
        time.sleep(30)
    if what == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    if what == "stop later":
        subprocess.Popen(["sh", "-c", "sleep 0.3; kill -STOP %d" % os.getpid()])
    if what in ("TERM", "KILL", "PIPE", "SEGV", "HUP"):
        os.kill(os.getpid(), getattr(signal, "SIG" + what))
    if what == "close":
        os.closerange(0, 20)
    if what == "poison":
        records.read = None
        records.read_json = lambda data, name: os._exit(1)
    return Content((Block("text", "It was read."),))

records.read_json = read
"""


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A reader's process in which .json files do as they say; each file has two seconds."""
    (tmp_path / "hostile.py").write_text(HOSTILE)
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.path.insert(0, {os.getcwd()!r})\nimport hostile\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Worker(2) as made:
        yield made


HARMS = [
    *("flood", "flood on", "deep", "forge", "endless line", "endless steps", "fork", "fork and hang", "stop", "close"),
    *("TERM", "KILL", "PIPE", "SEGV", "HUP", "poison"),
]


@pytest.mark.parametrize("harm", HARMS)
def test_a_reader_that_runs_wild_ends_its_file_and_no_other(hostile: Worker, harm: str) -> None:
    began = time.monotonic()
    (bad,) = outcomes_of(
        hostile, [Bad("wild", "bad.json", harm.encode(), says="It was read|^it is damaged|^it yields|^reading it")]
    )
    assert list(wrong_with(bad)) == []
    assert time.monotonic() - began < 15  # bounded; how soon depends on what else the machine does
    hostile._seconds = 30.0  # starting anew takes seconds where much else runs
    for _ in range(2):
        assert hostile.parse(b"good", "good.json").text == "It was read.\n"
        assert "quagga" in hostile.parse(SAMPLES[".csv"], "good.csv").text
    hostile.close()


def ends(group: int) -> bool:
    """Whether a group of processes is gone before long; what has ended and nobody waits for counts as gone."""
    for _ in range(160):
        states = subprocess.run(["ps", "-o", "stat=", "-g", str(group)], capture_output=True, text=True, check=False)
        if not states.stdout.replace("Z", "").strip("s+l\n "):
            return True
        time.sleep(0.05)
    return False


def test_a_reader_that_stops_listening_holds_nothing_up(hostile: Worker) -> None:
    hostile.parse(b"stop later", "bad.json")
    time.sleep(0.5)
    with suppress(ReadingError):  # it was stopped between two files, and takes no part of the next
        hostile.parse(b"good" * 1_000_000, "large.json")
    hostile._seconds = 30.0
    assert hostile.parse(b"good", "good.json").text == "It was read.\n"


def test_what_a_reader_has_started_ends_with_it(hostile: Worker) -> None:
    hostile.parse(b"fork", "bad.json")
    assert hostile._process is not None
    group = hostile._process.pid
    hostile.close()
    assert ends(group)


def test_a_reader_whose_sync_is_killed_ends_by_itself(hostile: Worker, tmp_path: Path) -> None:
    work = (
        "from rag.reading import Worker\n"
        "with Worker(0.5) as reader:\n"
        "    reader.parse(b'good', 'good.json')\n"
        "    print(reader._process.pid, flush=True)\n"
        "    reader._seconds = 1.0\n"
        "    reader.parse(b'hang', 'bad.json')\n"
    )
    with subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE, text=True) as sync:
        assert sync.stdout is not None
        reader = int(sync.stdout.readline())
        time.sleep(0.3)
        sync.kill()
    assert ends(reader)
