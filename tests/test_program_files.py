"""Program files: written and read back exactly; a bad one is told by its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rimland.engine import run
from rimland.errors import ProgramError
from rimland.program.build import ProgramBuilder, add, set_to, when
from rimland.program.codec import (
    load_program,
    program_from_json,
    program_schema,
    program_to_json,
    save_program,
)
from rimland.program.formula import exp, log, name, sqrt
from rimland.program.model import Atom, Program, Term
from rimland.program.show import show_program


def yard() -> Program:
    """Return a program that has one of everything."""
    b = ProgramBuilder("yard")
    b.variable("dock", 0, 2, 0, ["empty", "entering", "in repair"])
    b.variable("waiting", 0, 5, 1)
    b.covariate("season", [0, 90.5], [0.1, -0.3])
    b.feature("queue", [Term(1, (Atom("waiting"),)), Term(3, ())], "log")
    b.feature("both", [Term(-2, (Atom("waiting"), Atom("dock", 1, 2)))], covariate="season")
    b.variable("treaty", 0, 2, 1)
    b.layer(
        "allies",
        ["north", "east", "south"],
        {("east", "north"): "dock", ("north", "south"): "treaty"},
    )
    b.observer("partners", "level", b.shared("allies", "south", "east", 2, "log1p", "shared"))
    b.index("strain", [(name("weight") / 3, "queue"), (-1.5, "waiting")], log(name("base")))
    b.transition(
        "enter",
        b.lognormal("enter", log(name("days")), sqrt(name("base")), [(0.1, "strain")]),
        [set_to("dock", 1), add("waiting", -1)],
        [when("dock", 0), when("waiting", 1, 5)],
    )
    outcomes = [
        b.outcome("repair", "good", [set_to("dock", 0)], 1 - name("base"), [(0.5, "both")]),
        b.outcome("repair", "lost", [set_to("dock", 0)], exp(-name("base"))),
    ]
    b.transition("repair", b.fixed("repair", 0.1 + 0.2), outcomes, [when("dock", 1, 2)])
    b.transition("arrive", b.exponential("arrive", -2.0), [add("waiting", 1)], [when("waiting", 0)])
    b.transition("inspect", b.calendar([30, 60]), [], priority=-1)
    b.observer("first", "first", "dock", lo=1)
    b.observer("lost", "count", None, "repair", "lost")
    b.observer("arrivals", "hazard", "waiting", "arrive")
    b.observer("strain", "integral", "strain")
    return b.build({"weight": 1 / 3, "base": 0.25, "days": 12.0})


def test_a_program_is_read_back_exactly_as_it_was_written(tmp_path):
    program = yard()
    save_program(program, tmp_path / "yard.json")
    again = load_program(tmp_path / "yard.json")
    assert again == program
    grid = {"futures": 20, "horizon_days": 100, "grid_days": [50, 100]}
    one = run(program, program.default_theta(), **grid)
    assert run(again, again.default_theta(), **grid).digest() == one.digest()
    assert not list(tmp_path.glob(".*"))


def test_fields_with_their_default_are_left_out():
    text = json.dumps(program_to_json(yard()))
    assert '"priority": 0' not in text
    assert "null" not in text


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], "other", "format: this is no program file; expected 'rimland-program'"),
        (["version"], 2, "version: expected 1, found 2"),
        (["variables", 0, "lo"], "0", "variables[0].lo: expected a whole number, not a text"),
        (["variables", 0, "hi"], True, "variables[0].hi: expected a whole number, not True"),
        (["variables", 1], 5, "variables[1]: expected an object, not 5"),
        (["transitions", 0, "clock", "kind"], "lognorm", "transitions[0].clock.kind: expected one"),
        (["transitions", 0, "gaurd"], [], "unknown field 'gaurd'. Did you mean 'guard'?"),
        (["parameters", 0, "formula"], ["%", 1, 2], "parameters[0].formula: '%' with 2 arguments"),
        (["observers"], {}, "observers: expected a list, not an object"),
        (["quantities", "base"], "x", "quantities.base: expected a number, not a text"),
        (["observers", 0, "of"], "dok", "Did you mean 'dock'?"),
    ],
)
def test_a_bad_file_is_told_by_its_place(tmp_path, path, value, message):
    data = program_to_json(yard())
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(data))
    with pytest.raises(ProgramError) as caught:
        load_program(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert message in str(caught.value)


def test_a_missing_field_is_told():
    data = program_to_json(yard())
    del data["variables"][0]["start"]
    with pytest.raises(ProgramError, match=r"variables\[0\]: the field 'start' is missing"):
        program_from_json(data)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"format": ', ":1:12: is not JSON"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"[NaN]", "NaN is not a number"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"[]", "a program file holds one object, not a list"),
    ],
)
def test_what_is_no_json_is_told(tmp_path, content, message):
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    with pytest.raises(ProgramError) as caught:
        load_program(file)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ProgramError, match="could not be read"):
        load_program(tmp_path / "none.json")


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("dock")
)
anything = st.recursive(
    leaves, lambda x: st.one_of(st.lists(x, max_size=3), st.dictionaries(st.text(), x, max_size=3))
)


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(st.data())
def test_a_damaged_file_gives_a_program_or_a_program_error_and_nothing_else(data):
    whole = program_to_json(yard())
    holder, key = None, None
    inner = whole
    for _ in range(data.draw(st.integers(1, 6))):
        if isinstance(inner, dict) and inner:
            holder, key = inner, data.draw(st.sampled_from(sorted(inner)))
        elif isinstance(inner, list) and inner:
            holder, key = inner, data.draw(st.integers(0, len(inner) - 1))
        else:
            break
        inner = holder[key]
    holder[key] = data.draw(anything)
    try:
        program = program_from_json(whole)
    except ProgramError:
        return
    assert isinstance(program, Program)


def fits(schema, data, root) -> bool:
    """Return whether data fits a schema, for the few words of JSON Schema that ours uses."""
    if schema is False:
        return False
    if "$ref" in schema:
        return fits(root["$defs"][schema["$ref"].rpartition("/")[2]], data, root)
    if "anyOf" in schema:
        return any(fits(one, data, root) for one in schema["anyOf"])
    if "const" in schema:
        return data == schema["const"]
    if "enum" in schema:
        return data in schema["enum"]
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}
    wanted = kinds.get(schema["type"], (int, float))
    if not isinstance(data, wanted) or isinstance(data, bool):
        return False
    if isinstance(data, dict):
        known, other = schema.get("properties", {}), schema["additionalProperties"]
        return set(schema.get("required", ())) <= set(data) and all(
            fits(known.get(key, other), item, root) for key, item in data.items()
        )
    if isinstance(data, list):
        head = schema.get("prefixItems", [])
        items = [*head, *[schema["items"]] * (len(data) - len(head))]
        return len(data) >= schema.get("minItems", 0) and all(
            fits(one, item, root) for one, item in zip(items, data, strict=False)
        )
    return True


def test_the_schema_fits_a_program_file_and_not_one_with_a_mistake():
    schema = json.loads(json.dumps(program_schema()))
    whole = program_to_json(yard())
    assert fits(schema, whole, schema)
    names = {"Variable", "Transition", "Clock", "Queue", "Observer", "Formula"}
    assert names <= set(schema["$defs"])
    for path, value in [
        (["version"], 2),
        (["variables", 0, "lo"], "0"),
        (["transitions", 0, "gaurd"], []),
        (["transitions", 0, "clock", "kind"], "lognorm"),
        (["parameters", 0, "formula"], ["%", 1, 2]),
        (["parameters", 0, "formula"], ["log", 1, 2]),
        (["quantities", "base"], "x"),
    ]:
        broken = json.loads(json.dumps(whole))
        inner = broken
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        assert not fits(schema, broken, schema), path


def test_a_program_is_shown_as_text_that_can_be_read():
    assert show_program(yard()) == SHOWN


SHOWN = """\
program yard
3 variables, 4 transitions, 11 numbers from 3 quantities, 5 observers

variables
  dock: empty, entering, in repair; starts at empty
  waiting: 0 to 5; starts at 1
  treaty: 0 to 2; starts at 1

covariates
  season: 2 steps, 0.1 on day 0 to -0.3 from day 90.5

layers
  allies: 3 nodes, 2 pairs: east-north is dock, north-south is treaty

features
  queue = log(waiting + 3)
  both = -2 * waiting * [dock is entering or more] + season
  shared = log1p(partners in allies that east and south share, each at 2 or more)

indices
  strain = log(base) + (weight / 3) * queue + -1.5 * waiting

transitions
  enter
    while dock is empty and waiting is 1 or more
    after a lognormal time of median days (days) and sigma sqrt(base), at speed exp(0.1 * strain)
    -> dock := entering, waiting -= 1
  repair
    while dock is entering or more
    after 0.3 (days)
    -> good, weight exp((1 - base) + 0.5 * both): dock := empty
    -> lost, weight exp(exp(-base)): dock := empty
  arrive
    while waiting is 0
    at rate exp(-2) per day
    -> waiting += 1
  inspect (priority -1)
    on days 30, 60
    -> nothing

observers
  partners: level of shared
  first: first day on which dock is entering or more
  lost: number of repair that come out 'lost'
  arrivals: expected number of arrive, each counted with waiting
  strain: integral of strain

quantities
  weight = 0.333333
  base = 0.25
  days = 12
"""
