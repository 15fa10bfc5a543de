"""The page in a real Chromium, opened from a file: what a reader does and sees."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rimland.pages import write

selenium = pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver  # noqa: E402
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
PAYLOAD = Path(__file__).parent / "fixtures" / "payload.json"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with its driver"),
]


class Reader:
    """A reader at the page: opens it somewhere, looks, clicks, types."""

    def __init__(self, driver: Any, url: str) -> None:
        self.driver = driver
        self.url = url

    def opens(self, fragment: str = "", width: int = 1280, height: int = 900) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get("about:blank")
        self.driver.get(f"{self.url}#{fragment}")
        self.sees("h1")

    def sees(self, selector: str) -> Any:
        return WebDriverWait(self.driver, 15).until(
            lambda d: next(
                (e for e in d.find_elements(By.CSS_SELECTOR, selector) if e.is_displayed()), False
            ),
            f"never saw {selector}",
        )

    def sees_no(self, selector: str) -> None:
        WebDriverWait(self.driver, 15).until_not(
            lambda d: d.find_elements(By.CSS_SELECTOR, selector), f"still there: {selector}"
        )

    def runs(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def waits_for(self, script: str) -> Any:
        return WebDriverWait(self.driver, 15).until(
            lambda d: d.execute_script(f"return {script}"), f"never true: {script}"
        )

    def chart(self, shows: str) -> list[str]:
        """The paths of the chart, once it shows that run and account."""
        self.waits_for(f"document.querySelector('.holder')?.dataset.shows === '{shows}'")
        return self.runs(
            "return [...document.querySelectorAll('.holder svg path')]"
            ".map(p => p.getAttribute('d')).filter(d => d && d.length > 80)"
        )

    def text(self, selector: str) -> str:
        return self.sees(selector).text

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    @property
    def focus(self) -> str:
        return self.runs(
            "const e = document.activeElement; return e.id || e.dataset.claim || e.tagName"
        )

    @property
    def fragment(self) -> str:
        return self.runs("return location.hash")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    payload = json.loads(PAYLOAD.read_text(encoding="utf-8"))
    return write(payload, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "disable-dev-shm-usage",
        "force-prefers-reduced-motion",
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield browser
    browser.quit()


@pytest.fixture
def reader(driver: Any, page: Path) -> Iterator[Reader]:
    driver.get("about:blank")  # away from the browser's own start page
    driver.get_log("performance")
    driver.get_log("browser")
    yield Reader(driver, page.as_uri())
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    said = [entry for entry in driver.get_log("browser") if entry["level"] != "INFO"]
    assert said == [], "the console is silent, whatever the reader did"
    sent = [
        message["params"]["request"]["url"]
        for entry in driver.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"]
        == "Network.requestWillBeSent"
    ]
    outside = [url for url in sent if not url.startswith(("file:", "data:", "about:"))]
    assert outside == [], "nothing is asked of any network"


def test_the_first_words_under_the_title_weaken_the_answer(reader):
    reader.opens()
    assert reader.text("#weak").startswith("9 of 10 verdicts rest on a judged number.")
    assert "not a forecasting record" in reader.text("#weak")


def test_every_claim_is_a_link_in_the_assessments_order_marked_and_named_by_its_verdict(reader):
    payload = json.loads(PAYLOAD.read_text(encoding="utf-8"))
    reader.opens()
    links = reader.driver.find_elements(By.CSS_SELECTOR, "article a")
    order = [name for section in payload["sections"] for name in section["claims"]]
    assert [link.get_attribute("id") for link in links] == order
    for link, name in zip(links, order, strict=True):
        verdict = payload["claims"][name]["verdict"]
        assert link.get_attribute("href").endswith(f"#{name}")
        assert f"({verdict})" in link.get_property("textContent")
    styles = {
        mark: reader.runs(
            f"const s = getComputedStyle(document.querySelector('article a.{mark}'));"
            "return [s.textDecorationLine, s.textDecorationStyle, s.textDecorationThickness]"
        )
        for mark in ("holds", "reversed", "negligible", "undecided", "contested", "untested")
    }
    assert len({tuple(style) for style in styles.values()}) == 6, "told apart without colour"
    assert styles["untested"][0] == "none"


def test_a_claim_opens_its_card_beside_the_text_and_back_closes_it(reader):
    reader.opens()
    reader.sees("a#hinge-c2").click()
    card = reader.sees("aside [data-claim=hinge-c2]")
    assert reader.fragment == "#hinge-c2"
    assert card.location["x"] > reader.sees("a#hinge-c2").location["x"] + 300
    assert card.text.startswith("←") or "In this model it holds if" in card.text
    reader.sees("a#dilemma").click()
    reader.sees("[data-claim=dilemma]")
    reader.driver.back()
    reader.sees("[data-claim=hinge-c2]")
    reader.driver.back()
    reader.sees_no("[data-claim]")


def test_the_card_keeps_its_order(reader):
    reader.opens("hinge-c2")
    text = reader.text("[data-claim=hinge-c2]")
    order = [
        "In this model",
        "The aims in the strait",
        "paragraph 2, sentence 1",
        "−38",
        "5–95 %: −55 to −21",
        "With data",
        "no data",
        "The verdict changes at 5",
        "By account",
        "Rests on",
        "Flips if",
        "Rival explanation",
        "Watch for",
        "Confidence",
    ]
    text = text.replace("\u202f", " ")
    places = [text.find(part.replace("\n", " ")) for part in order]
    assert -1 not in places, dict(zip(order, places, strict=True))
    inner = [
        p for part, p in zip(order, places, strict=True) if not part.startswith(("Pri", "not"))
    ]
    assert inner == sorted(inner)


def test_a_link_with_run_and_account_opens_exactly_what_was_sent(reader):
    reader.opens("hinge-c2&run=both&account=spiral-led")
    reader.chart("both/spiral-led")
    assert reader.runs("return document.querySelector('[name=run]:checked').value") == "both"
    assert (
        reader.runs("return document.querySelector('[name=account]:checked').value") == "spiral-led"
    )


def test_an_address_that_names_nothing_known_shows_the_page_as_it_starts(reader):
    reader.opens("no-such-claim&run=nothing&account=nobody")
    reader.sees("aside h2")
    reader.sees_no("[data-claim]")
    assert reader.runs("return document.querySelector('[name=run]:checked').value") == "as-assessed"


def test_switching_the_run_draws_the_second_fan_and_the_paired_difference(reader):
    reader.opens("hinge-c2")
    alone = reader.chart("as-assessed/deterrence-led")
    assert not reader.driver.find_elements(By.CSS_SELECTOR, "[data-testid=difference]")
    reader.sees(
        "input[value=no-joint-command] + *, label:has(input[value=no-joint-command])"
    ).click()
    both = reader.chart("no-joint-command/deterrence-led")
    assert len(both) > len(alone)
    final = json.loads(PAYLOAD.read_text(encoding="utf-8"))["measures"][
        "command.strait.force_in_time"
    ]["difference"]["deterrence-led"]["no-joint-command"]["final"]
    shown = reader.text("[data-testid=difference]").replace("−", "-")
    assert f"{final['median']:.0f}" in shown
    assert f"{final['p05']:.0f} to {final['p95']:.0f}" in shown
    assert "times smaller" in shown
    assert "no joint command" in reader.text("[data-testid=ends]")
    assert reader.fragment == "#hinge-c2&run=no-joint-command"


def test_switching_the_account_redraws_the_chart_and_the_large_number(reader):
    reader.opens("hinge-c2&run=both")
    before = reader.chart("both/deterrence-led"), reader.text("[data-testid=effect]")
    reader.sees("label:has(input[value=unmoved])").click()
    after = reader.chart("both/unmoved"), reader.text("[data-testid=effect]")
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_the_switches_move_by_arrow_keys(reader):
    reader.opens("hinge-c2")
    reader.runs("document.querySelector('[name=run]:checked').focus()")
    reader.presses(Keys.ARROW_RIGHT)
    reader.chart("no-joint-command/deterrence-led")
    reader.presses(Keys.ARROW_LEFT)
    reader.chart("as-assessed/deterrence-led")


def test_the_whole_way_can_be_gone_by_keyboard(reader):
    reader.opens()
    reader.runs("document.querySelector('#hinge-c2').focus()")
    reader.presses(Keys.ENTER)
    reader.sees("[data-claim=hinge-c2]")
    reader.waits_for("document.activeElement.dataset.claim === 'hinge-c2'")
    reader.presses("j")
    reader.sees("[data-claim=hinge-hurdles]")
    reader.presses("k")
    reader.sees("[data-claim=hinge-c2]")
    reader.presses(Keys.ESCAPE)
    reader.sees_no("[data-claim]")
    assert reader.focus == "hinge-c2", "focus goes back to where the card was opened"


def test_the_counts_filter_the_text(reader):
    reader.opens()
    reader.sees(".key button:has(.contested)").click()
    assert reader.runs("return document.querySelectorAll('article a:not(.dim)').length") == 2
    assert reader.fragment == "#&show=contested"
    reader.sees(".key .all").click()
    assert reader.runs("return document.querySelectorAll('article a.dim').length") == 0


def test_a_number_shows_its_source_to_pointer_key_and_tap(reader):
    reader.opens("hinge-c2")
    button = reader.sees(".number button.published-recalled")
    button.click()
    tip = reader.sees("[role=tooltip]")
    assert "Cited from memory" in tip.text
    assert "Orrin, B. (2022)" in tip.text
    reader.presses(Keys.ESCAPE)
    reader.sees_no("[role=tooltip]")
    assert reader.sees("[data-claim=hinge-c2]"), "Escape closed the source, not the card"
    grey, plain = (
        reader.runs(f"return getComputedStyle(document.querySelector('{s}')).color")
        for s in (".number button.published-recalled", ".card")
    )
    assert grey != plain
    assert "(judged)" in reader.text(".number button.judged")


def test_a_claim_that_is_not_tested_says_what_a_test_would_need(reader):
    reader.opens("multiplies")
    text = reader.text("[data-claim=multiplies]")
    assert "Not tested yet." in text
    assert "To test it, the model needs: a model of both sides' ties" in text


@pytest.mark.parametrize("clipboard", ["allowed", "refused"])
def test_copy_as_command_copies_what_is_shown_and_says_so(reader, clipboard):
    reader.opens("hinge-c2&run=both&account=unmoved")
    reader.runs(
        "window.copied = null;"
        "document.addEventListener('copy', () => { window.copied = String(getSelection())"
        " || document.activeElement.value; });"
        + (
            "navigator.clipboard.writeText = async (t) => { window.copied = t; };"
            if clipboard == "allowed"
            else "navigator.clipboard.writeText = async () => { throw new Error('refused'); };"
        )
    )
    reader.sees(".command button").click()
    reader.waits_for("document.querySelector('.command button').textContent === 'Copied'")
    assert reader.runs("return window.copied") == (
        "rimland compare strait-example both --account unmoved --claim hinge-c2"
        " --seed 1 --draws 100 --futures 20"
    )


def test_on_a_narrow_screen_the_card_opens_under_its_claim_and_nothing_scrolls_sideways(reader):
    reader.opens(width=390, height=844)
    reader.runs("document.querySelector('#hinge-c2').click()")
    card = reader.sees("article [data-claim=hinge-c2]")
    reader.chart("as-assessed/deterrence-led")
    claim, after = (reader.sees(f"a#{name}") for name in ("hinge-c2", "planning"))
    assert claim.location["y"] < card.location["y"] < after.location["y"]
    assert reader.runs("return document.documentElement.scrollWidth") == 390
    reader.sees(".fold").click()
    reader.sees("label:has(input[value=both])").click()
    reader.chart("both/deterrence-led")
    assert reader.runs("return document.documentElement.scrollWidth") == 390


def test_dark_mode_turns_paper_dark_and_the_chart_with_it(reader):
    reader.opens("hinge-c2")
    light = reader.chart("as-assessed/deterrence-led") and reader.runs(
        "return [getComputedStyle(document.body).backgroundColor,"
        " document.querySelector('.holder svg path[stroke-width=\"2.2\"]').getAttribute('stroke')]"
    )
    reader.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": "dark"}]},
    )
    reader.waits_for(
        "document.querySelector('.holder svg path[stroke-width=\"2.2\"]')"
        f"?.getAttribute('stroke') !== '{light[1]}'"
    )
    assert reader.runs("return getComputedStyle(document.body).backgroundColor") != light[0]


def test_a_payload_with_everything_optional_missing_still_opens_every_claim(reader, tmp_path):
    claims = {
        "a": {"id": "a", "says": "A", "verdict": "holds"},
        "b": {"id": "b", "says": "B", "verdict": "not tested yet"},
        "c": {"id": "c", "says": "C", "verdict": "a verdict of tomorrow", "effect": None},
        "d": {"id": "d", "says": "D", "verdict": "holds", "chart": "gone", "rests_on": None},
    }
    bare = {
        "scenario": {"id": "x", "title": "Bare", "as_of": "2024-04-15"},
        "run": {},
        "variants": [],
        "accounts": [],
        "sections": [{"title": None, "claims": [*claims, "missing"]}],
        "claims": claims,
    }
    whole = reader.url
    reader.url = write(bare, tmp_path / "bare.html").as_uri()
    for name in claims:
        reader.opens(name)
        reader.sees(f"[data-claim={name}]")
    reader.url = whole
