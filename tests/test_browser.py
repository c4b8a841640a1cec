"""Pages in a real browser: Debian's chromium, driven by playwright. CONVCALC_BROWSER=1 makes their absence a failure."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.pages import COMMANDS, many_layers

REQUIRED = bool(os.environ.get("CONVCALC_BROWSER"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTHS, SCHEMES = (1280, 390), ("light", "dark")
MAP = "[data-picture=map]"
try:
    from playwright.sync_api import Page, sync_playwright
except ImportError:
    if REQUIRED:
        raise
    pytest.skip("playwright is not installed: pip install 'convcalc[browser]'", allow_module_level=True)
if CHROMIUM is None:
    if REQUIRED:
        raise RuntimeError("there is no chromium: apt-get install chromium")
    pytest.skip("there is no chromium", allow_module_level=True)

Opened = Callable[..., Any]


@pytest.fixture(name="browser", scope="module")
def _browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each command, in files."""
    import contextlib
    import io

    from convcalc.cli import main

    folder = tmp_path_factory.mktemp("pages")
    found = {name: folder / f"{name}.html" for name in COMMANDS}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for name, command in COMMANDS.items():
            main([*command, "--output", str(found[name])])
    return found


@contextmanager
def opened(browser: Any, file: Path, width: int = 1280, scheme: str = "light", **options: Any) -> Iterator[Page]:
    """A page in a browser; it must say nothing on the console, and ask for nothing but itself."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    yield page
    assert said == []
    assert asked == [file.as_uri()]
    context.close()


def overflow(page: Page) -> int:
    """Pixels by which a page is wider than its window."""
    found: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return found


def visible_rows(page: Page, table: str) -> int:
    return page.locator(f"{table} tbody tr:visible").count()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_opens_everywhere(browser: Any, files: dict[str, Path], name: str) -> None:
    """On a desk and a phone, light and dark, without a message, a request or a scroll bar at its foot; pictures are as wide as it."""
    for width in WIDTHS:
        for scheme in SCHEMES:
            with opened(browser, files[name], width, scheme) as page:
                assert overflow(page) <= 0
                for box in page.locator("figure > svg:visible").all():
                    found = box.bounding_box()
                    assert found is not None
                    assert found["x"] >= 0
                    assert found["x"] + found["width"] <= width


@pytest.mark.parametrize("name", COMMANDS)
def test_no_barrier(browser: Any, files: dict[str, Path], name: str) -> None:
    """axe finds no violation, by its own rules and those of WCAG 2.2, on a desk in light and on a phone in the dark."""
    from axe_playwright_python.sync_playwright import Axe

    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    for width, scheme in zip(WIDTHS, SCHEMES, strict=True):
        with opened(browser, files[name], width, scheme, bypass_csp=True) as page:
            found = Axe().run(page, options=rules)
            assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", ["summary", "compare", "sweep", "memory", "roofline", "check"])
def test_without_a_script_all_is_there(browser: Any, files: dict[str, Path], name: str) -> None:
    """Pictures, numbers and the choice of a metric need none."""
    with opened(browser, files[name], java_script_enabled=False) as page:
        figures = page.locator("figure > svg")
        assert figures.count() > 0
        assert page.locator("table").count() > 0
        choices = page.locator(".choice label")
        if choices.count():
            before = page.locator(f"{MAP}:visible").first.get_attribute("aria-label")
            choices.nth(1).click()
            after = page.locator(f"{MAP}:visible").first.get_attribute("aria-label")
            assert before != after


def test_no_label_is_cut(browser: Any, files: dict[str, Path]) -> None:
    """A name in a map is whole or is not there, with a script and without, whatever the width."""
    measure = """() => [...document.querySelectorAll('[data-picture=map] svg')].filter((part) => {
        const text = part.querySelector('text');
        if (!text || getComputedStyle(text).display === 'none' || !part.getBoundingClientRect().width) return false;
        const [box, outer] = [text.getBoundingClientRect(), part.getBoundingClientRect()];
        return box.width && (box.left < outer.left - 1 || box.right > outer.right + 1 || box.bottom > outer.bottom + 1);
    }).map((part) => part.querySelector('title').textContent)"""
    for width in (1280, 1024, 800, 600, 390):
        with opened(browser, files["summary"], width) as page:
            page.wait_for_timeout(50)
            assert page.evaluate(measure) == []


def test_a_map_is_enlarged(browser: Any, files: dict[str, Path]) -> None:
    """A click makes a part as wide as the map; a second one below it too; Escape leads back, as often as one likes."""
    with opened(browser, files["summary"]) as page:
        picture = page.locator(f"{MAP}:visible")
        wide = picture.bounding_box()["width"]  # type: ignore[index]

        def width_of(title: str) -> float:
            """The width of a part; its outline may stand a little beyond it."""
            titled = page.locator("title", has_text=re.compile(f"^{title} "))
            box = page.locator(f"{MAP}:visible g > svg").filter(has=titled).bounding_box()
            return box["width"] if box else 0.0

        before = width_of("layer3")
        assert before == pytest.approx(0.358 * wide, rel=0.01)
        for _ in range(2):
            picture.get_by_role("treeitem", name=re.compile("^layer3 ")).click()
            assert width_of("layer3") == pytest.approx(wide, abs=4)
            assert width_of("layer4") == 0
            picture.get_by_role("treeitem", name=re.compile(r"^layer3\.0 ")).click()
            assert width_of(r"layer3\.0") == pytest.approx(wide, abs=4)
            page.keyboard.press("Escape")
            assert width_of("layer3") == pytest.approx(before, abs=4)


def test_a_map_by_keyboard(browser: Any, files: dict[str, Path]) -> None:
    """One part is in the order of tabs; arrows lead to its neighbours, its parts and its whole, and say where they are."""
    with opened(browser, files["summary"]) as page:
        picture = page.locator(f"{MAP}:visible")
        assert picture.locator("[tabindex='0']").count() == 1
        picture.locator("[tabindex='0']").focus()
        focused = lambda: page.evaluate("document.activeElement.getAttribute('aria-label')")  # noqa: E731
        assert focused().startswith("stem · conv 7×7 · 118,013,952 MACs")
        for key, path in (
            ("ArrowRight", "layer1 "),
            ("ArrowRight", "layer2 "),
            ("ArrowDown", "layer2.0 "),
            ("ArrowDown", "layer2.0.conv1 "),
            ("ArrowUp", "layer2.0 "),
            ("ArrowUp", "layer2 "),
            ("ArrowLeft", "layer1 "),
            ("Home", "stem "),
        ):
            page.keyboard.press(key)
            assert focused().startswith(path), key
        page.keyboard.press("End")
        page.keyboard.press("Home")
        assert page.locator(".now").first.text_content().startswith("stem")  # type: ignore[union-attr]
        page.keyboard.press("Enter")
        assert picture.locator("g > svg:visible").count() == 1


def test_everything_is_reached_by_tab(browser: Any, files: dict[str, Path]) -> None:
    """Links, buttons, fields, the map, the timeline and every table that scrolls."""
    with opened(browser, files["summary"]) as page:
        found = set()
        kind = "(one) => one.dataset.picture || one.getAttribute('role') || one.type || one.tagName"
        for _ in range(120):
            page.keyboard.press("Tab")
            found.add(page.locator(":focus").evaluate(kind) if page.locator(":focus").count() else "")
        assert {"A", "radio", "treeitem", "memory", "search", "checkbox", "button", "group", "SUMMARY"} <= found


def test_the_timeline_is_walked_through(browser: Any, files: dict[str, Path]) -> None:
    """Arrow keys name each layer and its bytes, as the table has them."""
    with opened(browser, files["summary"]) as page:
        picture = page.locator("[data-picture=memory]")
        picture.focus()
        page.keyboard.press("ArrowRight")
        now = page.locator("[data-picture=memory] + .now")
        assert now.text_content() == "1 of 94: stem · 3,813,376 B"
        page.keyboard.press("End")
        assert now.text_content().startswith("94 of 94: fc · ")  # type: ignore[union-attr]


def test_a_table_is_sorted(browser: Any, files: dict[str, Path]) -> None:
    """The largest first, then the smallest; by numbers, not by their letters."""
    with opened(browser, files["summary"]) as page:
        head = page.locator("table.layers thead th", has_text=re.compile("^MACs"))
        column = head.evaluate("(one) => one.cellIndex")

        def figures() -> list[int]:
            cells = page.locator(f"table.layers tbody tr > :nth-child({column + 1})").all_text_contents()
            return [int(cell.replace(",", "")) for cell in cells]

        before = figures()
        head.get_by_role("button").click()
        assert figures() == sorted(before, reverse=True)
        assert head.get_attribute("aria-sort") == "descending"
        head.get_by_role("button").focus()
        page.keyboard.press("Enter")
        assert figures() == sorted(before)


def test_a_table_is_filtered(browser: Any, files: dict[str, Path]) -> None:
    """By words, all of which must be in a row; and to the layers that multiply."""
    with opened(browser, files["summary"]) as page:
        tools = page.locator(".tools").filter(has=page.get_by_role("checkbox"))
        assert visible_rows(page, "table.layers") == 94
        tools.get_by_role("checkbox").check()
        assert visible_rows(page, "table.layers") == 30
        tools.get_by_role("searchbox").fill("layer3 3×3")
        assert visible_rows(page, "table.layers") == 2
        assert tools.get_by_role("status").text_content() == "2 of 94 rows"
        tools.get_by_role("searchbox").fill("")
        tools.get_by_role("checkbox").uncheck()
        assert visible_rows(page, "table.layers") == 94


def test_points_are_brushed(browser: Any, files: dict[str, Path]) -> None:
    """A rectangle keeps the points in it, in the picture and the table; ranges and axes do too; a button shows all again."""
    with opened(browser, files["sweep"]) as page:
        picture = page.locator("[data-picture=scatter]")
        table = "table[data-axes]"
        every = visible_rows(page, table)
        dots = "document.querySelectorAll('[data-x] path')[0].getAttribute('d').split('M').length"
        drawn = page.evaluate(dots)
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 30)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.95 * box["width"], box["y"] + 0.5 * box["height"])
        page.mouse.up()
        some = visible_rows(page, table)
        assert 0 < some < every
        assert page.evaluate(dots) < drawn
        low = page.get_by_role("spinbutton", name="macs from").input_value()
        high = page.get_by_role("spinbutton", name="macs to").input_value()
        assert 0 < float(low) < float(high)
        page.get_by_role("button", name="Show all").click()
        assert (visible_rows(page, table), page.evaluate(dots)) == (every, drawn)
        page.get_by_role("combobox", name="kernel").select_option("3")
        assert visible_rows(page, table) == every // 3
        page.get_by_role("combobox", name="design").select_option("bottleneck")
        assert visible_rows(page, table) == every // 6
        page.get_by_role("button", name="Show all").click()
        page.get_by_role("spinbutton", name="macs from").fill("1e9")
        cells = page.locator(f"{table} tbody tr:visible").all_text_contents()
        assert 0 < len(cells) < every


@pytest.mark.parametrize("name", ["summary", "compare", "sweep"])
def test_a_page_is_printed(browser: Any, files: dict[str, Path], name: str) -> None:
    """On paper it is light though the screen is dark, has all its maps, and no buttons."""
    with opened(browser, files[name], scheme="dark") as page:
        assert page.pdf(format="A4").startswith(b"%PDF")
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.locator("fieldset:visible, .tools:visible, nav:visible").count() == 0
        assert page.locator(MAP).count() == page.locator(f"{MAP}:visible").count()
        assert overflow(page) <= 0


def test_pictures_survive_a_policy_against_styles_and_scripts(browser: Any, files: dict[str, Path]) -> None:
    """A CI server that blocks both (Jenkins: sandbox; default-src 'none'; img-src 'self'; style-src 'self') leaves colours and labels."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    policy = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"
    body = files["summary"].read_text(encoding="utf-8")
    page.route("**/*", lambda route: route.fulfill(body=body, content_type="text/html", headers={"Content-Security-Policy": policy}))
    page.goto("http://jenkins.test/report.html")
    rect = page.locator(f"{MAP} rect").first
    assert page.locator(MAP).count() == page.locator(f"{MAP}:visible").count() == 3
    assert rect.get_attribute("fill") == "#9cc2f7"
    assert rect.bounding_box()["height"] > 20  # type: ignore[index]
    context.close()


def test_ten_thousand_layers(browser: Any, run: Run, tmp_path: Path) -> None:
    """A page of a network that large opens, sorts and enlarges."""
    path = tmp_path / "many.html"
    assert run("summary", str(many_layers(tmp_path, 10_000)), "--output", str(path)).code == 0
    with opened(browser, path, 390) as page:
        assert overflow(page) <= 0
        page.locator("table.layers thead th").first.get_by_role("button").click()
        page.locator(f"{MAP}:visible [role=treeitem]").first.press("Enter")
        assert page.locator(".now").first.text_content()
