"""The README says what is true: its commands print what it shows, its settings are the settings, its files exist."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from rag.config import Config
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf8")


def transcript() -> list[tuple[str, str]]:
    """The commands of the worked example, each with what it is said to print."""
    block = README.split("```console\n")[1].split("```")[0]
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1].strip("\n")) for part in parts]


def settings_table() -> str:
    """The table of settings, as the configuration itself says it."""
    rows = ["| setting | default | what it is |", "| --- | --- | --- |"]
    for name, field in Config.model_fields.items():
        default = "" if field.default in (None, PydanticUndefined) else f"`{field.default}`"
        rows.append(f"| `SUMBER_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def test_the_worked_example_prints_what_the_readme_shows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    environment = {**os.environ, "COLUMNS": "118", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    for command, printed in transcript():
        arguments = shlex.split(command)
        assert arguments[0] == "sumber"
        done = subprocess.run(
            [sys.executable, "-m", "rag.cli", *arguments[1:]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = [line.rstrip() for line in done.stdout.strip("\n").splitlines()]
        assert "\n".join(lines) == printed, command


def test_the_python_example_runs(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    example = README.split("From Python:\n\n```python\n")[1].split("```")[0]
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("answered The Korea-Indonesia E-Government Cooperation Center opened"), done


def test_the_table_of_settings_is_the_configuration() -> None:
    said = README.split("<!-- settings -->\n")[1].split("\n\n")[0].strip()
    assert said == settings_table()


TREE = README.split("```text\n")[1].split("```")[0]


@pytest.mark.parametrize("path", re.findall(r"^(?:  )?([\w./]+)\s{2,}\S", TREE, re.MULTILINE))
def test_every_path_of_the_file_tree_exists(path: str) -> None:
    assert (ROOT / path).exists() or (ROOT / "rag" / path).exists()


def test_every_module_is_in_the_file_tree() -> None:
    for module in (ROOT / "rag").iterdir():
        if module.name not in ("__init__.py", "__pycache__", "weights"):
            assert re.search(rf"^  {re.escape(module.name)}[/ ]", TREE, re.MULTILINE), module.name


def test_every_picture_of_the_readme_exists() -> None:
    for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / path).is_file()
