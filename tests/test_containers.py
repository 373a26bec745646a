"""The container files: what they name exists, versions are those tested, and nothing is open that need not be."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
import yaml
from pathspec import GitIgnoreSpec

from rag.config import Config
from tests.conftest import ROOT

DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text("utf8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf8"))
STEPS = [line.split(maxsplit=1) for line in DOCKERFILE.splitlines() if re.match(r"[A-Z]+ ", line)]
FINAL = STEPS[max(number for number, (step, _) in enumerate(STEPS) if step == "FROM") :]  # the stage that is shipped
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
TESTED = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text("utf8").splitlines() if not line.startswith("#")
)

# The parts of the Compose specification that are used here.
SERVICE = {
    *("build", "image", "restart", "init", "environment", "ports", "volumes", "networks", "depends_on", "profiles"),
    *("command", "healthcheck", "read_only", "tmpfs", "cap_drop", "security_opt", "pids_limit", "mem_limit"),
}


def of(step: str, steps: list[list[str]] = STEPS) -> list[str]:
    return [words for name, words in steps if name == step]


def settings(text: str) -> set[str]:
    return {name.lower() for name in re.findall(r"SUMBER_([A-Z_]+)", text)}


@pytest.mark.parametrize("path", ["Dockerfile", "compose.yaml"])
def test_every_setting_that_is_named_exists(path: str) -> None:
    named = settings((ROOT / path).read_text("utf8"))
    assert named
    assert named <= Config.model_fields.keys()


def test_the_image_is_of_one_pinned_version_of_python_that_the_project_takes() -> None:
    images = {words.split()[0] for words in of("FROM")}
    assert len(images) == 1
    version = re.fullmatch(r"python:(\d+)\.(\d+)\.\d+-slim-\w+", images.pop())
    least = re.fullmatch(r">=(\d+)\.(\d+)", PROJECT["requires-python"])
    assert version
    assert least
    assert [*map(int, version.groups())] >= [*map(int, least.groups())]


def test_what_is_copied_into_the_image_exists_and_nothing_else_is_sent_to_the_builder() -> None:
    ignored = GitIgnoreSpec.from_lines((ROOT / ".dockerignore").read_text("utf8").splitlines())
    for words in of("COPY"):
        *sources, _ = words.split()
        for source in sources if not words.startswith("--from") else ():
            assert (ROOT / source).exists()
            assert not ignored.match_file(source)
    sent = ("rag/types.py", "rag/weights/reader.safetensors", "rag/ui/style.css")
    assert not any(ignored.match_file(path) for path in sent)
    kept = (
        ".env",
        ".git/config",
        "corpus/a.md",
        "vectorstore/ledger.sqlite",
        "tests/conftest.py",
        "rag/__pycache__/a.pyc",
    )
    assert all(ignored.match_file(path) for path in kept)


def test_packages_are_those_that_are_tested_and_leave_no_cache() -> None:
    installs = [part for words in of("RUN") for part in words.split("&&") if "pip install" in part]
    assert installs
    for one in installs:
        assert "--no-cache-dir" in one
        assert "--constraint constraints.txt" in one or "--no-deps" in one


def test_the_image_runs_as_a_user_without_rights_in_folders_that_it_has() -> None:
    (user,) = of("USER", FINAL)
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert f"--uid {user.split(':')[0]}" in " ".join(of("RUN", FINAL))
    (environment,) = of("ENV", FINAL)
    for folder in json.loads(of("VOLUME", FINAL)[0]):
        assert folder in of("RUN", FINAL)[0]
        assert f"={folder}" in environment
    assert of("WORKDIR", FINAL)[0].startswith("/")


def test_commands_need_no_shell_and_health_needs_no_other_program() -> None:
    assert json.loads(of("ENTRYPOINT")[0]) + json.loads(of("CMD", FINAL)[0]) == ["sumber", "serve"]
    (health,) = of("HEALTHCHECK")
    program, flag, code = json.loads(health[health.index("[") :])
    assert (program, flag) == ("python", "-c")
    compile(code, "health", "exec")
    assert "/healthz" in code


# --- compose ---------------------------------------------------------------------------------------------------------


def test_compose_names_nothing_that_it_does_not_define() -> None:
    assert COMPOSE.keys() == {"name", "services", "networks", "volumes"}
    for service in COMPOSE["services"].values():
        assert service.keys() <= SERVICE
        assert set(service["networks"]) <= COMPOSE["networks"].keys()
        named = {volume.split(":")[0] for volume in service["volumes"] if not volume.startswith("$")}
        assert named <= COMPOSE["volumes"].keys()
        assert set(service.get("depends_on", {})) <= COMPOSE["services"].keys()


def test_both_services_are_shut_off_from_the_machine() -> None:
    for service in COMPOSE["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["tmpfs"] == ["/tmp"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_sumber_does_not_start_without_a_password_and_mounts_what_the_image_has() -> None:
    sumber = COMPOSE["services"]["sumber"]
    assert sumber["environment"]["SUMBER_PASSWORD"].startswith("${SUMBER_PASSWORD:?")
    mounted = {re.sub(r"^\$\{.*\}|:ro$", "", volume).split(":")[1] for volume in sumber["volumes"]}
    assert mounted == set(json.loads(of("VOLUME", FINAL)[0]))
    assert sumber["image"] == f"sumber:{PROJECT['version']}"
    assert sumber["ports"][0].endswith(f":{of('EXPOSE')[0]}")


def test_chroma_is_of_the_tested_version_and_reached_by_sumber_alone() -> None:
    chroma = COMPOSE["services"]["chroma"]
    assert chroma["image"] == f"chromadb/chroma:{TESTED['chromadb']}"
    assert chroma["profiles"] == ["chroma"]
    assert "ports" not in chroma
    assert [COMPOSE["networks"][name] for name in chroma["networks"]] == [{"internal": True}]
    assert set(chroma["networks"]) < set(COMPOSE["services"]["sumber"]["networks"])
