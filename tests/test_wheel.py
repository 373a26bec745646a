"""The wheel works where there is no repository: it brings all it needs, and nothing of the tests or the corpus."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.conftest import LIGHTHOUSE, ROOT

MISSING = [name for name in ("build", "hatchling", "pip") if importlib.util.find_spec(name) is None]

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not installed, to make a wheel: {', '.join(MISSING)}"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made without a network of a copy of what goes into it."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT / "rag", source / "rag")
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, source)
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source), cwd=out)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that has the wheel and not the repository."""
    target = tmp_path_factory.mktemp("installed")
    run("-m", "pip", "install", "--no-deps", "--no-index", "--quiet", "--target", str(target), str(wheel), cwd=target)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUMBER_")}
    return {**kept, "PYTHONPATH": str(target), "NO_COLOR": "1", "COLUMNS": "200"}


def run(*arguments: str, cwd: Path, env: dict[str, str] | None = None, code: int = 0) -> str:
    """What a Python process prints, which must end with this code."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_wheel_holds_all_of_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    held = {name for name in names if not name.startswith("sumber-")}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "rag").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == wanted
    assert {Path(name).suffix for name in held} >= {".py", ".css", ".js", ".html", ".svg", ".safetensors"}
    assert {name.split("/", 1)[1] for name in names - held} >= {"METADATA", "entry_points.txt", "licenses/LICENSE"}


@contextmanager
def served(folder: Path, env: dict[str, str]) -> Iterator[str]:
    """The address of a server that was started in a folder."""
    command = [sys.executable, "-m", "rag.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found
            yield found[0].rstrip("/")
        finally:
            process.terminate()
            process.wait(30)


def asked(address: str, question: str) -> dict[str, object]:
    body = json.dumps({"question": question}).encode()
    request = Request(f"{address}/api/ask", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as reply:
        return dict(json.load(reply))


def test_installed_in_an_empty_folder_it_opens_an_empty_library_and_answers_once_there_are_documents(
    installed: dict[str, str], tmp_path: Path
) -> None:
    env = {**installed, "SUMBER_DATA": f"{tmp_path}-data"}
    code = "import rag, importlib.metadata as m; print(rag.__path__[0], m.version('sumber'))"
    assert run("-c", code, cwd=tmp_path, env=env).split() == [str(Path(env["PYTHONPATH"], "rag")), version("sumber")]
    said = run("-m", "rag.cli", "sync", cwd=tmp_path, env=env, code=2)
    assert re.search(r"there is no corpus folder .*corpus\. Make it, or run: sumber sync FOLDER", said)
    with served(tmp_path, env) as address:
        with urlopen(address, timeout=60) as page:
            assert b"Sumber" in page.read()
        assert asked(address, "Who built the lighthouse?")["status"] == "not_found"
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "lighthouse.md").write_text(LIGHTHOUSE, "utf8")
        said = run("-m", "rag.cli", "sync", "docs", cwd=tmp_path, env=env)
        assert said.endswith("1 added, 0 updated, 0 removed, 0 unchanged, 0 failed\n")
        answer = asked(address, "Who built the lighthouse?")
    assert answer["status"] == "answered"
    assert "Maren Holt" in str(answer["text"])
