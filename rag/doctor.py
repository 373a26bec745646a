"""What is installed and indexed, what could leave this machine, and what is wrong."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from rag.assistant import Assistant
from rag.config import DEFAULT_EMBEDDING, Config
from rag.models import is_here, verify_default_weights
from rag.types import SumberError

PARTS = ("sumber", "llama-index-core", "chromadb", "sentence-transformers", "torch", "gradio")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, what was found in words, and whether it is well."""

    subject: str
    words: str
    well: bool = True


def examine(config: Config) -> list[Finding]:
    """Looks at everything an answer depends on; changes nothing but what opening the index does."""
    return [
        Finding(
            "python", f"{platform.python_version()} on {platform.system()} {platform.machine()} ({sys.executable})"
        ),
        *(_installed(name) for name in PARTS),
        _embedding(config),
        *_index(config),
        Finding("language model", _language_model(config)),
        Finding("leaves this machine", _leaves(config)),
    ]


def _installed(name: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, f"not installed. Run: pip install {name}", well=False)


def _embedding(config: Config) -> Finding:
    name = config.embedding_model
    if name != DEFAULT_EMBEDDING:
        return Finding("embedding model", f"{name}, as SUMBER_EMBEDDING_MODEL says; loaded when first needed")
    try:
        verify_default_weights()
    except SumberError as error:
        return Finding("embedding model", str(error), well=False)
    return Finding("embedding model", f"{name}, installed here, weights as published")


def _index(config: Config) -> list[Finding]:
    try:
        with Assistant.open(config) as assistant:
            assistant.index.check(config.corpus)
            entries = assistant.documents()
            corpus = assistant.corpus
            passages = assistant.index.ledger.passage_count()
    except SumberError as error:
        return [Finding("index", str(error), well=False)]
    failed = [entry for entry in entries if entry.failed]
    served = len(entries) - len(failed)
    words = f"{config.vectorstore}: {served} documents, {passages} passages"
    if not served:
        words += ". Nothing is indexed yet: put documents in the corpus folder and run: sumber sync"
    return [
        Finding(
            "corpus",
            str(corpus) if corpus.is_dir() else f"{corpus} does not exist. Make it, or give --corpus",
            corpus.is_dir(),
        ),
        Finding("index", words),
        *(Finding("not read", f"{entry.path}: {entry.failed}", well=False) for entry in failed),
    ]


def _language_model(config: Config) -> str:
    if not config.llm_url:
        return "none configured; answers are quoted from the documents"
    return f"{config.llm_model} at {config.llm_host}, as SUMBER_LLM_URL says; asked when a question is"


def _leaves(config: Config) -> str:
    sent = "each question, the turns before it and the passages found for it"
    parts = []
    if config.llm_host and is_here(urlsplit(config.llm_url or "").hostname or ""):
        parts.append(f"nothing by Sumber itself; {sent} go to the language model at {config.llm_host} on this machine")
    elif config.llm_host:
        parts.append(f"{sent} go to the language model at {config.llm_host}")
    if config.embedding_model != DEFAULT_EMBEDDING and not Path(config.embedding_model).is_dir():
        name = f"the name of the model {config.embedding_model}, when it is downloaded"
        parts.append(name if parts else f"{name}; no document and no question")
    return "; ".join(parts) or "nothing"
