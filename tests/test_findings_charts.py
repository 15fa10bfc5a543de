"""Charts as data: what they show, and that Vega-Lite can compile them where it is installed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pytest

from rimland.findings import charts
from rimland.findings.measures import fan_of

ACCOUNTS = {
    "deterrence-led": {"median": -38.0, "p05": -55.0, "p95": -21.0, "verdict": "holds"},
    "unmoved": {"median": 1.0, "p05": -2.0, "p95": 4.0, "verdict": "negligible"},
}


def every_chart() -> dict[str, charts.Spec]:
    """Return one of each, complete with data."""
    days = np.linspace(0, 3652, 11)
    walk = np.random.default_rng(1).normal(size=(50, 11)).cumsum(axis=1)
    a, b, gap = (
        charts.rows(fan_of(x, days), date(2024, 4, 15)) for x in (walk, walk - 3, walk * 0 - 3)
    )
    data = {"fan_a": a, "fan_b": b, "difference": gap}
    made = {
        "fans": charts.two_fans("force in time", "%", "as assessed", "it's without"),
        "difference": charts.difference("without against as assessed", "%", 5.0),
        "both": charts.fans_and_difference("force in time", "%", "as assessed", "without"),
    }
    filled = {name: charts.with_data(chart, data) for name, chart in made.items()}
    return filled | {"strip": charts.strip(ACCOUNTS, "%", 5.0)}


def values_of(node: Any) -> Iterator[Any]:
    """Yield every leaf of nested lists and dictionaries."""
    if isinstance(node, dict):
        for value in node.values():
            yield from values_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from values_of(value)
    else:
        yield node


def test_charts_are_plain_json() -> None:
    for chart in every_chart().values():
        assert json.loads(json.dumps(chart, allow_nan=False)) == chart


def test_no_colour_stands_outside_the_config() -> None:
    for chart in every_chart().values():
        rest = {key: value for key, value in chart.items() if key != "config"}
        assert not [v for v in values_of(rest) if isinstance(v, str) and v.startswith("#")]


def test_light_and_dark_differ_only_in_colours() -> None:
    light, dark = json.dumps(charts.config()), json.dumps(charts.config(dark=True))
    assert light != dark
    assert charts.config().keys() == charts.config(dark=True).keys()
    fans = charts.two_fans("m", "u", "a", "b", dark=True)
    assert fans["config"] == charts.config(dark=True)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.1."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("dark", "paper"), [(False, "#fbfaf7"), (True, "#161513")])
def test_lines_and_labels_can_be_read_on_their_paper(dark: bool, paper: str) -> None:
    found = charts.config(dark)
    for colour in (*found["range"]["category"], found["axis"]["labelColor"]):
        assert contrast(colour, paper) >= 4.5


def test_the_two_fans_read_their_two_data_sets_and_fill_their_container() -> None:
    chart = charts.two_fans("m", "u", "as assessed", "without")
    names = {layer["data"]["name"] for layer in chart["layer"]}
    assert names == {"fan_a", "fan_b"}
    assert chart["width"] == "container"
    assert chart["encoding"]["y"]["scale"]["zero"] is False
    assert "legend" not in chart
    dashes = [layer["mark"] for layer in chart["layer"] if layer.get("mark", {}).get("strokeDash")]
    assert len(dashes) == 1


def test_rows_leave_out_times_at_which_nothing_is_defined() -> None:
    found = charts.rows(
        fan_of(np.array([[np.nan, 1.0], [np.nan, 3.0]]), np.array([0.0, 30.0])), date(2024, 4, 15)
    )
    assert [row["time"] for row in found] == ["2024-05-15"]
    assert found[0]["p50"] == 2


def test_a_description_says_what_a_screen_reader_needs() -> None:
    said = charts.strip(ACCOUNTS, "%")["description"]
    assert "deterrence-led -38 (-55 to -21)" in said


def test_vega_lite_compiles_every_chart_without_a_warning(
    capfd: pytest.CaptureFixture[str],
) -> None:
    converter = pytest.importorskip("vl_convert", reason="vl-convert is not installed")
    for name, chart in every_chart().items():
        fixed = chart if name == "both" else {**chart, "width": 400}
        svg = converter.vegalite_to_svg(json.dumps(fixed), vl_version="5.20")
        assert svg.startswith("<svg"), name
        assert "NaN" not in svg, name
    assert "WARN" not in capfd.readouterr().err
