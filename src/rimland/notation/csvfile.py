"""CSV with its places: one dict a row, every cell knows its line and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

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
    try:
        rows = _Cells(text, label, problems).rows()
    except _OpenQuote:
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
                f"the row has {len(row)} cell{'s' if len(row) > 1 else ''}",
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
    meant: set[str | None] = set()
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
            meant.add(near)
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
        if column not in names and column not in meant:
            problems.report(start, column, "the column is missing", code="missing-column")
    return names if len(problems) == before else None


class _OpenQuote(Exception):  # noqa: N818 - ends the reading of one file, never leaves this module
    """The table cannot be split further; the reason has been reported."""


class _Cells:
    """Splits text into cells (RFC 4180) and knows where it stands."""

    def __init__(self, text: str, label: str, problems: Problems) -> None:
        self.lines = text.split("\n")
        self.label, self.problems = label, problems
        self.row, self.column = 0, 0

    def rows(self) -> list[list[_Cell]]:
        """Return all rows; blank lines and lines that begin with # are skipped."""
        out: list[list[_Cell]] = []
        while self.row < len(self.lines):
            line = self.lines[self.row]
            if line.strip() and not line.startswith("#"):
                out.append(self._one_row())
            self.row, self.column = self.row + 1, 0
        return out

    def _one_row(self) -> list[_Cell]:
        cells = [self._cell()]
        while self.column < len(self.lines[self.row]):
            self.column += 1  # the comma
            cells.append(self._cell())
        return cells

    def _cell(self) -> _Cell:
        line = self.lines[self.row]
        while line[self.column : self.column + 1] == " ":
            self.column += 1
        place = self._place()
        if line[self.column : self.column + 1] == '"':
            return self._quoted(place)
        return _Cell(self._to_comma().strip(), place, quoted=False)

    def _quoted(self, place: Place) -> _Cell:
        text, self.column = "", self.column + 1
        while True:
            line = self.lines[self.row]
            end = line.find('"', self.column)
            if end < 0:
                text += line[self.column :] + "\n"
                self.row, self.column = self.row + 1, 0
                if self.row >= len(self.lines):
                    self._refuse(place, "a quoted cell is not closed", "a closing quote")
                continue
            text += line[self.column : end]
            self.column = end + 1
            if line[self.column : self.column + 1] != '"':
                break
            text, self.column = text + '"', self.column + 1
        after = self._place()
        if self._to_comma().strip():
            self._refuse(
                after,
                "text follows a quoted cell",
                "a comma after the closing quote",
                "write a quote inside quotes twice",
            )
        return _Cell(text, place, quoted=True)

    def _to_comma(self) -> str:
        line = self.lines[self.row]
        end = line.find(",", self.column)
        start, self.column = self.column, len(line) if end < 0 else end
        return line[start : self.column]

    def _place(self) -> Place:
        return Place(self.label, self.row + 1, self.column + 1)

    def _refuse(self, place: Place, what: str, expected: str, mend: str = "") -> NoReturn:
        self.problems.report(place, "", what, expected=expected, mend=mend, code="csv")
        raise _OpenQuote
