"""The README's example of each door is run as it stands, against a server with the starter documents."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.conftest import ROOT
from tests.doors.conftest import PATIENCE, Served, command, environment

ADDRESS = "http://127.0.0.1:7860"
README = (ROOT / "README.md").read_text("utf8")
DOORS = README.partition("<!-- doors -->")[2].partition("<!-- /doors -->")[0]
EXAMPLES = re.findall(r"```(\w+)\n(.*?)```", DOORS, re.DOTALL)
OPENED = "2 March 2016"  # what every one of them asks for, or who opened it


def test_there_is_an_example_of_each_door() -> None:
    assert [kind for kind, _ in EXAMPLES] == ["sh", "python", "python", "json", "python"]
    for word in ("curl", "httpx", "openai", "mcp"):
        assert word in DOORS


@pytest.mark.parametrize(("kind", "text"), [one for one in EXAMPLES if one[0] != "json"])
def test_an_example_does_what_the_readme_says(served: Served, library: Path, kind: str, text: str) -> None:
    program = {"sh": ["bash", "-euc"], "python": [sys.executable, "-c"]}[kind]
    done = subprocess.run(
        [*program, text.replace(ADDRESS, served.address)], cwd=library, env=environment(library), text=True,
        capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert OPENED in done.stdout


@pytest.mark.parametrize("text", [text for kind, text in EXAMPLES if kind == "json"])
def test_what_a_program_that_starts_its_tools_is_told_starts_them(library: Path, text: str) -> None:
    told = json.loads(text)["mcpServers"]["sumber"]
    assert told["command"] == "sumber"
    program, *arguments = command(*told["args"])
    parameters = StdioServerParameters(command=program, args=arguments, env=environment(library), cwd=library)

    async def talk() -> int:
        async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            return len((await session.list_tools()).tools)

    assert asyncio.run(talk()) == 4
