"""What people look at: one self-contained page of claims, cards and charts; computes no measure.

`render(payload)` gives the HTML, `write(payload, path)` puts it on disk. The front end is built
from `web/` and committed in `dist/`, so that nobody needs Node to make a page.
"""

from rimland.pages.page import render, write

__all__ = ["render", "write"]
