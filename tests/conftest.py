"""What all tests share: fixed luck, a browser, and the list of what could not be run."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# The same examples on every machine, and no time limit for one: machines are shared.
hypothesis.settings.register_profile(
    "house", derandomize=True, deadline=None, database=None, print_blob=True
)
hypothesis.settings.load_profile("house")

# What is judged in the tests is kept apart from what a person judged.
os.environ["RIMLAND_CACHE"] = tempfile.mkdtemp(prefix="rimland-tests-")

NOTES = Path(__file__).resolve().parent.parent / ".venv" / "notes.txt"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def which_browser() -> tuple[str, str] | str:
    """Return the paths of Chromium and its driver, or why there are none."""
    browser = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    driver = shutil.which("chromedriver")
    if browser is None:
        return "no Chromium on this machine (packages chromium and chromium-driver)"
    if driver is None:
        return "no chromedriver on this machine (package chromium-driver)"
    return browser, driver


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium (a selenium driver), 1280 by 900, for the whole session.

    It records console messages (`get_log("browser")`) and network events
    (`get_log("performance")`), so that a test can say that there were none. Each test goes to its
    own page first. Skips, with the reason, where there is no browser.
    """
    found = which_browser()
    if isinstance(found, str):
        pytest.skip(found)
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    for flag in (
        "--headless=new",
        "--window-size=1280,900",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        # Nothing but the page under test may talk to anybody.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-quic",
        "--disable-sync",
        "--no-first-run",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(flag)
    if os.name == "posix" and os.geteuid() == 0:
        # Chromium's sandbox refuses to run as root.
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        driver = webdriver.Chrome(options=options, service=Service(found[1]))
    except WebDriverException as error:
        pytest.skip(f"Chromium does not start here: {(error.msg or '').splitlines()[0]}")
    yield driver
    driver.quit()


def reason_of(report: Any) -> str:
    """Return why a test was skipped, without pytest's own first word."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(reason).removeprefix("Skipped: ").strip() or "no reason given"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say plainly, just before pytest's closing line, what was not run and why."""
    by_reason: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        by_reason.setdefault(reason_of(report), []).append(report.nodeid)
    for report in terminalreporter.stats.get("xfailed", []):
        reason = f"known to fail: {report.wasxfail or 'no reason given'}"
        by_reason.setdefault(reason, []).append(report.nodeid)
    deselected = len(terminalreporter.stats.get("deselected", []))
    notes = NOTES.read_text(encoding="utf-8").splitlines() if NOTES.exists() else []

    terminalreporter.section("could not run")
    for reason, tests in sorted(by_reason.items()):
        count = f"{len(tests)} tests" if len(tests) > 1 else "1 test"
        terminalreporter.line(f"{count}: {reason}")
        for test in tests:
            terminalreporter.line(f"    {test}")
    if deselected:
        terminalreporter.line(f"{deselected} tests: left out by the options given")
    for note in notes:
        terminalreporter.line(note)
    if not (by_reason or deselected or notes):
        terminalreporter.line("nothing: every test ran")
