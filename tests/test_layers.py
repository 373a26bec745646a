"""The house: a module imports from lower layers only, and each heavy dependency has one owner."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# The drawing. A package (reading, evaluation, ui) is one room; imports inside it are free.
LAYERS = {
    "types": 0,
    "text": 0,
    "config": 1,
    "hub": 1,
    "answers": 1,
    "kinds": 1,
    "contrasts": 1,
    "prose": 1,
    "smalltalk": 1,
    "spelling": 1,
    "replies": 1,
    "reading": 2,
    "conversations": 2,
    "passages": 2,
    "models": 2,
    "streaming": 2,
    "reader": 2,
    "ledger": 2,
    "vectors": 2,
    "claims": 2,
    "differing": 2,
    "checking": 3,
    "index": 3,
    "followup": 3,
    "overview": 3,
    "interaction": 3,
    "choosing": 3,
    "retrieval": 4,
    "extractive": 4,
    "generative": 4,
    "rewriting": 4,
    "inbox": 4,
    "assistant": 5,
    "evaluation": 6,
    "doctor": 6,
    "ui": 7,
    "cli": 8,
}

OWNERS = {
    "snowballstemmer": {"text"},
    "regex": {"text"},
    "rapidfuzz": {"spelling"},
    "pydantic": {"config", "answers", "ui"},
    "pydantic_settings": {"config"},
    "platformdirs": {"config"},
    "jinja2": {"ui"},
    "yaml": {"reading"},
    "charset_normalizer": {"reading"},
    "pathspec": {"reading"},
    "lxml": {"reading"},
    "trafilatura": {"reading"},
    "pypdfium2": {"reading"},
    "pdfplumber": {"reading"},
    "python_calamine": {"reading"},
    "oxmsg": {"reading"},
    "py3langid": {"reading"},
    "sentence_transformers": {"models"},
    "huggingface_hub": {"hub"},
    "transformers": {"models", "reader"},
    "torch": {"models", "reader"},
    "sqlite3": {"ledger"},
    "chromadb": {"vectors"},
    "filelock": {"index", "conversations"},
    "llama_index": {"retrieval", "generative", "rewriting", "streaming", "models", "evaluation"},
    "openai": {"models"},
    "httpx": {"models", "replies"},
    "mcp": {"ui"},
    "anyio": {"ui"},
    "gradio": {"ui"},
    "fastapi": {"ui"},
    "uvicorn": {"ui"},
    "typer": {"cli"},
    "rich": {"cli", "evaluation"},
}


def room(path: Path) -> str:
    """The room that a file of rag/ belongs to."""
    return path.relative_to(ROOT / "rag").parts[0].removesuffix(".py")


def imports(source: str) -> Iterator[str]:
    """The modules that a source text imports, wherever in it, those for type checking alone left out."""
    tree = ast.parse(source)
    for block in ast.walk(tree):
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING":
            block.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names) if node.module == "rag" else [node.module]


def complaints(here: str, source: str) -> list[str]:
    """What is wrong with the imports of a module in a room."""
    found = []
    for name in imports(source):
        top, *rest = name.split(".")
        if top == "rag" and rest:
            there = rest[0]
            if there != here and LAYERS[there] >= LAYERS[here]:
                found.append(f"{here} (layer {LAYERS[here]}) imports {there} (layer {LAYERS[there]})")
        elif top in OWNERS and here not in OWNERS[top]:
            found.append(f"{here} imports {top}, which belongs to {', '.join(sorted(OWNERS[top]))}")
    return found


MODULES = sorted(
    path for path in (ROOT / "rag").rglob("*.py") if path.name != "__init__.py" or path.parent.name != "rag"
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_from_lower_layers_and_leaves_heavy_parts_to_their_owner(path: Path) -> None:
    assert complaints(room(path), path.read_text("utf8")) == []


def test_every_room_is_in_the_drawing() -> None:
    assert {room(path) for path in MODULES} == set(LAYERS)


def test_an_upward_import_is_noticed() -> None:
    assert complaints("ledger", "from rag.index import Index") == ["ledger (layer 2) imports index (layer 3)"]
    assert complaints("passages", "def f():\n    import rag.assistant") != []


def test_a_stray_heavy_import_is_noticed() -> None:
    assert complaints("index", "import chromadb") == ["index imports chromadb, which belongs to vectors"]
    assert complaints("assistant", "def f():\n    from torch import nn") != []
