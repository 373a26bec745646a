"""The official MCP client asks, follows a citation and is declined: over HTTP, and over standard input and output."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.doors.conftest import PATIENCE, QUESTION, UNANSWERED, Served, command, environment

TOOLS = ["ask", "search", "read_document", "list_documents"]


@asynccontextmanager
async def over_http(address: str) -> AsyncIterator[ClientSession]:
    async with streamable_http_client(f"{address}/mcp") as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        yield session


@asynccontextmanager
async def over_stdio(folder: Path) -> AsyncIterator[ClientSession]:
    program, *arguments = command("mcp")
    parameters = StdioServerParameters(command=program, args=arguments, env=environment(folder), cwd=folder)
    with (folder / "mcp-errors.log").open("w") as errors:
        async with stdio_client(parameters, errlog=errors) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            yield session


async def follows_a_citation(session: ClientSession) -> None:
    assert [tool.name for tool in (await session.list_tools()).tools] == TOOLS
    asked = await session.call_tool("ask", {"question": QUESTION})
    answer: Any = asked.structuredContent
    assert json.loads(asked.content[0].text) == answer  # type: ignore[union-attr]
    assert answer["status"] == "answered"
    cited = answer["citations"][0]
    where = {"path": cited["document"], "from": cited["start"], "to": cited["end"]}
    piece: Any = (await session.call_tool("read_document", where)).structuredContent
    assert piece["text"] == cited["quote"]
    declined: Any = (await session.call_tool("ask", {"question": UNANSWERED})).structuredContent
    assert (declined["status"], declined["citations"]) == ("not_found", [])
    assert declined["passages"], "the nearest passages are given"


def test_another_assistant_follows_a_citation_over_http(served: Served) -> None:
    async def talk() -> None:
        async with over_http(served.address) as session:
            await follows_a_citation(session)

    asyncio.run(talk())


def test_another_assistant_follows_a_citation_over_standard_input(served: Served, library: Path) -> None:
    async def talk() -> None:  # beside a server that has the same index open
        async with over_stdio(library) as session:
            await follows_a_citation(session)

    asyncio.run(talk())
    assert (library / "mcp-errors.log").read_text() == ""


def test_nothing_but_the_protocol_is_on_standard_output_and_its_end_ends_the_process(library: Path) -> None:
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}},
    }
    done = subprocess.run(
        command("mcp"), input=f"no JSON\n{json.dumps(hello)}\n", cwd=library, env=environment(library), text=True,
        capture_output=True, timeout=PATIENCE, check=True,
    )  # fmt: skip
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["jsonrpc"] for one in replies] == ["2.0"] * len(replies)
    assert [one["result"]["serverInfo"]["name"] for one in replies if "result" in one] == ["sumber"]


Call = Callable[[str, dict[str, Any]], Awaitable[Any]]


def call_each(served: Served, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    async def talk() -> list[Any]:
        async with over_http(served.address) as session:
            return [await session.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(talk())


def test_search_and_lists_are_narrowed_and_bounded(served: Served) -> None:
    found, listed, named, beyond = call_each(
        served,
        ("search", {"question": QUESTION, "k": 2, "documents": ["reports/*"]}),
        ("list_documents", {}),
        ("list_documents", {"search": "HARVEST reports"}),
        ("list_documents", {"page": 99}),
    )
    assert {one["document"] for one in found.structuredContent["passages"]} == {"reports/harvest.txt"}
    assert (listed.structuredContent["total"], listed.structuredContent["pages"]) == (7, 1)
    assert [one["path"] for one in named.structuredContent["documents"]] == ["reports/harvest.txt"]
    assert beyond.structuredContent["documents"] == []


def test_a_piece_of_a_document_is_never_longer_than_a_model_can_take(served: Served, library: Path) -> None:
    whole, late, backwards = call_each(
        served,
        ("read_document", {"path": "ferries.md", "to": 10**9}),
        ("read_document", {"path": "ferries.md", "from": 10**9}),
        ("read_document", {"path": "ferries.md", "from": 9, "to": 3}),
    )
    text = whole.structuredContent["text"]
    assert whole.structuredContent["characters"] == len(text) <= 8_000
    assert late.structuredContent["text"] == backwards.structuredContent["text"] == ""


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("ask", {"question": " "}, "the question is empty. Ask something in words"),
        ("ask", {"question": "x" * 9000}, "Make it shorter"),
        ("ask", {}, "question: Field required. See the tool's schema."),
        ("ask", {"question": QUESTION, "after": "soon"}, "Give it as 2017, 2017-10 or 2017-10-18"),
        ("ask", {"question": QUESTION, "folder": "x"}, "folder: Extra inputs are not permitted"),
        ("search", {"question": QUESTION, "k": 1000}, "less than or equal to 50"),
        ("read_document", {"path": "../../etc/passwd"}, "Ask list_documents for those there are."),
        ("read_document", {"path": "ferries.md", "from": -1}, "greater than or equal to 0"),
        ("delete_document", {"path": "ferries.md"}, "There are: ask, search, read_document, list_documents."),
    ],
)
def test_a_mistake_is_an_error_of_the_tool_with_the_remedy(
    served: Served, tool: str, arguments: dict[str, Any], words: str
) -> None:
    (failed,) = call_each(served, (tool, arguments))
    assert failed.isError
    assert words in failed.content[0].text
    assert len(failed.content[0].text) < 300


def test_every_tool_says_what_it_takes_and_gives_and_that_it_changes_nothing(served: Served) -> None:
    async def talk() -> Any:
        async with over_http(served.address) as session:
            return (await session.list_tools()).tools

    for tool in asyncio.run(talk()):
        assert tool.description
        assert tool.inputSchema["properties"]
        assert tool.outputSchema["properties"]
        assert tool.annotations.readOnlyHint


def test_another_way_of_speaking_is_refused(served: Served) -> None:
    assert httpx.get(f"{served.address}/mcp").status_code == 405
    assert httpx.delete(f"{served.address}/mcp/").status_code == 405
    assert httpx.post(f"{served.address}/mcp", content=b"{").status_code in (400, 406)
