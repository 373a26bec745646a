"""The process that reads complex formats: whatever happens to it ends one file and no other."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.reading import Worker, formats, worker
from rag.types import ReadingError

GOOD = b"city,people\nBandung,2500000\n"

# A reader that does what the name of the file says, beside the real ones, in the other process.
HOSTILE = """
import ctypes, os, sys, time
from rag.reading.blocks import Block, Content
from rag.reading import formats

def read(data, name, step):
    what = name.split(".")[0]
    if what == "crash":
        ctypes.string_at(0)
    if what == "hang":
        time.sleep(60)
    if what == "exit":
        os._exit(0)
    if what == "bloat":
        return Content(tuple(Block("text", "x" * 10**8) for _ in range(30)))
    if what == "wordy":
        return Content((Block("text", "x" * 51_000_000),))
    if what == "raise":
        raise KeyError("rId7")
    if what == "imports":
        import nowhere
    if what == "nested":
        return read(data, name, step)
    if what == "prints":
        print("noise"); sys.stdout.flush(); os.write(1, b"noise")
    if what == "slow":
        for _ in range(12):
            time.sleep(0.2); step()
    return Content((Block("text", "It was read."),))
"""


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker that knows one more format, `.hostile`, and gives each file two seconds."""
    (tmp_path / "hostile.py").write_text(HOSTILE)
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, types\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'rag.reading.hostile':\n"
        "            import importlib.util\n"
        f"            return importlib.util.spec_from_file_location(name, {str(tmp_path / 'hostile.py')!r})\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from rag.reading import formats\n"
        "formats.READERS['.hostile'] = 'hostile:read'\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setitem(formats.READERS, ".hostile", "hostile:read")
    with Worker(seconds=2) as made:
        yield made


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("crash.hostile", "its reader fails on it"),
        ("exit.hostile", "its reader fails on it"),
        ("hang.hostile", "took more than 2 s; split it, or raise SUMBER_READ_SECONDS"),
        ("wordy.hostile", "it yields more than 50 MB of text"),
        ("raise.hostile", "its reader fails on it"),
        ("nested.hostile", "it is nested too deeply"),
    ],
)
def test_what_befalls_a_reader_ends_that_file_and_no_other(reader: Worker, name: str, reason: str) -> None:
    with pytest.raises(ReadingError, match=reason):
        reader.parse(b"x", name)
    assert reader.parse(b"x", "good.hostile").text == "It was read.\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of the process")
@pytest.mark.usefixtures("reader")
def test_a_reader_that_takes_too_much_memory_ends_that_file_and_no_other() -> None:
    with Worker(seconds=60) as patient:  # on a busy machine so much is not taken in two seconds
        with pytest.raises(ReadingError, match="takes more than 1000 MB of memory; split it"):
            patient.parse(b"x", "bloat.hostile")
        assert patient.parse(b"x", "good.hostile").text == "It was read.\n"


def test_what_a_library_prints_is_no_answer(reader: Worker) -> None:
    assert reader.parse(b"x", "prints.hostile").text == "It was read.\n"


def test_a_long_reading_that_goes_on_step_by_step_is_given_the_time(reader: Worker) -> None:
    began = time.monotonic()
    assert reader.parse(b"x", "slow.hostile").text == "It was read.\n"
    assert time.monotonic() - began > 2


def test_the_process_reads_what_this_one_would_read(reader: Worker) -> None:
    assert reader.parse(GOOD, "a/cities.csv") == formats.parse(GOOD, "a/cities.csv")


def test_plain_text_needs_no_process() -> None:
    with Worker(seconds=2) as made:
        assert made.parse(b"Some text", "a.txt").text == "Some text"
        assert made._process is None


def test_the_process_is_replaced_now_and_then(reader: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RENEWED", 2)
    seen = set()
    for _ in range(4):
        reader.parse(b"x", "good.hostile")
        assert reader._process is not None
        seen.add(reader._process.pid)
    assert len(seen) == 2


def test_closing_ends_the_process(reader: Worker) -> None:
    reader.parse(b"x", "good.hostile")
    assert reader._process is not None
    process = reader._process
    reader.close()
    assert process.poll() is not None
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_a_missing_library_is_named_and_not_blamed_on_the_file(reader: Worker) -> None:
    with pytest.raises(ReadingError, match=r"what reads it is not installed \(nowhere\); install Sumber anew"):
        reader.parse(b"x", "imports.hostile")
