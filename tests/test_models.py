"""Models by name: what is loaded from a folder, what is fetched from a hub, what is refused, and what is said then."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Pooling, StaticEmbedding, Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

from rag.config import DEFAULT_EMBEDDING
from rag.models import TRIAL, EmbeddingModel, cpu_dtype, default_weights, load_embedding_model, load_reranker
from rag.types import ModelError
from tests.conftest import ROOT
from tests.hub_server import Fault, HubServer, alters, cuts, fails, is_a_portal, stalls

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
WORDS = sorted({word for texts in TRIAL.values() for text in texts for word in text.lower().strip(".?").split()})
VOCABULARY = [*SPECIAL, *LETTERS, *(f"##{one}" for one in LETTERS), ".", ",", "?", "'", "-", "##-", "##'", *WORDS]
WIDTH = 64


def tokenizer() -> PreTrainedTokenizerFast:
    """Words of the trial are one piece, others are spelt."""
    made = Tokenizer(models.WordPiece({word: i for i, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = [("[CLS]", 2), ("[SEP]", 3)]
    made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", ends)
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=200, **names)


def configuration(**more: object) -> BertConfig:
    sizes = {"hidden_size": WIDTH, "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 200}
    return BertConfig(vocab_size=len(VOCABULARY), **{"num_hidden_layers": 1, **sizes, **more})


def word_vectors() -> torch.Tensor:
    """Of each word piece; words of the trial point to the sentences that they are in, whatever their language."""
    vectors = torch.rand((len(VOCABULARY), WIDTH), generator=torch.Generator().manual_seed(7)) * 0.1
    for texts in TRIAL.values():
        for number, text in enumerate(texts):
            for word in text.lower().strip(".?").split():
                vectors[VOCABULARY.index(word), number] += 1
    return vectors


def make_embedding_model(folder: Path) -> Path:
    """A sentence-transformers model that embeds translations alike: word vectors, averaged."""
    plain, bert = folder.with_name(folder.name + "-parts"), BertModel(configuration(num_hidden_layers=0))
    with torch.no_grad():
        bert.embeddings.word_embeddings.weight[:] = word_vectors()
        for table in (bert.embeddings.position_embeddings, bert.embeddings.token_type_embeddings):
            table.weight.zero_()
    bert.save_pretrained(plain)
    tokenizer().save_pretrained(plain)
    SentenceTransformer(modules=[Transformer(str(plain)), Pooling(WIDTH)], device="cpu").save(str(folder))
    return folder


def make_reranker(folder: Path, outputs: int = 1) -> Path:
    torch.manual_seed(7)
    settings = configuration(num_labels=outputs, initializer_range=0.5)  # far from nothing, so that scores differ
    BertForSequenceClassification(settings).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of each kind."""
    folder = tmp_path_factory.mktemp("models")
    make_embedding_model(folder / "embedding")
    make_reranker(folder / "reranker")
    return folder


# --- embedding models -------------------------------------------------------------------------------------------------


def test_the_default_model_is_for_english(model: EmbeddingModel) -> None:
    assert model.name == DEFAULT_EMBEDDING
    assert model.english_only


def test_the_trial_finds_the_default_model_to_be_for_english(model: EmbeddingModel) -> None:
    assert load_embedding_model(str(default_weights())).english_only
    assert max(model.translations_found().values()) <= 0.5


def test_the_trial_finds_a_model_that_embeds_translations_alike_to_be_for_many_languages(made: Path) -> None:
    found = load_embedding_model(str(made / "embedding"))
    assert not found.english_only
    assert found.translations_found() == {"id": 1.0, "ko": 1.0}


def test_the_same_sentences_are_tried_in_each_language() -> None:
    assert {len(texts) for texts in TRIAL.values()} == {8}


def test_a_model_from_a_folder_gives_unit_vectors_and_a_vector_for_each_word_piece(made: Path) -> None:
    found = load_embedding_model(str(made / "embedding"))
    texts = ["Where can I buy bread?", "roti", "word " * 300]
    assert found.dimension == WIDTH
    assert np.allclose(np.linalg.norm(found.embed_passages(texts), axis=1), 1, atol=1e-2)
    for text, (spans, vectors) in zip(texts, found.token_vectors(texts), strict=True):
        assert len(spans) == len(vectors) > 0
        assert spans == found.token_spans(text)[: len(spans)]
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2)


def test_word_pieces_are_told_from_what_the_model_adds_whatever_and_wherever_that_is(
    made: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(made / "embedding", tmp_path / "embedding")
    ends_only = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ends_only.post_processor = processors.TemplateProcessing("$A [SEP]", None, [("[SEP]", 3)])
    ends_only.save(str(folder / "tokenizer.json"))
    settings = json.loads((folder / "tokenizer_config.json").read_text("utf8"))
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "padding_side": "left"}), "utf8")
    found = load_embedding_model(str(folder))
    short, long = found.token_vectors(["bread", "where can buy bread"])
    assert short[0] == [(0, 5)]
    assert len(long[0]) == len(long[1]) == 4
    assert np.allclose(short[1][0], long[1][3], atol=1e-2)


def test_a_word_piece_does_not_begin_with_the_space_before_it(made: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(made / "embedding", tmp_path / "embedding")
    spaced = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "▁bread": 4}, "[UNK]"))
    spaced.pre_tokenizer = pre_tokenizers.Metaspace()
    spaced.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    spaced.save(str(folder / "tokenizer.json"))
    found = load_embedding_model(str(folder))
    text = "bread bread"
    assert [text[start:end] for start, end in found.token_spans(text)] == ["bread", "bread"]


def test_a_model_without_vectors_for_word_pieces_is_refused_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    table = StaticEmbedding(tokenizer(), embedding_weights=word_vectors())
    SentenceTransformer(modules=[table], device="cpu").save(str(folder))
    with pytest.raises(ModelError, match=r"word piece.*SUMBER_EMBEDDING_MODEL"):
        load_embedding_model(str(folder))


# --- rerankers --------------------------------------------------------------------------------------------------------


def test_a_reranker_scores_each_text_in_the_order_given(made: Path) -> None:
    found = load_reranker(str(made / "reranker"))
    texts = ["The river flooded the village.", "bread", "words " * 300, ""]
    scores = found.scores("Where can I buy bread?", texts)
    assert len(scores) == 4
    assert all(isinstance(score, float) and np.isfinite(score) for score in scores)
    assert len(set(scores)) == 4
    assert found.scores("Where can I buy bread?", texts[::-1]) == pytest.approx(scores[::-1], abs=1e-2)
    assert found.scores("anything", []) == []


def test_a_reranker_is_what_sentence_transformers_makes_of_it(made: Path) -> None:
    theirs = CrossEncoder(str(made / "reranker"), device="cpu", model_kwargs={"dtype": cpu_dtype()})
    texts = ["bread", "This medicine is bitter.", "The king's letter"]
    expected = theirs.predict([("bread?", text) for text in texts], activation_fn=torch.nn.Identity())
    assert load_reranker(str(made / "reranker")).scores("bread?", texts) == pytest.approx(list(expected))


def test_a_cross_encoder_made_of_parts_is_a_reranker(made: Path, tmp_path: Path) -> None:
    parts = [Transformer(str(made / "embedding")), Pooling(WIDTH), Dense(WIDTH, 1, module_output_name="scores")]
    CrossEncoder(modules=parts, device="cpu").save_pretrained(str(tmp_path / "parts"))
    assert len(load_reranker(str(tmp_path / "parts")).scores("bread?", ["bread", "roti"])) == 2


def test_threads_may_share_a_reranker(made: Path) -> None:
    found = load_reranker(str(made / "reranker"))
    expected = found.scores("bread", ["roti", "bread"])
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: found.scores("bread", ["roti", "bread"]), range(12))) == [expected] * 12


def test_a_model_with_several_outputs_is_no_reranker(tmp_path: Path) -> None:
    folder = make_reranker(tmp_path / "several", outputs=3)
    with pytest.raises(ModelError, match=r"it has 3 outputs, a reranker has one.*SUMBER_RERANKER"):
        load_reranker(str(folder))


def test_an_embedding_model_is_no_reranker(made: Path) -> None:
    for folder in (default_weights(), made / "embedding"):
        with pytest.raises(ModelError, match="it is no cross-encoder"):
            load_reranker(str(folder))


# --- what is refused --------------------------------------------------------------------------------------------------


def with_code(folder: Path, copy: Path) -> Path:
    """A model that names a module of its own, and holds it."""
    shutil.copytree(folder, copy)
    modules = json.loads((copy / "modules.json").read_text("utf8"))
    modules[0]["type"] = "modeling_own.Own"
    (copy / "modules.json").write_text(json.dumps(modules), "utf8")
    ran = copy.parent / "ran"
    (copy / "modeling_own.py").write_text(f"open({str(ran)!r}, 'w').close()\nclass Own: ...\n", "utf8")
    return copy


def test_a_model_that_wants_to_run_code_is_refused_and_its_code_not_run(made: Path, tmp_path: Path) -> None:
    folder = with_code(made / "embedding", tmp_path / "own")
    with pytest.raises(ModelError, match=r"it wants to run code of its own, modeling_own\.Own, which is never done"):
        load_embedding_model(str(folder))
    assert not (tmp_path / "ran").exists()


def test_an_architecture_that_comes_with_code_is_refused(made: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(made / "reranker", tmp_path / "own")
    settings = json.loads((folder / "config.json").read_text("utf8"))
    own = {"AutoConfig": "own.Config", "AutoModelForSequenceClassification": "own.Model"}
    (folder / "config.json").write_text(json.dumps({**settings, "model_type": "own", "auto_map": own}), "utf8")
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n", "utf8")
    with pytest.raises(ModelError, match="it wants to run code of its own"):
        load_reranker(str(folder))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("damage", ["model.safetensors", "modules.json", "tokenizer.json", "config.json"])
def test_a_damaged_folder_is_one_sentence_with_the_remedy(made: Path, tmp_path: Path, damage: str) -> None:
    folder = shutil.copytree(made / "embedding", tmp_path / "embedding")
    (folder / damage).write_bytes((folder / damage).read_bytes()[:40])
    with pytest.raises(ModelError, match=r"^the embedding model .* cannot be used \(.+\)\. Give another") as raised:
        load_embedding_model(str(folder))
    assert len(str(raised.value).splitlines()) == 1


# --- from a hub -------------------------------------------------------------------------------------------------------

# Loads what each line of its input names, in a process of its own: the hub's client reads the environment only once.
LOADER = """
import json, sys
from rag.models import load_embedding_model, load_reranker
from rag.types import ModelError
for line in sys.stdin:
    kind, name = line.split()
    try:
        if kind == "reranker":
            said = load_reranker(name).scores("bread", ["roti", "obat"])
        else:
            said = load_embedding_model(name).translations_found()
    except ModelError as error:
        said = str(error)
    print(json.dumps(said), flush=True)
"""
NAME = "someone/tiny-multilingual"
KEYS = {"OPENAI_API_KEY": "sk-openai", "SUMBER_LLM_KEY": "sk-sumber"}
FOUND = {"id": 1.0, "ko": 1.0}


def environment(home: Path, hub: str, **more: str) -> dict[str, str]:
    """What a process needs to use a hub, quick to give up."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "SUMBER_"))}
    quick = {"HF_HUB_DOWNLOAD_TIMEOUT": "1", "HF_HUB_ETAG_TIMEOUT": "1"}
    return {**own, "HF_HOME": str(home), "HF_ENDPOINT": hub, "PYTHONPATH": str(ROOT), **quick, **KEYS, **more}


class Loader:
    """A process that loads models from a hub into a cache of its own."""

    def __init__(self, home: Path, hub: str, **more: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", LOADER],
            env=environment(home, hub, **more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def load(self, name: str, kind: str = "embedding") -> object:
        """What the model says, or the sentence of the error."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{kind} {name}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._process.communicate()[1]
        return json.loads(line)

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def hub() -> Iterator[HubServer]:
    server = HubServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def loader(hub: HubServer, home: Path) -> Iterator[Loader]:
    running = Loader(home, hub.url, HF_TOKEN="hf_secret")
    yield running
    running.close()


def test_a_model_is_fetched_by_its_name_once(hub: HubServer, loader: Loader, made: Path) -> None:
    hub.repositories[NAME] = made / "embedding"
    hub.asked.clear()
    assert loader.load(NAME) == FOUND
    fetched = {path.rsplit("/", 1)[1] for _, path, _ in hub.asked if path.startswith("GET")}
    assert {"model.safetensors", "modules.json", "tokenizer.json"} <= fetched
    hub.asked.clear()
    assert loader.load(NAME) == FOUND
    assert hub.asked == []


def test_a_reranker_is_fetched_by_its_name(hub: HubServer, loader: Loader, made: Path) -> None:
    hub.repositories["cross-encoder/tiny"] = made / "reranker"
    scores = loader.load("tiny", "reranker")
    assert isinstance(scores, list)
    assert len(scores) == 2


def test_a_token_goes_to_the_hub_alone_and_no_other_key_anywhere(
    hub: HubServer, loader: Loader, made: Path, home: Path
) -> None:
    hub.repositories["someone/private"] = made / "embedding"
    hub.asked.clear()
    assert loader.load("someone/private") == FOUND
    assert {host for host, _, _ in hub.asked} == {hub.url, hub.storage}
    for host, _, headers in hub.asked:
        assert headers.get("authorization") == ("Bearer hf_secret" if host == hub.url else None)
        assert not any(key in value for key in KEYS.values() for value in headers.values())


def test_code_pickles_and_files_for_other_programs_are_not_fetched(
    hub: HubServer, loader: Loader, made: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(made / "embedding", tmp_path / "crowded")
    for name in ("own.py", "pytorch_model.bin", "colbert.pt", "tf_model.h5", "onnx/config.json", "README.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"{}")
    hub.repositories["someone/crowded"] = folder
    hub.asked.clear()
    assert loader.load("someone/crowded") == FOUND
    asked = " ".join(path for _, path, _ in hub.asked)
    assert not [name for name in ("own.py", ".bin", ".pt ", ".h5", "onnx", "README") if name in asked]


def test_weights_as_pickle_are_read_where_there_are_no_others(
    hub: HubServer, loader: Loader, made: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(made / "reranker", tmp_path / "pickled")
    torch.save(BertForSequenceClassification.from_pretrained(folder).state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    hub.repositories["someone/pickled"] = folder
    assert loader.load("someone/pickled", "reranker") == loader.load(str(made / "reranker"), "reranker")


def test_a_pickle_that_would_run_something_is_refused(
    hub: HubServer, loader: Loader, made: Path, tmp_path: Path
) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
            return os.mkdir, (str(tmp_path / "ran"),)

    folder = shutil.copytree(made / "reranker", tmp_path / "bomb")
    torch.save({"classifier.weight": Bomb()}, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    hub.repositories["someone/bomb"] = folder
    said = str(loader.load("someone/bomb", "reranker"))
    assert "the reranker someone/bomb cannot be used (" in said
    assert re.search(r"delete \S+models--someone--bomb\S+ to have it fetched again", said)
    assert not (tmp_path / "ran").exists()


def test_code_on_a_hub_is_neither_fetched_nor_run(hub: HubServer, loader: Loader, made: Path, tmp_path: Path) -> None:
    hub.repositories["someone/own"] = with_code(made / "embedding", tmp_path / "own")
    assert "it wants to run code of its own" in str(loader.load("someone/own"))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("step", "fault", "reason"),
    [
        ("listing", fails(500), "answers with status 500). Try again later"),
        ("listing", fails(401, X_Error_Message="Invalid credentials in Authorization header"), "remove HF_TOKEN"),
        ("listing", is_a_portal, "Try again"),
        ("listing", stalls, "timed out). Try again"),
        ("files", fails(401, X_Error_Code="GatedRepo"), "conditions accepted). Accept them at {hub}/{name} and set"),
        ("files", fails(403), "answers with status 403). Correct or remove HF_TOKEN"),
        ("weights", cuts, "Try again"),
        ("weights", alters, "model.safetensors is not the file that the hub lists). Try again"),
        ("weights", stalls, "timed out). Try again"),
        ("weights", fails(404), "answers with status 404"),
    ],
    ids=["500", "bad-token", "portal", "slow-listing", "gated", "forbidden", "cut", "altered", "slow-weights", "gone"],
)
def test_a_fetch_that_fails_is_one_sentence_and_does_not_harm_the_next(
    hub: HubServer, loader: Loader, made: Path, request: pytest.FixtureRequest, step: str, fault: Fault, reason: str
) -> None:
    name = f"someone/{request.node.callspec.id}"
    hub.repositories[name] = made / "embedding"
    hub.faults[name, step] = fault
    said = loader.load(name)
    assert isinstance(said, str)
    assert said.startswith(f"the embedding model {name} is not here and cannot be fetched (")
    assert reason.format(hub=hub.url, name=name) in said
    assert said.endswith(f"give a folder that holds it, or remove SUMBER_EMBEDDING_MODEL to use {DEFAULT_EMBEDDING}")
    assert len(said.splitlines()) == 1
    assert "hf_secret" not in said
    del hub.faults[name, step]
    assert loader.load(name) == FOUND


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("someone/nobody-made-this", "has no such model, or it is private). Correct the name, set HF_TOKEN"),
        ("no/such/folder", "that is no name of a model). Correct the name"),
        ("한국어-모델", "that is no name of a model). Correct the name"),
    ],
)
def test_a_name_that_is_no_models_is_said_to_be_so(loader: Loader, name: str, reason: str) -> None:
    assert reason in str(loader.load(name))


def test_without_a_hub_what_was_fetched_loads_and_the_rest_is_named(
    hub: HubServer, loader: Loader, home: Path, made: Path
) -> None:
    hub.repositories[NAME] = made / "embedding"
    hub.repositories["someone/half"] = made / "embedding"
    hub.faults["someone/half", "weights"] = fails(503)
    loader.load(NAME)
    loader.load("someone/half")
    alone = Loader(home, "http://127.0.0.1:9")  # nobody listens on the port for discarding
    assert alone.load(NAME) == FOUND
    assert "cannot be fetched (http://127.0.0.1:9: [Errno 111] Connection refused). Try again" in str(
        alone.load("someone/half")
    )
    alone.close()


# Each line of the input is a command with its model; the interpreter and what it imports start only once.
COMMANDS = """
import contextlib, io, json, os, sys
from rag.cli import main
for line in sys.stdin:
    model, *sys.argv[1:] = json.loads(line)
    os.environ["SUMBER_EMBEDDING_MODEL"] = model
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            code = main()
        except SystemExit as end:
            code = end.code
    print(json.dumps([code, out.getvalue(), err.getvalue()]))
"""


def test_an_index_made_with_a_fetched_model_answers_with_it_and_refuses_another(
    hub: HubServer, made: Path, corpus: Path, tmp_path: Path
) -> None:
    hub.repositories[NAME] = made / "embedding"
    question = "Who built the lighthouse at Skarra?"
    commands = [[NAME, "sync", str(corpus)], [NAME, "ask", question], [DEFAULT_EMBEDDING, "ask", question]]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COMMANDS],
        cwd=tmp_path,
        env=environment(tmp_path / "home", hub.url),
        input="".join(json.dumps(command) + "\n" for command in commands),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    synced, asked, refused = map(json.loads, done.stdout.splitlines())
    assert "3 added, 0 updated, 0 removed, 0 unchanged, 0 failed" in synced[1]
    assert asked[0] == 0
    assert refused[0] == 2
    assert (
        f"with embedding_model {NAME}; settings now say {DEFAULT_EMBEDDING}. Run: sumber sync --rebuild" in (refused[2])
    )
