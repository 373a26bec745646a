"""Every setting with its default, and the only reader of the environment."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.types import SettingsError

DEFAULT_CORPUS = Path("corpus")
DEFAULT_EMBEDDING = "all-MiniLM-L6-v2"

# Probability of being right below which an answer is withheld.
# Chosen on the fitting halves of public sets: there, balanced declines one answerable question in fourteen, and two
# fifths to two thirds of the others (tests/benchmarks/calibrate.py prints what each does).
DECLINE_BELOW = {"cautious": 0.4, "balanced": 0.25, "eager": 0.15}

# Of the dense score in the fusion, for a question that the model understands. Weighted sums of min-max-scaled scores
# beat rank fusion (RRF, k = 60) on both sets tried: SciFact nDCG@10 .733 against .724.
DENSE_WEIGHT = 0.5

INDEX_FORMAT = 4  # raise when what is stored, or how files are read and split, changes: the next sync reads all anew

_ADDRESSES = {  # by setting: an example of one, and what to do with a password
    "llm_url": ("http://127.0.0.1:11434/v1", "give a key in SUMBER_LLM_KEY"),
    "chroma": ("http://127.0.0.1:8000", "a Chroma server asks for none"),
}


# Characters. A client that fails is slowed to some ten guesses a minute (rag/ui/access.py); a token is guessed by none.
LEAST_SECRET = {"password": 8, "tokens": 16}


def _split(tokens: SecretStr | None) -> tuple[str, ...]:
    return tuple(one.strip() for one in tokens.get_secret_value().split(",") if one.strip()) if tokens else ()


def _own_folder() -> Path:
    """Where the operating system keeps a user's application data; the environment may name another at any time."""
    return Path(platformdirs.user_data_dir("sumber", appauthor=False))


class Config(BaseSettings):
    """Sumber's settings. What is not given comes from `SUMBER_*` in the environment, then from the default.

    Raises:
        SettingsError: a value cannot be used; the message names the setting.
    """

    model_config = SettingsConfigDict(env_prefix="SUMBER_", frozen=True, extra="forbid", env_ignore_empty=True)

    corpus: Path | None = Field(
        None, description="Folder of documents. Default: the one the index was built from, else `corpus`."
    )
    vectorstore: Path = Field(
        Path("vectorstore"), description="Folder of the index. It can be rebuilt from the corpus."
    )
    chroma: str | None = Field(
        None,
        description="Address of a Chroma server, such as `http://127.0.0.1:8000`, that holds the passages' vectors."
        " They leave this machine if the address does. Default: a collection in the folder of the index.",
    )
    data: Path = Field(
        default_factory=_own_folder,
        description="Folder of your conversations and feedback. Default: where the operating system keeps a user's"
        " application data.",
    )
    embedding_model: str = Field(
        DEFAULT_EMBEDDING,
        description="Name or folder of a sentence-transformers model. The default is for English and comes with the"
        " installation; another is fetched once.",
    )
    reranker: str | None = Field(
        None,
        description="Name or folder of a sentence-transformers cross-encoder, which puts the passages found in a better"
        " order. Default: none.",
    )
    decline: Literal["cautious", "balanced", "eager"] | float = Field(
        "balanced",
        union_mode="left_to_right",
        description="When to decline: `cautious`, `balanced`, `eager`, or the probability of being right"
        " below which an answer is withheld, 0 to 1.",
    )
    dense_weight: float = Field(
        DENSE_WEIGHT,
        ge=0,
        le=1,
        description="How much nearness in meaning counts in the search, against shared words: 0 to 1.",
    )
    passages: int = Field(8, ge=1, le=50, description="How many passages an answer is sought in.")
    passage_tokens: int = Field(160, ge=32, le=2000, description="Longest passage, in word pieces of the model.")
    max_question: int = Field(2000, ge=1, description="Longest question, in characters.")
    max_file_mb: float = Field(50, gt=0, allow_inf_nan=False, description="Largest file that is read, in megabytes.")
    read_seconds: float = Field(
        30, gt=0, allow_inf_nan=False, description="Longest reading of one file, or of one page of a scanned one."
    )
    questions: Path = Field(
        Path("tests/questions"), description="Folder of question sets that the evaluation page offers."
    )
    uploads: bool = Field(True, description="Whether documents may be added and removed through the page.")
    max_pending: int = Field(
        32, ge=1, description="How many questions may wait in the server before it says it is busy."
    )
    llm_url: str | None = Field(
        None,
        description="Address of an OpenAI-compatible API, such as `http://127.0.0.1:11434/v1`, whose model then writes"
        " the answers. What it is sent leaves this machine if the address does.",
    )
    llm_model: str | None = Field(
        None, validate_default=True, description="Name of the language model at `SUMBER_LLM_URL`."
    )
    llm_key: SecretStr | None = Field(None, description="Key for `SUMBER_LLM_URL`, where it wants one. Never printed.")
    llm_seconds: float = Field(
        60, gt=0, allow_inf_nan=False, description="How long the language model may take for one answer."
    )
    llm_context: int = Field(4096, ge=1024, description="How many tokens the language model reads and writes at once.")
    host: str = Field("127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(7860, ge=0, le=65535, description="Port that `serve` listens on.")
    password: SecretStr | None = Field(
        None,
        description="What people sign in with before they see anything: at least 8 characters. Never printed.",
    )
    tokens: SecretStr | None = Field(
        None,
        description="What programs send as `Authorization: Bearer`, separated by commas: at least 16 characters each."
        " Never printed.",
    )
    open_to_everyone: bool = Field(
        False, description="Whether others may be served without a password or token; `--open-to-everyone` sets it."
    )
    rate: int | None = Field(
        None,
        ge=0,
        description="How many questions one client may ask in a minute; 0 is any number. Default: 120 where others are"
        " served, any number where not.",
    )
    request_seconds: float = Field(
        30, gt=0, allow_inf_nan=False, description="How long a request may take to arrive; files being added aside."
    )
    log: Literal["errors", "requests"] | None = Field(
        None,
        description="What `serve` writes to standard error, a line each: `errors`, or `requests` as well. Default:"
        " requests where others are served, errors where not.",
    )
    log_questions: bool = Field(False, description="Whether `serve` writes the text of questions there too.")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else "settings"
            raise SettingsError(
                f"the setting {name} (SUMBER_{name.upper()}) cannot be used: {first['msg']}. Correct or remove it."
            ) from error

    @field_validator("data")
    @classmethod
    def _lasting(cls, value: Path, info: ValidationInfo) -> Path:
        if "vectorstore" in info.data and value.resolve().is_relative_to(info.data["vectorstore"].resolve()):
            raise ValueError("it must not be in the folder of the index, which may be deleted at any time")
        return value

    @field_validator("password", "tokens")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        least = LEAST_SECRET[info.field_name or ""]
        given = _split(value) if info.field_name == "tokens" else (value.get_secret_value(),) if value else ()
        if any(len(one) < least for one in given):
            raise ValueError(f"it can be guessed, take at least {least} characters")
        return value

    @field_validator("decline")
    @classmethod
    def _probability(cls, value: str | float) -> str | float:
        if isinstance(value, float) and not 0 <= value <= 1:
            raise ValueError("it must be cautious, balanced, eager or a number from 0 to 1")
        return value

    @field_validator("llm_url", "chroma")
    @classmethod
    def _address(cls, value: str | None, info: ValidationInfo) -> str | None:
        example, remedy = _ADDRESSES[info.field_name or ""]
        parts = urlsplit(value or "http://none")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"it must be an address such as {example}")
        if parts.username or parts.password:
            raise ValueError(f"it must hold no password; {remedy}")
        return value

    @field_validator("llm_model")
    @classmethod
    def _together(cls, value: str | None, info: ValidationInfo) -> str | None:
        if "llm_url" in info.data and (value is None) != (info.data["llm_url"] is None):
            raise ValueError("SUMBER_LLM_URL and SUMBER_LLM_MODEL go together, give both or neither")
        return value

    @property
    def llm_host(self) -> str | None:
        """Host and port that questions and passages are sent to, where a language model is configured."""
        return urlsplit(self.llm_url).netloc if self.llm_url else None

    @property
    def chroma_host(self) -> str | None:
        """Host and port of the Chroma server that holds the vectors, where one is configured."""
        return urlsplit(self.chroma).netloc if self.chroma else None

    @property
    def keys(self) -> tuple[str, ...]:
        """Everything that lets somebody in: the password and the tokens. Empty where nothing is asked for."""
        return (*((self.password.get_secret_value(),) if self.password else ()), *_split(self.tokens))

    @property
    def is_loopback(self) -> bool:
        """Whether `serve` listens where programs of this machine alone can reach it."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def serves_others(self) -> bool:
        """Whether people elsewhere may be asking: the address is open to them, or a key says who is expected."""
        return not self.is_loopback or bool(self.keys)

    @property
    def decline_below(self) -> float:
        """Probability of being right below which an answer is withheld."""
        return DECLINE_BELOW[self.decline] if isinstance(self.decline, str) else self.decline

    @property
    def index_settings(self) -> dict[str, str]:
        """How passages and vectors are made. An index records these, so that a mismatch is noticed and can be named."""
        return {
            "embedding_model": self.embedding_model,
            "passage_tokens": str(self.passage_tokens),
        }
