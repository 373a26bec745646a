"""A repository on the Hugging Face hub to a folder of its files: fetched once, whole, and checked to the byte.

The only module that talks to the hub, and it imports the hub's client late. sentence-transformers could do it, but
takes a file that the hub fails to give for one that the model does not have, and goes on without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.types import ModelError

# Our name in the hub's cache for the commit that was fetched whole and checked. A download that broke off has none.
CHECKED = "sumber"
READ = {".json", ".txt", ".model", ".jinja", ".safetensors", ".bin"}  # of a repository: no code
OTHER_RUNTIMES = {"onnx", "openvino"}  # folders with the same weights once more


def address() -> str:
    """The address of the hub, https://huggingface.co unless HF_ENDPOINT says otherwise."""
    from huggingface_hub.constants import ENDPOINT

    return str(ENDPOINT)


def kept(repository: str) -> Path | None:
    """The folder of a repository that was fetched before; None where it was not, or not to the end."""
    cache = _cache(repository)
    try:
        commit = (cache / "refs" / CHECKED).read_text("utf8")
    except (OSError, ValueError):  # a name with a zero byte is a ValueError
        return None
    folder = cache / "snapshots" / commit
    return folder if commit and folder.is_dir() else None


def fetch(repository: str) -> Path:
    """Fetches what is read of a repository (organization/name), and gives its folder in the hub's own cache.

    A token for the hub (HF_TOKEN) goes to the hub and not to the storage that it points to: the client sees to that.
    Pickled weights are fetched only where there are no others; torch reads them with `weights_only`, and runs no code.

    Raises:
        ModelError: with what went wrong and what to do. What is here already is kept for the next try.
    """
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # of whichever library the client uses

    try:
        return _download(repository)
    except (HTTPError, OSError, ValueError, KeyError, TypeError) as error:  # the last three: what answers is no hub
        reason, remedy = _why_not(error, repository)
        raise ModelError(
            f"{repository} is not here and cannot be fetched ({reason}). {remedy}, give a folder that holds it"
        ) from error


def _cache(repository: str) -> Path:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}"


def _download(repository: str) -> Path:
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.constants import HF_HUB_DOWNLOAD_TIMEOUT

    listing = HfApi().model_info(repository, files_metadata=True, timeout=HF_HUB_DOWNLOAD_TIMEOUT)
    commit = str(listing.sha)
    for file in _wanted(listing.siblings or ()):
        path = Path(hf_hub_download(repository, file.rfilename, revision=commit))
        if not _is_as_listed(path, file):
            path.resolve().unlink()
            path.unlink(missing_ok=True)  # the link to it, where the cache is made of links
            raise OSError(f"{file.rfilename} is not the file that the hub lists")
    mark = _cache(repository) / "refs" / CHECKED
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(commit, "utf8")
    return _cache(repository) / "snapshots" / commit


def _wanted(files: Sequence[Any]) -> list[Any]:
    """The files of a repository that are read; pickled weights only where no others lie beside them."""
    safe = {Path(file.rfilename).parent for file in files if file.rfilename.endswith(".safetensors")}
    found = []
    for file in files:
        path = Path(file.rfilename)
        spare = path.suffix == ".bin" and path.parent in safe
        if path.suffix in READ and not spare and not OTHER_RUNTIMES & set(path.parts):
            found.append(file)
    if not found:
        raise ValueError("the repository holds no model")
    return found


def _is_as_listed(path: Path, file: Any) -> bool:
    """Whether a file has the hash that the hub lists: SHA-256 of a large one, git's SHA-1 of a small one."""
    if file.lfs:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == str(file.lfs["sha256"])
    content = path.read_bytes()
    return file.blob_id in (None, _git_hash(content))


def _git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _why_not(error: Exception, repository: str) -> tuple[str, str]:
    """Why a repository could not be fetched, and what to do."""
    from huggingface_hub import errors

    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__  # the client looked for the file here, since the hub did not give it
    if isinstance(error, errors.HFValidationError):
        return "that is no name of a model", "Correct the name"
    if isinstance(error, errors.GatedRepoError):
        return "its owners want their conditions accepted", f"Accept them at {address()}/{repository} and set HF_TOKEN"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"{address()} has no such model, or it is private", "Correct the name, set HF_TOKEN"
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE forbids it", "Unset that once"
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        remedy = "Correct or remove HF_TOKEN" if status in (401, 403) else "Try again later"
        return f"{address()} answers with status {status}", remedy
    said = str(error).strip().splitlines()
    return f"{address()}: {said[0].rstrip('.') if said else type(error).__name__}", "Try again"
