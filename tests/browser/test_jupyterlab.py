"""JupyterLab as readers and instructors get it. One file, so that one worker starts it once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.jupyterlab import (
    NOTEBOOKS,
    JupyterLab,
    ask,
    cell_with,
    open_notebook,
    run_all,
    wait_for,
    write_and_run,
)
from tests.browser.watching import Watch

# JupyterLab waits for the kernel that it asks for, and shows the notebook meanwhile.
WITHOUT_KERNEL = """
const ask = window.fetch;
window.fetch = (request, options) =>
  request.method === 'POST' && request.url.includes('/api/sessions')
    ? new Promise(() => {})
    : ask(request, options);
"""

EXERCISE = """\
from course_checks import check_softmax


def softmax(logits):
    return logits.exp() / logits.exp().{sums}


check_softmax(softmax)
"""


def assert_all_ran_well(cells: list[dict[str, Any]]) -> None:
    """Every code cell ran, nothing went to stderr, and only the announced cells raised."""
    assert [cell["index"] for cell in cells if cell["count"] is None] == []
    for cell in cells:
        kinds = {output["output_type"] for output in cell["outputs"]}
        streams = {output.get("name") for output in cell["outputs"]}
        assert ("error" in kinds) == ("raises-exception" in cell["tags"]), f"cell {cell['index']}"
        assert "stderr" not in streams, f"cell {cell['index']}: {cell['outputs']}"


def test_the_welcome_leads_into_notebook_00(lab: JupyterLab, page: Page) -> None:
    assert f"http://127.0.0.1:{lab.port}/lab/tree/welcome.md?token=" in lab.log()
    page.goto(lab.address(""))
    table = page.locator(".jp-RenderedMarkdown table")
    table.wait_for()
    expect(table.locator("tbody tr")).to_have_count(len(NOTEBOOKS))
    expect(page.locator(".jp-MarkdownViewer")).to_contain_text("Begin here")
    # Nothing lies over it: no question about news, no choice of a kernel.
    expect(page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)
    page.locator(".jp-RenderedMarkdown strong a").first.click()
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    wait_for(page, "kernelIsIdle")
    assert_all_ran_well(run_all(page))
    expect(page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)


def test_notebook_05_runs_and_its_exercise_answers(lab: JupyterLab, page: Page) -> None:
    open_notebook(page, lab, "05_softmax_from_scratch.ipynb")
    assert_all_ran_well(run_all(page))
    cell = cell_with(page, "check_softmax(softmax)")
    verdict = cell.locator(".jp-OutputArea-output")
    expect(verdict).to_contain_text("not attempted yet")
    write_and_run(page, cell, EXERCISE.format(sums="sum()"))
    expect(verdict).to_contain_text("not yet")
    write_and_run(page, cell, EXERCISE.format(sums="sum(1, keepdim=True)"))
    expect(verdict).to_contain_text("correct")
    slider_changes_the_picture(cell_with(page, "explore_"))


def slider_changes_the_picture(cell: Locator) -> None:
    """Move the first slider of an explorer with an arrow key: its picture is another one then."""
    slider = cell.locator(".widget-slider [role='slider']").first
    picture = cell.locator(".jupyter-widgets img").first
    picture.wait_for()
    before = picture.get_attribute("src")
    slider.press("ArrowRight")
    expect(picture).not_to_have_attribute("src", str(before))


def test_notebook_08_runs(lab: JupyterLab, page: Page) -> None:
    open_notebook(page, lab, "08_where_gpu_memory_goes.ipynb")
    assert_all_ran_well(run_all(page))


# --- slides -------------------------------------------------------------------------------------


def on_slide(page: Page) -> Locator:
    """The cells that the audience sees."""
    return page.locator(".jp-Deck .jp-deck-mod-visible")


def press_until(page: Page, key: str, reached: Callable[[], bool]) -> None:
    """Press the key until the audience sees what is asked for; fails where it never comes."""
    for _ in range(200):
        page.keyboard.press(key)
        page.wait_for_timeout(50)
        if reached():
            return
    pytest.fail(f"{key} never led there")


def test_a_talk_begins_on_its_first_slide_and_is_live(
    talk: JupyterLab, page: Page, pictures: Path | None
) -> None:
    page.goto(talk.address(""))
    expect(on_slide(page).first).to_contain_text("05 · Softmax")
    expect(page.locator("#jp-top-panel")).to_be_hidden()
    wait_for(page, "kernelIsIdle")
    # Space by Space to the first code that the audience sees; nothing has an output yet.
    code = page.locator(".jp-Deck .jp-CodeCell.jp-deck-mod-visible")
    expect(code).to_have_count(0)
    press_until(page, "Space", lambda: code.count() > 0)
    press_until(page, "Shift+Space", lambda: code.count() == 0)
    press_until(page, "Space", lambda: code.count() > 0)
    expect(code.first).to_be_in_viewport()
    expect(page.locator(".jp-OutputArea-output")).to_have_count(0)
    explorer = cell_with(page, "explore_")
    expect(explorer).to_have_class(re.compile("jp-deck-mod-visible"))
    page.keyboard.press("ControlOrMeta+Enter")
    slider_changes_the_picture(explorer)
    if pictures is not None:
        page.screenshot(path=pictures / "presenting.png")
    # Once out of the cell, once out of the slides; the button in the toolbar leads back.
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#jp-top-panel")).to_be_visible()
    page.locator(".jp-NotebookPanel-toolbar [data-jp-item-name='deck']").click()
    expect(page.locator("#jp-top-panel")).to_be_hidden()


@pytest.fixture(scope="module")
def slides(talk: JupyterLab, context: BrowserContext) -> Iterator[tuple[Page, Watch]]:
    """One page for the slides of all notebooks: opening JupyterLab for each takes a minute."""
    page, watch = context.new_page(), Watch()
    watch.over(page)
    # The stored outputs are looked at; a kernel for each would take a minute more.
    page.add_init_script(WITHOUT_KERNEL)
    open_notebook(page, talk, f"stored/{NOTEBOOKS[0].name}")
    on_slide(page).first.wait_for()
    yield page, watch
    page.close()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_slide_fits_the_projector(slides: tuple[Page, Watch], path: Path) -> None:
    page, watch = slides
    watch.errors.clear()
    ask(page, "open", f"stored/{path.name}")
    wait_for(page, "isOnSlides", path.name)
    walked = ask(page, "walkSlides")
    assert walked["missing"] == []
    wrong = [slide for slide in walked["slides"] if slide["problems"]]
    assert wrong == []
    assert watch.errors == []
