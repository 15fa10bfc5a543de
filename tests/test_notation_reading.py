"""Reading files: data, places, and never an exception whatever the bytes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rimland.notation import (
    Document,
    Entry,
    Marked,
    Place,
    Problem,
    Problems,
    Quantity,
    ScenarioError,
    Source,
    describe_model,
    dotted,
    parse,
    read_csv,
    read_sources,
    read_yaml,
    schema_of,
    walk,
)
from rimland.notation import yamlfile as yaml_module
from rimland.notation.describe import undocumented
from rimland.notation.quantity import Duration, DurationQuantity

TEXT = """\
# a comment
docks:
  NO: {size: 012, open: yes}   # Norway is no negation
  north:
    says: >
      two
      lines
    due: 2025-03-31
    of: [a, 'b', "~"]
    none: ~
    empty:
"""


def document(text: str, folder: Path, name: str = "docks.yaml") -> Document:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    found = read_yaml(path, problems)
    assert found is not None, str(problems)
    assert len(problems) == 0, str(problems)
    return found


def test_plain_values_stay_text_and_only_nothing_is_none(tmp_path: Path) -> None:
    assert document(TEXT, tmp_path).data == {
        "docks": {
            "NO": {"size": "012", "open": "yes"},
            "north": {
                "says": "two lines\n",
                "due": "2025-03-31",
                "of": ["a", "b", "~"],
                "none": None,
                "empty": None,
            },
        }
    }


def test_every_value_and_key_has_its_place(tmp_path: Path) -> None:
    doc = document(TEXT, tmp_path)
    assert doc.place(("docks", "NO", "size")) == Place("docks.yaml", 3, 14)
    assert doc.place(("docks", "NO", "size"), key=True) == Place("docks.yaml", 3, 8)
    assert doc.place(("docks", "north", "of", 1)) == Place("docks.yaml", 9, 13)
    assert str(doc.place(("docks", "north", "due"))) == "docks.yaml:8:10"


def test_what_is_not_there_has_the_place_of_its_nearest_ancestor(tmp_path: Path) -> None:
    doc = document(TEXT, tmp_path)
    assert doc.place(("docks", "north", "by")) == Place("docks.yaml", 4, 3)
    assert doc.place(("docks", "north", "of", 9)) == Place("docks.yaml", 9, 5)
    assert doc.place(("yards", 3)) == Place("docks.yaml", 1, 1)


def test_merge_keys_fill_in_what_is_not_written(tmp_path: Path) -> None:
    text = "a: &base {x: 1, y: 2}\nb: {<<: *base, y: 3}\nc: {<<: [*base, {z: 4}]}\n"
    doc = document(text, tmp_path)
    assert doc.data["b"] == {"x": "1", "y": "3"}
    assert doc.data["c"] == {"x": "1", "y": "2", "z": "4"}
    assert doc.place(("b", "x")) == Place("docks.yaml", 1, 14)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "docks.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    problems = Problems()
    found = read_yaml(path, problems)
    assert found is not None
    assert found.data == {"a": "1", "b": "2"}
    assert found.place(("b",)) == Place("docks.yaml", 2, 4)


def test_reading_works_without_the_c_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = document(TEXT, tmp_path)
    monkeypatch.setattr(yaml_module, "_LOADER", yaml_module._loader(yaml.SafeLoader))
    slow = document(TEXT, tmp_path)
    assert slow.data == fast.data
    assert slow.places.keys == fast.places.keys
    # Where a value is empty, the two disagree by the blank before it.
    assert slow.places.values.keys() == fast.places.values.keys()


YAMLISH = st.text(alphabet="ab: -[]{}'\"\n\t#&*!|>%@`,?0~<", max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | YAMLISH.map(str.encode))
def test_reading_never_raises_whatever_the_bytes(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(raw)
    for read in (read_yaml, read_csv):
        problems = Problems()
        found = read(path, problems)
        assert found is not None or len(problems) > 0
        if found is not None:
            parse(dict[str, Source], found, problems)
        assert all(problem.place is not None for problem in problems)


class Dock(Entry):
    says: str
    """In plain words."""
    takes: DurationQuantity | None = None
    """How long it takes."""
    opened: date | None = None
    """When it opened."""
    tags: list[str] = []  # noqa: RUF012 - pydantic copies it
    """Words to find it by."""


class Docks(Entry):
    docks: dict[str, Dock]
    """The docks by name."""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["docks", "says", "takes", "opened", "value", "judged", "tags"])
                | st.text(max_size=4),
                inner,
                max_size=5,
            )
        ),
        max_leaves=15,
    )
)
def test_parsing_never_raises_whatever_the_data(tmp_path: Path, data: object) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    problems = Problems()
    found = read_yaml(path, problems)
    if found is not None:
        model = parse(Docks, found, problems)
        assert model is not None or len(problems) > 0


def test_a_part_of_a_document_is_read_with_its_whole_path(tmp_path: Path) -> None:
    doc = document("docks:\n  north: {sais: x}\n", tmp_path)
    problems = Problems()
    assert parse(Dock, doc, problems, at=("docks", "north")) is None
    assert [p.field for p in problems] == ["docks.north.sais"]
    assert parse(Dock, doc, problems, at=("docks", "south")) is None
    assert "'south' is missing" in str(problems)


def test_quantities_keep_the_place_of_their_source(tmp_path: Path) -> None:
    text = "docks:\n  north:\n    says: x\n    takes: {value: 5 days, source: yard, seen: true}\n"
    doc = document(text, tmp_path)
    problems = Problems()
    docks = parse(Docks, doc, problems)
    assert docks is not None
    found = [(path, q) for path, q in walk(docks) if isinstance(q, Quantity)]
    [(path, quantity)] = found
    assert dotted(path) == "docks.north.takes"
    assert str(quantity.place) == "docks.yaml:4:12"
    assert str(quantity.source_place) == "docks.yaml:4:36"
    assert doc.place((*path, "source")) == quantity.source_place


def test_a_marked_entry_says_where_it_comes_from() -> None:
    class Row(Marked):
        pact: str

    row = Row.model_validate({"pact": "defence", "source": "treaty", "recalled": "true"})
    assert row.mark.kind == "published-recalled"
    assert row.mark.words() == "published, recalled"
    assert Row.model_validate({"pact": "none", "judged": "no data"}).mark.because == "no data"


def test_a_table_is_read_with_the_place_of_every_cell(tmp_path: Path) -> None:
    path = tmp_path / "routes.csv"
    path.write_text(
        'route,km, note\n# by sea\nnorth, 12,"a, ""b"""\n\nsouth,,"two\nlines"\nwest,3,""\n',
        encoding="utf-8",
    )
    problems = Problems()
    found = read_csv(path, problems, columns=("route", "km", "note"))
    assert found is not None, str(problems)
    assert found.data == [
        {"route": "north", "km": "12", "note": 'a, "b"'},
        {"route": "south", "km": None, "note": "two\nlines"},
        {"route": "west", "km": "3", "note": ""},
    ]
    assert found.place((0, "km")) == Place("routes.csv", 3, 8)
    assert found.place((2,)) == Place("routes.csv", 7, 1)


def test_a_source_is_dated_by_its_day_or_else_by_its_year(tmp_path: Path) -> None:
    text = (
        "yards: {title: The yards., author: Navy, year: 2020, where: Press, "
        "published: 2020-05-01}\n"
        "docks: {title: Docks, author: Navy, year: 2019, where: recalled}\n"
        "page: {title: Page, author: Navy, year: n.d., where: web}\n"
    )
    problems = Problems()
    sources = read_sources(document(text, tmp_path, "sources.yaml"), problems)
    assert sources is not None, str(problems)
    assert sources["yards"].dated == date(2020, 5, 1)
    assert sources["docks"].dated == date(2019, 1, 1)
    assert sources["page"].dated is None
    assert sources["yards"].id == "yards"
    assert sources["yards"].reference() == "Navy (2020). The yards. Press."


def test_problems_are_told_once_and_sorted_by_place() -> None:
    problems = Problems()
    late, early = Place("b.yaml", 9, 1), Place("b.yaml", 2, 1)
    problems.report(late, "x", "is late")
    problems.report(early, "y", "'q' is not known", near="p", mend="write 'p'")
    problems.report(late, "x", "is late")
    problems.add(Problem(Place("a.yaml", 50, 1), "z", "is first"))
    assert len(problems) == 3
    with pytest.raises(ScenarioError) as caught:
        problems.raise_if_any()
    assert str(caught.value) == (
        "a.yaml:50:1  z is first.\n"
        "b.yaml:2:1  y: 'q' is not known. Did you mean 'p'? Write 'p'.\n"
        "b.yaml:9:1  x is late."
    )
    assert caught.value.problems[0].as_dict()["line"] == 50


def test_no_problem_raises_nothing() -> None:
    Problems().raise_if_any()


def test_a_model_is_described_in_plain_words() -> None:
    rows = {row.field: row for row in describe_model(Dock)}
    assert rows["says"].type == "text"
    assert rows["says"].default is None
    assert rows["takes"].type == "a duration, such as '60 to 180 days'"
    assert rows["opened"].type == "a date as YYYY-MM-DD"
    assert rows["tags"].type == "a list of texts"
    assert rows["tags"].default == "empty"
    assert rows["takes"].meaning == "How long it takes."


@pytest.mark.parametrize("model", [Dock, Docks, Duration, Marked, Source])
def test_every_field_of_notation_carries_its_meaning(model: type[Entry]) -> None:
    assert undocumented(model) == []


def test_editors_get_a_schema_with_the_meaning_of_each_field() -> None:
    schema = schema_of(Docks)
    dock = schema["$defs"]["Dock"]
    assert dock["additionalProperties"] is False
    assert dock["properties"]["says"]["description"] == "In plain words."
    takes = dock["properties"]["takes"]["anyOf"][0]
    assert takes["description"].startswith("a duration")
    assert "p10" in takes["properties"]["value"]["description"]
