"""The page in a real browser: what a person sees, by mouse, by keyboard and by ear; nothing fetched from elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from seedsoil.doors.web import server
from seedsoil.doors.web.app import build
from seedsoil.doors.web.desk import cases

playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install -e '.[dev]'")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
if not BROWSER and not os.environ.get("SEEDSOIL_BROWSER_NEEDED"):
    pytest.skip("no browser: install Debian's chromium to run these tests", allow_module_level=True)
pytestmark = pytest.mark.xdist_group("browser")

PATIENCE = 900_000  # ms: a first forecast compiles the engine
WIDTHS = (360, 1920)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server."""
    bound = server.listening("127.0.0.1", 0)
    port = bound.getsockname()[1]
    faults: list[BaseException] = []
    app = build(tmp_path_factory.mktemp("page"), port=port, complain=faults.append)
    running = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/"
    running.should_exit = True
    thread.join(timeout=20)
    assert faults == []


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def visit(chromium, address: str) -> Iterator:
    """One browser window that stays; whatever it fetched or complained of is looked at in the end."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    fetched, complaints = [], []
    page.on("request", lambda r: fetched.append(r.url))
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.set_default_timeout(60_000)
    page.goto(address)
    yield page
    context.close()
    assert complaints == []
    assert fetched and all(url.startswith(address) for url in fetched), [u for u in fetched if not u.startswith(address)]


@pytest.fixture(scope="module")
def chart(visit, address: str):
    """A published patient with a lesion in a named vertebra, opened by clicking."""
    visit.goto(address)
    visit.locator(".case", has_text="88 years").click()
    visit.wait_for_selector(".near path.ill")
    return visit


@pytest.fixture(scope="module")
def forecast(chart):
    """The same with a small forecast under two plans."""
    chart.get_by_label("Look ahead").select_option("1")
    chart.get_by_label("Virtual twins").select_option("100")
    chart.get_by_role("button", name="Forecast these plans").click()
    chart.wait_for_selector(".workline progress")
    chart.wait_for_selector(".result .legend, .result .care", timeout=PATIENCE)
    return chart


def barriers(page) -> list[str]:
    """What axe finds, however small."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['help']}: {[n['target'] for n in v['nodes']][:4]}" for v in found]


def sheets(page) -> int:
    """Sheets of A4 that the page prints on."""
    page.emulate_media(media="print")
    printed = page.pdf(format="A4")
    page.emulate_media(media="screen")
    assert printed[:5] == b"%PDF-"
    return len(re.findall(rb"/Type\s*/Page\b", printed))


def overflow(page) -> int:
    """Pixels by which the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_what_is_urgent_stands_above_everything_else_and_the_notice_is_there(chart) -> None:
    assert chart.locator(".notice").inner_text().startswith("Research use, not for care")
    urgent, skeleton = chart.locator(".urgent .box").first, chart.locator(".skeleton")
    assert "Within 24 hours" in urgent.inner_text()
    assert urgent.bounding_box()["y"] < skeleton.bounding_box()["y"]


def test_both_views_show_a_shape_for_every_bone(chart) -> None:
    from seedsoil.grammar import skeleton

    shown = set(chart.locator(".near path").evaluate_all("nodes => nodes.map(n => n.dataset.bone)"))
    assert shown == {bone.id for bone in skeleton.bones()}
    assert chart.locator(".figures svg").count() == 2


def test_a_bone_is_reached_and_opened_by_keyboard(chart) -> None:
    chart.locator(".tools select").focus()
    chart.keyboard.press("Tab")
    focused = chart.evaluate("document.activeElement.dataset.bone")
    assert focused and chart.locator(f".near path[data-bone={focused}]").first.get_attribute("aria-label")
    chart.keyboard.press("Enter")
    assert "Scores, and why" in chart.locator(".bonecard").inner_text()
    chart.get_by_role("button", name="← all bones").click()


def test_a_mark_on_a_bone_opens_the_bone_by_mouse(chart) -> None:
    chart.locator(".figures svg").first.locator(".lesion").first.click()
    assert "Scores, and why" in chart.locator(".bonecard").inner_text()
    chart.get_by_role("button", name="← all bones").click()


def test_lesions_are_told_apart_by_pattern_and_colour(chart) -> None:
    patterns = chart.locator(".figures svg").first.locator("pattern")
    shapes = patterns.evaluate_all("nodes => nodes.map(n => n.innerHTML)")
    assert len(shapes) == 4 and len(set(shapes)) == 4


def test_the_hand_moves_through_time_and_the_skeleton_follows(chart) -> None:
    assert chart.locator(".near path.ill").count() > 0
    chart.locator(".timeline input[type=range]").focus()
    chart.keyboard.press("Home")
    assert "before today" in chart.locator(".timeline .when").inner_text()
    assert chart.locator(".near path.ill").count() == 0
    chart.evaluate("document.querySelector('.timeline input').value = 0")
    chart.locator(".timeline input[type=range]").dispatch_event("input")
    assert chart.locator(".near path.ill").count() > 0


def test_a_plan_is_edited_copied_and_removed(chart) -> None:
    chart.get_by_role("button", name="Copy: standard", exact=True).click()
    chart.get_by_role("button", name="Add radiotherapy").click()
    chart.get_by_label("Dose, Gy").fill("20")
    chart.get_by_label("Fractions").fill("5")
    chart.get_by_label("Technique").select_option("stereotactic")
    assert barriers(chart) == []
    chart.get_by_role("button", name="Keep", exact=True).click()
    card = chart.locator(".plan", has_text="standard, changed")
    assert "20 Gy in 5 fractions stereotactic" in card.inner_text()
    card.get_by_role("button", name="Remove").click()
    assert chart.locator(".plan").count() == 2


def test_a_forecast_shows_people_of_a_hundred_with_ranges_and_what_was_assumed(forecast) -> None:
    text = forecast.locator(".result").inner_text()
    assert "What was assumed" in text
    if forecast.locator(".people").count():
        assert "What drives it" in text
        lanes = forecast.locator(".lanes .label").all_text_contents()
        assert {"Alive, of 100", "Fracture, so far, of 100", "Radiotherapy to bone, so far, of 100"} <= set(lanes)
        assert any(lane.startswith("On ") for lane in lanes) and any("N-telopeptide" in lane for lane in lanes)
    if forecast.locator(".people").count():  # else the person is unlike those the model knows, and the page says so
        assert " to " in forecast.locator(".figure").first.inner_text()
        assert "Twins still at risk" in text
    else:
        assert "No forecast in figures" in text


def test_a_reload_keeps_the_forecast(forecast) -> None:
    forecast.reload()
    forecast.wait_for_selector(".result #assumed")


def test_the_page_is_sound_for_screen_readers(forecast) -> None:
    assert barriers(forecast) == []


def test_dark_colours_keep_their_contrast(forecast) -> None:
    forecast.locator("#theme").click()
    assert forecast.evaluate("document.documentElement.dataset.theme") == "dark"
    assert barriers(forecast) == []
    forecast.locator("#theme").click()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_width_makes_the_page_scroll_sideways(forecast, width: int) -> None:
    forecast.set_viewport_size({"width": width, "height": 900})
    assert overflow(forecast) <= 0
    forecast.set_viewport_size({"width": 1280, "height": 900})


def test_paper_has_the_notice_and_the_urgent_and_no_buttons(forecast) -> None:
    forecast.emulate_media(media="print")
    assert forecast.locator(".notice").is_visible() and forecast.locator(".urgent").is_visible()
    assert not forecast.locator(".top").is_visible() and not forecast.locator(".runline").is_visible()
    forecast.emulate_media(media="screen")


@pytest.mark.parametrize(("link", "sign"), [("Page for the person", ".callnow"), ("Page for the meeting", ".disciplines")])
def test_the_pages_to_print_open_and_are_sound(chart, link: str, sign: str) -> None:
    here = chart.url
    chart.get_by_role("link", name=link).click()
    chart.wait_for_selector(sign)
    assert barriers(chart) == [] and overflow(chart) <= 0
    assert sheets(chart) >= 1
    chart.goto(here)
    chart.wait_for_selector(".urgent")


@pytest.mark.parametrize("name", sorted(cases()))
def test_the_page_for_the_meeting_is_one_sheet(visit, address: str, name: str) -> None:
    opened = visit.context.request.post(f"{address}api/cases", data={"case": name}).json()["id"]
    visit.goto(f"{address}#/patient/{opened}/meeting")
    visit.wait_for_selector(".disciplines")
    assert sheets(visit) == 1


def test_a_chart_is_opened_by_dropping_it(visit, address: str) -> None:
    visit.goto(f"{address}#/patient")
    visit.wait_for_selector(".drop")
    drop = """text => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([text], "chart.json"));
        document.querySelector(".drop").dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true}));
    }"""
    visit.evaluate(drop, next(iter(cases().values())).read_text("utf-8"))
    visit.wait_for_selector(".urgent .box")


def test_a_virtual_person_shows_truth_and_knowledge_apart(visit, address: str) -> None:
    visit.goto(f"{address}#/person")
    visit.wait_for_selector(".lifeboard", timeout=PATIENCE)
    bones = lambda: set(visit.locator(".near path.ill").evaluate_all("nodes => nodes.map(n => n.dataset.bone)"))
    true = bones()
    visit.get_by_role("button", name="What the clinic knows").click()
    assert true and bones() < true
    before = int(visit.locator(".playline input").input_value())
    visit.get_by_role("button", name="Play").click()
    while int(visit.locator(".playline input").input_value()) <= before + 2:  # the policy forbids a browser-side wait
        visit.wait_for_timeout(100)
    visit.get_by_role("button", name="Pause").click()
    assert visit.locator(".story li.now").count() == 1
    assert barriers(visit) == [] and overflow(visit) <= 0


def test_another_plan_stands_beside_the_first_life_as_a_second_skeleton(visit, address: str) -> None:
    visit.goto(f"{address}#/person")
    visit.wait_for_selector(".lifeboard", timeout=PATIENCE)
    visit.get_by_role("button", name="The truth").click()
    visit.get_by_label("Plan", exact=True).select_option("none")
    visit.get_by_role("button", name="Live it again with this plan").click()
    visit.wait_for_selector(".lifeboard.two", timeout=PATIENCE)
    assert visit.locator(".onelife").count() == 2 and visit.locator(".onelife .figures svg").count() == 4
    hand = visit.locator(".playline input")
    bones = lambda i: visit.locator(".onelife").nth(i).locator(".near path.ill").evaluate_all("all => all.map(n => n.ariaLabel)")
    hand.evaluate("node => { node.value = 0; node.dispatchEvent(new Event('input')); }")
    assert bones(0) == bones(1) and visit.locator(".differ").inner_text().startswith("No bone differs")
    hand.evaluate("node => { node.value = node.max; node.dispatchEvent(new Event('input')); }")
    assert bones(0) != bones(1) and visit.locator(".differ").inner_text().startswith("Bones that differ")
    # by keyboard: the middle of a bent bone can lie outside it, and what is pressed there is another bone or none
    visit.locator(".onelife").first.locator(".near path.ill").first.press("Enter")
    assert all("%" in line or "no tumour" in line for line in visit.locator(".boneline").all_inner_texts())
    assert barriers(visit) == []
    for width in WIDTHS:
        visit.set_viewport_size({"width": width, "height": 900})
        assert overflow(visit) <= 0
    visit.set_viewport_size({"width": 1280, "height": 900})


def test_the_book_of_figures_is_opened_by_topic(visit, address: str) -> None:
    visit.goto(f"{address}#/evidence")
    visit.get_by_role("button", name="Show the figures on calcium").click()
    assert visit.get_by_label("Topic", exact=True).input_value() == "calcium"
    rows = visit.locator("table", has=visit.get_by_text("Published beside simulated")).locator("tbody tr")
    assert rows.count() > 10
    visit.goto(f"{address}#/trials/saad2002")
    visit.wait_for_selector("text=What the paper found")


@pytest.mark.parametrize("part", ["patient", "trials", "trials/saad2002", "evidence", "interface"])
def test_every_part_is_sound_and_fits_a_narrow_window(visit, address: str, part: str) -> None:
    visit.goto(f"{address}#/{part}")
    visit.wait_for_selector(".view:not(:has(.loading)) h1")
    visit.set_viewport_size({"width": 360, "height": 800})
    assert barriers(visit) == [] and overflow(visit) <= 0
    visit.set_viewport_size({"width": 1280, "height": 900})
