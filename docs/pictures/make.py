"""Take the pictures of a page: `python docs/pictures/make.py REPORT.html [CLAIM]`.

Writes here `page-top.png`, and with the claim open beside its text `page.png`, `page-dark.png` and
`page-narrow.png`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

HERE = Path(__file__).parent
# name, width, height, scale, scheme, whether a claim is open
SHOTS = (
    ("page-top", 1280, 900, 1.5, "light", False),
    ("page", 1280, 900, 1.5, "light", True),
    ("page-dark", 1280, 900, 1.5, "dark", True),
    ("page-narrow", 390, 1180, 2, "light", True),
)


def main() -> None:
    """Open the page at each size with another run chosen, and photograph it."""
    page = Path(sys.argv[1]).absolute()
    claim = sys.argv[2] if len(sys.argv) > 2 else "hinge-c2"
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    profile = tempfile.mkdtemp()
    for flag in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "hide-scrollbars",
        "force-prefers-reduced-motion",
        f"user-data-dir={profile}",
    ):
        options.add_argument(f"--{flag}")
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        for name, width, height, scale, scheme, opened in SHOTS:
            size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            scheme_asked = [{"name": "prefers-color-scheme", "value": scheme}]
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme_asked})
            driver.get("about:blank")
            driver.get(page.as_uri())
            second = driver.execute_script(
                "const run = document.querySelectorAll('[name=run]')[1]; return run && run.value"
            )
            if opened:
                driver.get("about:blank")
                driver.get(f"{page.as_uri()}#{claim}&run={second}")
                WebDriverWait(driver, 15).until(
                    lambda d: d.execute_script(
                        "return document.querySelector('.holder')?.dataset.shows !== undefined"
                    )
                )
            driver.save_screenshot(str(HERE / f"{name}.png"))
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)


if __name__ == "__main__":
    main()
