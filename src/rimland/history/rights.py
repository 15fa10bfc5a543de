"""Who owns what, and on what terms it came; made from the catalogue."""

from __future__ import annotations

import textwrap

from rimland.history.catalogue import DATA, Dataset, catalogue

RIGHTS_FILE = DATA / "RIGHTS.txt"

HEAD = """\
Rights in the historical datasets

The licence of rimland covers its program, and the datasets marked as our own. It does not cover
the others. Each of them is a separate work of the scholars or the office named with it, kept in a
file of its own beside the program and passed on under its own terms, as far as these could be read.
"ask" means: the owners state no licence, public packages pass the data on freely, and we have not
asked. Nothing here is legal advice. Whoever has a right in a dataset and wants it out is asked to
open an issue; the file is then removed, and `rimland data add` serves in its place.

Made from catalogue.csv by tools/build_history_data.py; do not edit.
"""


def rights_of(data: Dataset) -> str:
    """Return the paragraph on one dataset."""
    lines = [
        f"{data.name}: {data.title}" + (f", version {data.version}" if data.version else ""),
        f"Cite: {data.citation}",
        f"Terms as stated: {data.licence}",
        f"Passing on: {data.redistribute} ({data.reason})",
        f"Ships: {'yes' if data.ships else 'no'} ({data.why})",
    ]
    if data.stand_in and not data.ships:
        lines.append(f"In its place: {data.stand_in}")
    if data.home:
        lines.append(f"A copy of your own: {data.home}")
    if data.dropped:
        lines.append(f"Left out of the shipped copy: {', '.join(data.dropped)}")
    head, *rest = lines
    wrapped = [
        textwrap.fill(line, 98, initial_indent="  ", subsequent_indent="    ") for line in rest
    ]
    return "\n".join([head, *wrapped])


def rights_text() -> str:
    """Return the whole rights file: what ships first, then what does not."""
    all_of_them = list(catalogue().values())
    shipped = [rights_of(data) for data in all_of_them if data.ships]
    others = [rights_of(data) for data in all_of_them if not data.ships]
    return "\n\n".join(
        [HEAD.strip(), "SHIPPED WITH THE PACKAGE", *shipped, "NOT SHIPPED", *others, ""]
    )
