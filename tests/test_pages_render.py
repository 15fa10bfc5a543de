"""The page as a file: self-contained, safe whatever is embedded, the same bytes every time."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rimland.pages import render, write

ROOT = Path(__file__).parent.parent
WEB = ROOT / "web"
DIST = ROOT / "src" / "rimland" / "pages" / "dist"
PAYLOAD: dict[str, Any] = json.loads(
    (Path(__file__).parent / "fixtures" / "payload.json").read_text(encoding="utf-8")
)


def embedded(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="payload">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1])


def test_the_payload_inside_the_page_is_the_payload_given():
    assert embedded(render(PAYLOAD)) == PAYLOAD


def test_text_that_would_end_the_script_or_break_its_line_survives_unharmed():
    nasty = "</script><script>alert(1)</script><!-- \u2028 \u2029 & <b>"
    payload = copy.deepcopy(PAYLOAD)
    payload["scenario"]["title"] = payload["scenario"]["says"] = nasty
    next(iter(payload["claims"].values()))["says"] = nasty
    page = render(payload)
    assert embedded(page) == payload
    assert "alert(1)</script>" not in page
    assert "\u2028" not in page.split('id="payload">')[1].split("</script>")[0]


def test_the_policy_allows_the_one_script_by_its_hash_and_nothing_from_a_network():
    page = render(PAYLOAD)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe-eval" not in policy[1]
    assert "http" not in policy[1]
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy[1]


def test_the_page_names_no_other_file():
    page = render(PAYLOAD).split("<script")[0]
    assert re.findall(r"""(?:src|href)=["']([^"']*)""", page) == ["data:,"]
    assert "url(" not in page
    assert "@import" not in page


def test_a_number_that_is_not_finite_is_shown_as_not_computed():
    payload = copy.deepcopy(PAYLOAD)
    payload["claims"]["hinge-c2"]["effect"]["median"] = math.nan
    assert embedded(render(payload))["claims"]["hinge-c2"]["effect"]["median"] is None


def test_without_scripts_every_claim_and_its_verdict_can_be_read():
    plain = render(PAYLOAD).split("<noscript>")[1].split("</noscript>")[0]
    for claim in PAYLOAD["claims"].values():
        assert f"{claim['says']} ({claim['verdict']})" in plain
    assert PAYLOAD["honest"]["text"] in plain


def test_the_page_and_its_bundle_keep_to_their_sizes():
    bundle = sum((DIST / name).stat().st_size for name in ("page.js", "page.css"))
    assert bundle < 1_500_000
    assert len(render(PAYLOAD).encode()) < 3_000_000


def test_writing_gives_the_same_bytes_again_and_leaves_nothing_else(tmp_path):
    target = tmp_path / "new" / "report.html"
    assert write(PAYLOAD, target) == target
    first = target.read_bytes()
    write(PAYLOAD, target)
    assert target.read_bytes() == first == render(PAYLOAD).encode()
    assert [entry.name for entry in target.parent.iterdir()] == ["report.html"]


def test_the_fixture_says_that_it_is_invented():
    assert PAYLOAD["invented"] == "Every actor, place and number in this file is invented."


def test_the_lock_file_records_no_host_of_a_registry():
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())


@pytest.mark.skipif(
    shutil.which("npm") is None or not (WEB / "node_modules" / "vite").exists(),
    reason="the front end's packages are not installed (npm ci in web/)",
)
def test_the_committed_bundle_is_what_the_source_builds(tmp_path):
    command = ["npm", "run", "build", "--silent", "--", "--outDir", str(tmp_path / "dist")]
    subprocess.run(command, cwd=WEB, check=True, capture_output=True, timeout=300)
    names = sorted(path.name for path in DIST.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "dist").iterdir())
    for name in names:
        assert (tmp_path / "dist" / name).read_bytes() == (DIST / name).read_bytes(), name
