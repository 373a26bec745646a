"""The frame of the pages in a real browser: the way between them, and what each has of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from rag.ui.frame import PAGES, TAGLINE
from tests.ui.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def test_every_page_is_reached_by_its_link_which_says_where_one_is(page: Visit) -> None:
    for name, path in (*PAGES[1:], PAGES[0]):
        page.page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
        expect(page.page.locator(".masthead [aria-current=page]")).to_have_text(name)
        expect(page.page).to_have_title("Sumber" if name == "Ask" else f"{name} · Sumber")
        expect(page.page.locator(".status")).to_have_text(TAGLINE)
        assert page.page.url == f"{page.address}{path}"
        expect(page.page.get_by_role("navigation", name="Pages")).to_have_count(1)
        expect(page.page.locator(".nav-holder:visible")).to_have_count(0)  # of Gradio


@pytest.mark.parametrize("path", [path for _, path in PAGES])
def test_every_page_fits_a_telephone(site: str, visit: Callable[..., Visit], path: str) -> None:
    page = visit(site, path, viewport={"width": 360, "height": 740}).page
    expect(page.locator(".masthead nav a").last).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
