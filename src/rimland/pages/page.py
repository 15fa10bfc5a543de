"""One HTML file: the built front end, the payload inside it, and a policy that fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

# The same policy whether the page is opened from a disk or sent by a server: one inline script,
# known by its hash; styles inline, since charts set them; nothing from any network.
_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)

_PAGE = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="rimland">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<div id="page"></div>
<noscript>{plain}</noscript>
<script type="application/json" id="payload">{payload}</script>
<script>{script}</script>
</body>
</html>
"""


def render(payload: Mapping[str, Any]) -> str:
    """The page as one HTML document that needs no network, no server and no other file.

    `payload` is the study's summary of a run (its form is typed in `web/src/payload.ts`). Numbers
    that are not finite are written as null, which the page shows as not computed. Without scripts,
    the claims and their verdicts can still be read. Raises `TypeError` where a value has no JSON
    form. The same payload gives the same bytes.
    """
    style, script, digest = _bundle()
    title = str(payload.get("scenario", {}).get("title", "rimland"))
    return _PAGE.format(
        policy=_POLICY.format(script=digest),
        title=escape(title),
        style=style,
        plain=_plain(payload),
        payload=_embedded(payload),
        script=script,
    )


def write(payload: Mapping[str, Any], path: str | Path) -> Path:
    """Write the page to `path`, making its folder; a half-written page is never left there.

    Returns the absolute path. Raises `OSError` where the file cannot be written.
    """
    target = Path(path).absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    text = render(payload)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


@lru_cache(maxsize=1)
def _bundle() -> tuple[str, str, str]:
    """The built style sheet and script, safe inside their elements, and the script's CSP hash."""
    dist = files("rimland.pages") / "dist"
    style = (dist / "page.css").read_text(encoding="utf-8").replace("</", "<\\/")
    script = (dist / "page.js").read_text(encoding="utf-8")
    # Inside a script element these end it or change how it is read; in JavaScript's strings and
    # regular expressions, the only places where a bundle has them, the escapes mean the same.
    script = script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return style, script, f"sha256-{digest}"


def _embedded(payload: Mapping[str, Any]) -> str:
    """The payload as JSON that can neither end its script element nor break a line of script."""
    text = json.dumps(_finite(payload), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _finite(value: Any) -> Any:
    """NaN and infinities have no JSON form: they become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value


def _plain(payload: Mapping[str, Any]) -> str:
    """The claims and their verdicts as plain HTML, for readers without scripts."""
    parts = [f"<h1>{escape(str(payload.get('scenario', {}).get('title', '')))}</h1>"]
    for text in (
        (payload.get("honest") or {}).get("text"),
        payload.get("scenario", {}).get("disclaimer"),
    ):
        if text:
            parts.append(f"<p>{escape(str(text))}</p>")
    for section in payload.get("sections", ()):
        parts.append(f"<h2>{escape(str(section.get('title') or ''))}</h2>")
        claims = [payload.get("claims", {}).get(name) for name in section.get("claims", ())]
        items = (f"<li>{escape(c['says'])} ({escape(c['verdict'])})</li>" for c in claims if c)
        parts.append("<ul>" + "".join(items) + "</ul>")
    return "".join(parts)
