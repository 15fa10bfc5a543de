"""What the YAML parser met, in plain words."""

from __future__ import annotations

import yaml

from rimland.notation.places import Place
from rimland.notation.problems import Problem

# The parser's own words -> (what is wrong, what was expected, how to mend it). First match wins.
_WORDS: tuple[tuple[str, str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a second ': ' stands in one line",
        "one field a line",
        "quote text that contains ': ', and start each field on its own line",
    ),
    (
        "could not find expected ':'",
        "a line is neither a field nor part of the text before it",
        "a name followed by ': '",
        "",
    ),
    (
        "did not find expected key",
        "the line does not fit the lines above it",
        "a field, indented as its neighbours are",
        "check the indentation, and that quotes and brackets above are closed",
    ),
    (
        "did not find expected '-' indicator",
        "the line does not fit the list above it",
        "another item that begins with '- '",
        "check the indentation",
    ),
    (
        "did not find expected ',' or '}'",
        "a '{' is not closed, or a comma is missing",
        "',' between fields and '}' at the end",
        "",
    ),
    (
        "did not find expected ',' or ']'",
        "a '[' is not closed, or a comma is missing",
        "',' between items and ']' at the end",
        "",
    ),
    (
        "flow mapping",
        "a '{' is not closed, or a comma is missing",
        "',' between fields and '}' at the end",
        "",
    ),
    (
        "flow sequence",
        "a '[' is not closed, or a comma is missing",
        "',' between items and ']' at the end",
        "",
    ),
    (
        "found unexpected end of stream",
        "a quoted text is not closed before the file ends",
        "a closing quote",
        "",
    ),
    (
        "found unexpected document indicator",
        "a quoted text is not closed before '---'",
        "a closing quote",
        "",
    ),
    (
        "found unknown escape character",
        "a backslash in double quotes is followed by a letter that has no meaning there",
        "plain text",
        "use single quotes around text with backslashes",
    ),
    (
        "block sequence entries are not allowed",
        "a list begins where none can stand",
        "'- ' at the start of a line of its own",
        "",
    ),
    (
        "sequence entries are not allowed",
        "a list begins where none can stand",
        "'- ' at the start of a line of its own",
        "",
    ),
    (
        "block mapping",
        "the line does not fit the lines above it",
        "a field, indented as its neighbours are",
        "check the indentation, and that quotes and brackets above are closed",
    ),
    (
        "block collection",
        "the line does not fit the list above it",
        "another item that begins with '- '",
        "check the indentation",
    ),
    ("found undefined alias", "the anchor is not known", "an anchor set further up with '&'", ""),
    (
        "expected a single document",
        "a second document begins here",
        "one document a file",
        "remove the '---', or move what follows into a file of its own",
    ),
    (
        "but found another document",
        "a second document begins here",
        "one document a file",
        "remove the '---', or move what follows into a file of its own",
    ),
    ("exceeded maximum nesting depth", "is nested too deeply", "at most 100 levels", ""),
    (
        "found duplicate anchor",
        "an anchor's name is used twice",
        "a different name for each anchor",
        "",
    ),
    (
        "did not find expected node content",
        "a value is missing here",
        "a value, or nothing after the last comma",
        "",
    ),
    (
        "did not find expected <document start>",
        "text stands outside the fields",
        "fields only, each as 'name: value'",
        "",
    ),
    (
        "found a tab character",
        "a tab is used to indent",
        "spaces",
        "replace each tab by two spaces",
    ),
    (
        "undefined tag handle",
        "a '!' begins a tag that means nothing here",
        "a value without a tag",
        "quote text that begins with '!'",
    ),
)
_STARTERS = {"@", "`", "%", "&", "*", "!", "|", ">"}


def explain(error: yaml.YAMLError, text: str, label: str) -> Problem:
    """Return the parser's complaint as a problem with its place."""
    if isinstance(error, yaml.reader.ReaderError):
        return _unprintable(text, label)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line if mark is not None else 0
    column = mark.column if mark is not None else 0
    place = Place(label, line + 1, column + 1)
    said = f"{getattr(error, 'context', None) or ''} {getattr(error, 'problem', None) or ''}"
    lines = text.split("\n")
    row = lines[line] if line < len(lines) else ""
    indent = row[: len(row) - len(row.lstrip())]
    if "\t" in indent:
        return Problem(
            Place(label, line + 1, indent.index("\t") + 1),
            "",
            "a tab is used to indent",
            expected="spaces",
            mend="replace each tab by two spaces",
            code="tab",
        )
    found = row[column : column + 1]
    if "cannot start any token" in said or ("while scanning a" in said and found in _STARTERS):
        if found == "\t":
            return Problem(place, "", "a tab stands here", "spaces", code="tab")
        return Problem(
            place,
            "",
            f"a value cannot begin with '{found}'" if found else "a value cannot begin like this",
            mend="put the text in quotes",
            code="yaml",
        )
    if row.strip().startswith(":"):
        return Problem(place, "", "a name is missing before ':'", "a name", code="yaml")
    if "mapping values are not allowed" in said and ":" not in row[:column]:
        return Problem(
            Place(label, line + 1, len(indent) + 1),
            "",
            "the line above is not a field, so that this one cannot follow it",
            expected="a name followed by ':' in each line",
            code="yaml",
        )
    for theirs, what, expected, mend in _WORDS:
        if theirs in said:
            began = getattr(error, "context_mark", None)
            if "is not closed" in what and began is not None and began.line != line:
                place = Place(label, began.line + 1, began.column + 1)
                what += f" (noticed in line {line + 1})"
            return Problem(place, "", what, expected=expected, mend=mend, code="yaml")
    return Problem(
        place,
        "",
        "the file stops being readable here",
        expected="fields as 'name: value', lists as '- item'",
        mend="check quotes, brackets and indentation in this line and the one above",
        code="yaml",
    )


def _unprintable(text: str, label: str) -> Problem:
    """Return the place of the first character that YAML does not allow."""
    for number, row in enumerate(text.split("\n"), start=1):
        for column, char in enumerate(row, start=1):
            code = ord(char)
            if (code < 0x20 and char != "\t") or (0x7F <= code < 0xA0 and code != 0x85):
                return _control(Place(label, number, column), code)
            if code in {0xFFFE, 0xFFFF} or 0xD800 <= code < 0xE000:
                return _control(Place(label, number, column), code)
    return Problem(Place(label, 1, 1), "", "holds a character that is not text", code="control")


def _control(place: Place, code: int) -> Problem:
    return Problem(
        place,
        "",
        f"the control character U+{code:04X} is not text",
        mend="delete it; the file may not be a text file at all",
        code="control",
    )
