"""CSV with its places: one dict a row, every cell knows its line and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rimland.errors import nearest
from rimland.notation.files import read_text
from rimland.notation.places import Place, PlacedDict, Places
from rimland.notation.problems import Problems
from rimland.notation.yamlfile import Document


@dataclass(frozen=True)
class _Cell:
    text: str
    place: Place
    quoted: bool

    @property
    def value(self) -> str | None:
        """The text, or None for an empty cell; a quoted empty text is text."""
        return self.text if self.text or self.quoted else None


def read_csv(
    path: Path | str,
    problems: Problems,
    name: str | None = None,
    columns: Sequence[str] | None = None,
) -> Document | None:
    """Read a CSV file with a header line; None after reporting what made that impossible.

    Cells are str, or None when empty; blank lines and lines that begin with # are skipped.
    `columns` names the columns that must be there; other columns are then mistakes too. A row with
    too many or too few cells is reported and left out, and reading goes on. The places of the
    document follow (row, column name).
    """
    path = Path(path)
    label = name or path.name
    text = read_text(path, problems, label)
    if text is None:
        return None
    rows = _rows(text, label, problems)
    if rows is None:
        return None
    if not rows:
        problems.report(
            Place(label, 1, 1),
            "",
            "is empty",
            expected="a header line with the names of the columns, then one row a line",
            code="empty-file",
        )
        return None
    header = _header(rows[0], columns, problems)
    if header is None:
        return None
    places = Places(Place(label, 1, 1))
    data: list[PlacedDict] = []
    names = [cell.text for cell in rows[0]]
    for row in rows[1:]:
        here = row[0].place
        if len(row) != len(header):
            problems.report(
                here,
                "",
                f"the row has {len(row)} cells",
                expected=f"{len(header)}, as the header has",
                mend="quote cells that contain a comma" if len(row) > len(header) else "",
                code="ragged-row",
            )
            continue
        if [cell.text for cell in row] == names:
            problems.report(
                here,
                "",
                "the header line is repeated",
                expected="one row of data a line",
                code="duplicate-header",
            )
            continue
        out = PlacedDict(here)
        number = len(data)
        places.values[(number,)] = here
        for column, cell in zip(header, row, strict=True):
            out[column] = cell.value
            out.places[column] = cell.place
            places.values[(number, column)] = cell.place
        data.append(out)
    return Document(path, data, places)


def _header(
    row: list[_Cell], columns: Sequence[str] | None, problems: Problems
) -> list[str] | None:
    start = row[0].place
    names = [cell.text for cell in row]
    before = len(problems)
    if columns is not None and not set(names) & set(columns):
        problems.report(
            start,
            "",
            "the first line is not a header",
            expected=f"the names of the columns: {','.join(columns)}",
            code="missing-header",
        )
        return None
    seen: dict[str, int] = {}
    for number, cell in enumerate(row, start=1):
        if not cell.text:
            problems.report(
                cell.place,
                "",
                f"column {number} has no name",
                expected="a name in every column of the header",
                code="header",
            )
        elif cell.text in seen:
            problems.report(
                cell.place,
                cell.text,
                f"the column stands twice, as columns {seen[cell.text]} and {number}",
                expected="each column once",
                code="duplicate-column",
            )
        elif columns is not None and cell.text not in columns:
            unused = [c for c in columns if c not in names]
            near = nearest(cell.text, unused)
            problems.report(
                cell.place,
                cell.text,
                "is not a column here",
                expected="" if near else f"one of {', '.join(columns)}",
                near=near,
                code="unknown-column",
            )
        seen.setdefault(cell.text, number)
    for column in columns or ():
        if column not in names:
            problems.report(start, column, "the column is missing", code="missing-column")
    return names if len(problems) == before else None


def _rows(text: str, label: str, problems: Problems) -> list[list[_Cell]] | None:
    """Split the text into cells (RFC 4180), each with its place; None when a quote stays open."""
    rows: list[list[_Cell]] = []
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        if not line.strip() or line.startswith("#"):
            number += 1
            continue
        row: list[_Cell] = []
        column = 0
        while True:
            start = column + len(line[column:]) - len(line[column:].lstrip(" "))
            place = Place(label, number + 1, start + 1)
            if line[start : start + 1] != '"':
                end = line.find(",", column)
                end = len(line) if end < 0 else end
                row.append(_Cell(line[column:end].strip(), place, False))
                column = end
            else:
                parts: list[str] = []
                column = start + 1
                while True:
                    end = line.find('"', column)
                    if end < 0:
                        parts.append(line[column:] + "\n")
                        number += 1
                        if number >= len(lines):
                            problems.report(
                                place,
                                "",
                                "a quoted cell is not closed",
                                expected="a closing quote",
                                code="csv",
                            )
                            return None
                        line, column = lines[number], 0
                        continue
                    parts.append(line[column:end])
                    column = end + 1
                    if line[column : column + 1] != '"':
                        break
                    parts.append('"')
                    column += 1
                row.append(_Cell("".join(parts), place, True))
                rest = line[column:].split(",", 1)[0]
                if rest.strip():
                    problems.report(
                        Place(label, number + 1, column + 1),
                        "",
                        "text follows a quoted cell",
                        expected="a comma after the closing quote",
                        mend="write a quote inside quotes twice",
                        code="csv",
                    )
                    return None
                column += len(rest)
            if column >= len(line):
                break
            column += 1
        rows.append(row)
        number += 1
    return rows
