"""The Documents page in a real browser: finding, reading, adding, removing and putting back, by mouse and keyboard."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from rag.ui.library import MAX_LISTED
from tests.ui.conftest import Visit, site_of
from tests.ui.fake import FakeAssistant, FolderAssistant, document

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
Visitor = Callable[..., Visit]

HOSTILE = "<img src=x onerror=alert(1)> ${alert(2)}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder of documents, and the address of the site that shows it."""
    home = tmp_path_factory.mktemp("served")
    (home / "corpus").mkdir()
    with site_of(FolderAssistant(home / "corpus"), data=home / "data", max_file_mb=0.01) as address:
        yield home / "corpus", address


@pytest.fixture
def folder(served: tuple[Path, str]) -> Path:
    """The folder with two documents and nothing else."""
    corpus, _ = served
    for old in (*corpus.iterdir(), corpus.parent / "data"):
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    (corpus / "ferry.txt").write_text("The ferry leaves at seven.", "utf-8")
    (corpus / "tide.txt").write_text("The tide turns at noon.", "utf-8")
    return corpus


@pytest.fixture
def page(folder: Path, served: tuple[Path, str], visit: Visitor) -> Page:
    opened = visit(served[1], "documents").page
    for name in ("ferry.txt", "tide.txt"):
        expect(opened.get_by_role("button", name=name, exact=True)).to_be_visible()
    expect(rows(opened)).to_have_count(2)
    return opened


def rows(page: Page) -> Locator:
    return page.locator(".documents li")


def choose(page: Page, *files: Path) -> None:
    page.get_by_label("Files to add").set_input_files(files)


def written(folder: Path, **texts: str) -> list[Path]:
    paths = []
    for name, text in texts.items():
        paths.append(folder / f"{name}.txt")
        paths[-1].write_text(text, "utf-8")
    return paths


def test_the_list_opens_documents_and_names_failures(site: str, visit: Visitor) -> None:
    page = visit(site, "documents").page
    expect(rows(page).first).to_contain_text("Could not be read. It holds images of pages and no text.")
    lit = rows(page).filter(has_text="The lighthouse at Cape Sumur")
    for fact in ("lighthouse.md", "Harbour Office", "2019-05", "5 passages", "✓ indexed"):
        expect(lit).to_contain_text(fact)
    page.get_by_role("button", name="인천 등대", exact=True).click()
    expect(page.locator(".leaves")).to_have_attribute("lang", "ko")
    expect(page.locator(".leaf")).to_contain_text("등대는 1903년에")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="인천 등대", exact=True)).to_be_focused()
    expect(page.locator("#unopened")).to_be_visible()


def test_the_list_is_searched_as_one_types_and_says_what_it_leaves_out(
    open_site: Callable[..., str], visit: Visitor
) -> None:
    many = [document(f"notes/{n:04}.txt", f"Note {n}.", f"Note of day {n}") for n in range(5_000)]
    page = visit(open_site(FakeAssistant(many)), "documents").page
    expect(rows(page)).to_have_count(MAX_LISTED)
    expect(page.locator(".rest")).to_have_text("and 4,800 more; search to see them")
    page.locator(".masthead a").first.focus()
    page.keyboard.press("/")
    page.keyboard.type("DAY 0421")
    expect(rows(page)).to_have_count(1)
    expect(page.locator(".tally")).to_contain_text("1 found")
    page.keyboard.type("x")
    expect(page.locator(".rest")).to_have_text("No title, file name, publisher or date has these words.")


def test_added_files_are_stored_and_each_that_is_not_has_its_reason(page: Page, folder: Path, tmp_path: Path) -> None:
    good, same, namesake = written(tmp_path, moon="The moon is full.", again="The tide turns at noon.", tide="Other.")
    long, empty = written(tmp_path, long="x" * 10_001, empty="")
    picture = tmp_path / "photo.raw"
    picture.write_bytes(b"x")
    choose(page, good, same, namesake, long, empty, picture)
    expect(page.locator(".coming .sum")).to_have_text("2 files added, 1 already there, 3 not taken.")
    told = page.locator(".coming li")
    expect(told).to_have_count(5)
    for words in (
        "= again.txt: the same content is already there as tide.txt",
        "✓ tide.txt is stored as tide (2).txt",
        "✕ long.txt: it is larger than 0.01 MB",
        "✕ empty.txt: it is empty",
        "✕ photo.raw: files of the kind .raw are not read",
    ):
        expect(told.filter(has_text=words)).to_have_count(1)
    expect(rows(page)).to_have_count(4)
    assert (folder / "tide.txt").read_text("utf-8") == "The tide turns at noon."
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".coming")).to_be_hidden()


def test_a_folder_is_added_with_its_folders_and_without_what_is_hidden(
    page: Page, folder: Path, tmp_path: Path
) -> None:
    below = tmp_path / "minutes" / "2020"
    below.mkdir(parents=True)
    written(below, may="In May.", june="In June.")
    written(tmp_path / "minutes", **{".secret": "hidden"})
    page.get_by_label("Folder to add").set_input_files(tmp_path / "minutes")
    expect(rows(page)).to_have_count(4)
    assert (folder / "minutes" / "2020" / "may.txt").exists()
    assert not list(folder.rglob("*secret*"))


def test_dropped_files_are_added(page: Page, folder: Path) -> None:
    page.evaluate("""() => {
        const carried = new DataTransfer();
        carried.items.add(new File(["Dropped."], "dropped.txt"));
        for (const name of ["dragover", "drop"]) {
            const how = { dataTransfer: carried, bubbles: true, cancelable: true };
            document.body.dispatchEvent(new DragEvent(name, how));
        }
    }""")
    expect(rows(page).filter(has_text="dropped.txt")).to_have_count(1)
    assert (folder / "dropped.txt").read_text("utf-8") == "Dropped."


def test_a_file_is_removed_after_asking_and_put_back_by_keyboard_alone(page: Page, folder: Path) -> None:
    remove = page.get_by_role("button", name="Remove ferry.txt")
    remove.press("Enter")
    expect(page.locator("dialog")).to_contain_text("ferry.txt")
    page.keyboard.press("Escape")
    expect(remove).to_be_focused()
    assert (folder / "ferry.txt").exists()

    remove.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    assert not (folder / "ferry.txt").exists()
    expect(page.locator(".done")).to_contain_text("Removed ferry.txt.")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(2)
    expect(page.locator(".done")).to_contain_text("Ferry.txt is back.")


def test_what_was_removed_earlier_can_be_put_back_unless_something_is_there(page: Page, folder: Path) -> None:
    page.get_by_role("button", name="Remove ferry.txt").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(rows(page)).to_have_count(1)
    page.reload()
    page.get_by_text("Removed: 1 file").click()
    (folder / "ferry.txt").write_text("Another ferry.", "utf-8")
    page.get_by_role("button", name="Put back ferry.txt").click()
    expect(page.locator(".done")).to_contain_text("There is another ferry.txt now.")
    expect(rows(page)).to_have_count(2)
    assert (folder / "ferry.txt").read_text("utf-8") == "Another ferry."


def test_a_folder_that_changes_is_read_by_itself_and_open_pages_say_so(page: Page, folder: Path) -> None:
    (folder / "new.txt").write_text("It was put there.", "utf-8")
    (folder / "damaged.txt").write_bytes(b"\xff\xfe\xfa")
    expect(rows(page).filter(has_text="new.txt")).to_have_count(1)
    expect(page.locator(".status")).to_have_text("Read again: 1 added, 1 could not be read.")
    expect(rows(page).first).to_contain_text("It is not in UTF-8. Save it again")
    (folder / "tide.txt").unlink()
    expect(rows(page).filter(has_text="tide.txt")).to_have_count(0)
    page.get_by_role("button", name="Sync now").click()
    expect(page.locator(".status")).to_contain_text("nothing has changed")


def test_the_keyboard_and_the_search_stay_where_they_are_when_the_list_changes(page: Page, folder: Path) -> None:
    page.get_by_label("Search the list").fill("txt")
    tide = page.get_by_role("button", name="tide.txt", exact=True)
    tide.focus()
    (folder / "early.txt").write_text("Before all others.", "utf-8")
    expect(rows(page)).to_have_count(3)
    expect(tide).to_be_focused()
    expect(page.get_by_label("Search the list")).to_have_value("txt")


def test_what_was_set_aside_can_be_unfolded_in_the_reader(page: Page) -> None:
    page.get_by_role("button", name="tide.txt", exact=True).click()
    page.get_by_text("Set aside as no part of the text: 2 lines").click()
    expect(page.locator(".set-aside .leaf")).to_have_text("Menu\nImprint")


def test_a_hostile_name_stays_text_wherever_it_is_shown(page: Page, folder: Path, tmp_path: Path) -> None:
    evil = tmp_path / f"{HOSTILE}.txt"
    evil.write_text("Treasure.", "utf-8")
    choose(page, evil)
    stored = "_img src=x onerror=alert(1)_ ${alert(2)}.txt"
    expect(page.locator(".coming li").first).to_contain_text(f"{HOSTILE}.txt is stored as {stored}")
    (folder / f"{HOSTILE}.txt").write_text("Put there by hand.", "utf-8")
    shown = rows(page).filter(has_text=HOSTILE)
    shown.get_by_role("button", name="Remove").click()
    expect(page.locator("dialog .path")).to_have_text(f"{HOSTILE}.txt")
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(".done")).to_contain_text(f"Removed {HOSTILE}.txt.")
    expect(page.locator(".removed")).to_contain_text(HOSTILE)
    expect(page.locator("img")).to_have_count(0)


def test_where_the_owner_does_not_want_uploads_there_are_none(
    folder: Path, open_site: Callable[..., str], visit: Visitor
) -> None:
    page = visit(open_site(FolderAssistant(folder), uploads=False), "documents").page
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Sync now")).to_be_visible()
    for name in ("Add files", "Add a folder", "Remove ferry.txt"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_a_narrow_screen_shows_the_list_or_the_reader(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("button", name="tide.txt", exact=True).click()
    expect(page.locator(".leaf").last).to_be_in_viewport()
    expect(rows(page).first).to_be_hidden()
    page.get_by_role("button", name="← Back").click()
    expect(rows(page).first).to_be_visible()
    expect(page.get_by_role("button", name="tide.txt", exact=True)).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_page_says_that_sumber_was_stopped(folder: Path, visit: Visitor) -> None:
    with site_of(FolderAssistant(folder)) as address:
        seen = visit(address, "documents")
        expect(rows(seen.page)).to_have_count(2)
    expect(seen.page.locator(".notice")).to_contain_text("Sumber does not answer.")
    seen.page.get_by_role("button", name="Sync now").click()
    expect(seen.page.locator(".done")).to_contain_text("Sumber does not answer.")
    seen.page.close()
    seen.faults = [fault for fault in seen.faults if "ERR_CONNECTION_REFUSED" not in fault]
