"""The description at /openapi.json is true: requests made of it, right and wrong, are answered as it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.doors.conftest import site_of
from tests.ui.fake import FakeAssistant

schemathesis = pytest.importorskip("schemathesis")

EXAMPLES = 10  # requests of each route


@pytest.fixture(scope="module")
def described(documents: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with site_of(FakeAssistant(documents), data=tmp_path_factory.mktemp("described"), uploads=False) as address:
        yield schemathesis.openapi.from_url(f"{address}/openapi.json")


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_every_route_answers_as_it_is_described(described: Any, mode: str) -> None:
    from hypothesis import HealthCheck, Phase, given, settings

    ways = settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    routes = [found.ok() for found in described.exclude(path="/api/evaluate").get_all_operations()]
    if mode == "negative":  # in an address all is text, and one of something a list of it
        routes = [route for route in routes if len(route.body)]
    assert len(routes) >= 4
    for route in routes:
        strategy = route.as_strategy(generation_mode=schemathesis.GenerationMode(mode))

        @ways
        @given(case=strategy)
        def answered_as_described(case: Any) -> None:
            case.call_and_validate()

        answered_as_described()
