"""One chart as a file: Vega-Lite itself, a picture, or a page that works offline."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rimland.errors import RimlandError

ENDINGS = (".json", ".svg", ".png", ".html")


def writes_chart(path: Path) -> Path:
    """Return `path` if a chart can be written there in the form its ending names.

    `.json` is the Vega-Lite chart itself and needs nothing; `.svg`, `.png` and `.html` are drawn by
    vl-convert (the extra `figures`). Raises RimlandError that names what is missing.
    """
    if path.suffix.lower() not in ENDINGS:
        raise RimlandError(
            f"'{path}' has no ending that a chart can be written in; expected one of "
            f"{', '.join(ENDINGS)}."
        )
    if path.suffix.lower() != ".json":
        _converter(path)
    return path


def write_chart(chart: Mapping[str, Any], path: Path) -> Path:
    """Write a chart in the form that the ending of `path` names; whole or not at all."""
    ending = path.suffix.lower()
    if ending == ".json":
        made = (json.dumps(chart, indent=1, ensure_ascii=False) + "\n").encode()
    elif ending == ".svg":
        made = _converter(path).vegalite_to_svg(dict(chart)).encode()
    elif ending == ".png":
        made = _converter(path).vegalite_to_png(dict(chart), scale=2)
    else:
        made = _converter(path).vegalite_to_html(dict(chart), bundle=True).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(made)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _converter(path: Path) -> Any:
    try:
        import vl_convert
    except ImportError:
        raise RimlandError(
            f"'{path}' needs vl-convert, which is not installed: pip install 'rimland[figures]'. "
            "A chart in .json needs nothing."
        ) from None
    return vl_convert
