"""What is installed and indexed, what could leave this machine, and what is wrong."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from rag import hub
from rag.assistant import Assistant
from rag.config import DEFAULT_EMBEDDING, Config
from rag.models import (
    EMBEDDING,
    RERANKER,
    ModelKind,
    is_here,
    load_embedding_model,
    load_reranker,
    place,
    verify_default_weights,
)
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
        _embedding(config.embedding_model),
        _reranker(config.reranker),
        *_index(config),
        Finding("language model", _language_model(config)),
        Finding("leaves this machine", _leaves(config)),
    ]


def _installed(name: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, f"not installed. Run: pip install {name}", well=False)


def _embedding(name: str) -> Finding:
    subject = EMBEDDING.words
    try:
        if name == DEFAULT_EMBEDDING:
            verify_default_weights()
            return Finding(subject, f"{name}, installed here, weights as published; English only")
        if place(name, EMBEDDING) is None:
            return Finding(subject, f"{name}, {_to_fetch(EMBEDDING)}")
        english = load_embedding_model(name).english_only
    except SumberError as error:
        return Finding(subject, str(error), well=False)
    languages = "English only" if english else "many languages, as a trial in Indonesian and Korean shows"
    return Finding(subject, f"{name}, as {EMBEDDING.setting} says; {languages}")


def _reranker(name: str | None) -> Finding:
    if name is None:
        return Finding(RERANKER.words, "none configured")
    if place(name, RERANKER) is None:
        return Finding(RERANKER.words, f"{name}, {_to_fetch(RERANKER)}")
    try:
        load_reranker(name)
    except SumberError as error:
        return Finding(RERANKER.words, str(error), well=False)
    return Finding(RERANKER.words, f"{name}, as {RERANKER.setting} says")


def _to_fetch(kind: ModelKind) -> str:
    return f"as {kind.setting} says; not here yet, fetched from {hub.address()} when it is first needed"


def _index(config: Config) -> list[Finding]:
    try:
        with Assistant.open(config) as assistant:
            assistant.index.check(config.corpus)
            entries = assistant.documents()
            corpus = assistant.corpus
            passages = assistant.index.ledger.passage_count()
            remark = assistant.index.remark()
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
        Finding("vectors", remark or _whereabouts(config), well=not remark),
        *(Finding("not read", f"{entry.path}: {entry.failed}", well=False) for entry in failed),
    ]


def _language_model(config: Config) -> str:
    if not config.llm_url:
        return "none configured; answers are quoted from the documents"
    return f"{config.llm_model} at {config.llm_host}, as SUMBER_LLM_URL says; asked when a question is"


def _whereabouts(config: Config) -> str:
    if not config.chroma:
        return f"{config.vectorstore}, beside the passages"
    return f"on the Chroma server at {config.chroma_host}, as SUMBER_CHROMA says"


def _leaves(config: Config) -> str:
    going = (
        ("each question, the turns before it and the passages found for it go to the language model", config.llm_url),
        ("the passages' vectors and each question's go to the Chroma server", config.chroma),
    )
    away, here = [], []
    for words, address in going:
        host = urlsplit(address or "")
        if is_here(host.hostname or ""):
            here.append(f"{words} at {host.netloc} on this machine")
        elif address:
            away.append(f"{words} at {host.netloc}")
    parts = [*away, *here] if away or not here else ["nothing by Sumber itself", *here]
    models = ((config.embedding_model, EMBEDDING), (config.reranker, RERANKER))
    absent = [name for name, kind in models if name and name != DEFAULT_EMBEDDING and place(name, kind) is None]
    if absent:
        words = f"the name of {' and '.join(absent)}, to {hub.address()} when it is fetched"
        parts.append(words if parts else f"{words}; no document and no question")
    return "; ".join(parts) or "nothing"
