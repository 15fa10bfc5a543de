"""Charts: Vega-Lite 5 as plain dictionaries, the same for notebook, page and printed figure.

Colours, fonts and rules are only in `config`, so that whoever shows a chart can swap it (light,
dark, the page's own). Series are the nominal values "a" and "b", coloured by the range
`category` of the config. Expressions are plain field arithmetic, fit for Vega's interpreter.
Rows are `{"time": "2024-04-15", "p05": ..., "p25": ..., "p50": ..., "p75": ..., "p95": ...,
"line": ...}`; the line is the number of a card, the bands are quantiles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Any

from rimland.dates import date_of_day
from rimland.findings.measures import Fan

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"

# blue and burnt orange differ in lightness and hue under all three colour-vision deficiencies;
# they meet 4.5:1 against their papers
_LIGHT = {"a": "#0b5f8a", "b": "#b4530f", "ink": "#1c1b19", "soft": "#6a665f", "hair": "#ddd8cf"}
_DARK = {"a": "#6db9e0", "b": "#e8a064", "ink": "#ebe7df", "soft": "#9d978c", "hair": "#35322d"}
_FONT = "Inter, 'Segoe UI', system-ui, sans-serif"

_TIME: Spec = {
    "field": "time",
    "type": "temporal",
    "title": None,
    "scale": {"type": "utc"},
    "axis": {"format": "%Y", "tickCount": {"interval": "year", "step": 2}},
}


def config(dark: bool = False) -> Spec:
    """Return the Vega-Lite config that carries every colour, font and weight of the charts."""
    tone = _DARK if dark else _LIGHT
    return {
        "background": "transparent",
        "font": _FONT,
        "range": {"category": [tone["a"], tone["b"]]},
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "grid": False,
            "labelColor": tone["soft"],
            "titleColor": tone["soft"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelPadding": 6,
        },
        "axisX": {"domain": True, "domainColor": tone["hair"], "labelFlush": True},
        "axisY": {"grid": True, "gridColor": tone["hair"], "gridOpacity": 0.6, "tickCount": 4},
        "text": {"color": tone["soft"], "fontSize": 12},
        "rule": {"color": tone["soft"]},
        "rect": {"color": tone["soft"]},
    }


def two_fans(
    measure_label: str, unit: str, label_a: str, label_b: str, *, dark: bool = False
) -> Spec:
    """Return two fans over time with the same luck; data sets `fan_a` and `fan_b`.

    Bands are p05-p95 and p25-p75, lines the medians: `a` solid, `b` dashed, each with its label
    at the line's end. The vertical axis does not have to contain zero.
    """
    layers = [_band("fan_b", "b", *pair) for pair in _BANDS]
    layers += [_band("fan_a", "a", *pair) for pair in _BANDS]
    layers += [_line("fan_b", "b", dashed=True), _line("fan_a", "a", dashed=False)]
    layers.append(_end_labels(label_a, label_b))
    said = (
        f"{measure_label}: {label_a} (solid) and {label_b} (dashed), median and the ranges of "
        "one half and nine tenths of all futures"
    )
    return _chart(said, layers, _title(measure_label, unit), 260, dark)


def difference(label: str, unit: str, smallest: float | None = None, *, dark: bool = False) -> Spec:
    """Return the paired difference over time with a rule at zero; data set `difference`.

    Rows need p05, p95 and line only. With `smallest` the band in which the difference is
    negligible is shaded.
    """
    layers: list[Spec] = []
    if smallest:
        layers.append(_size_band("y", smallest))
    layers.append(_rule("y"))
    layers.append(_band("difference", "a", "p05", "p95", 0.2))
    layers.append(_line("difference", "a", dashed=False))
    said = f"{label}: paired difference over time, median and the range of nine draws in ten"
    return _chart(said, layers, _title(label, unit), 150, dark)


def fans_and_difference(
    measure_label: str,
    unit: str,
    label_a: str,
    label_b: str,
    *,
    width: int = 560,
    dark: bool = False,
) -> Spec:
    """Return both charts, one above the other, for print; Vega-Lite wants a fixed width there."""
    above = two_fans(measure_label, unit, label_a, label_b, dark=dark)
    below = difference(f"{label_b} against {label_a}", unit, dark=dark)
    parts = []
    for part in (above, below):
        parts.append({k: v for k, v in part.items() if k in ("layer", "height", "encoding")})
        parts[-1]["width"] = width
    return {
        "$schema": SCHEMA,
        "description": above["description"],
        "spacing": 20,
        "vconcat": parts,
        "config": config(dark),
    }


def strip(
    by_account: Mapping[str, Mapping[str, Any]],
    unit: str,
    smallest: float | None = None,
    *,
    dark: bool = False,
) -> Spec:
    """Return one row an account: median and 5-95 %, against zero and the smallest size.

    `by_account[name]` has `median`, `p05`, `p95` and, if known, `verdict`.
    """
    rows = [
        {
            "account": name,
            "median": row["median"],
            "p05": row["p05"],
            "p95": row["p95"],
            "verdict": row.get("verdict", ""),
        }
        for name, row in by_account.items()
    ]
    names = list(by_account)
    y: Spec = {
        "field": "account",
        "type": "nominal",
        "sort": names,
        "title": None,
        "axis": {"grid": False, "labelLimit": 220},
    }
    x: Spec = {"type": "quantitative", "title": unit or None, "axis": {"tickCount": 5}}
    tip = [
        {"field": "account", "title": "account"},
        *({"field": f, "type": "quantitative", "format": ".3~g"} for f in ("p05", "median", "p95")),
        {"field": "verdict", "title": "verdict"},
    ]
    layers: list[Spec] = []
    if smallest:
        layers.append(_size_band("x", smallest))
    layers.append(_rule("x"))
    layers.append(
        {
            "mark": {"type": "rule", "strokeWidth": 2.5, "strokeCap": "round"},
            "encoding": {
                "x": {**x, "field": "p05"},
                "x2": {"field": "p95"},
                "y": y,
                "color": _COLOUR,
                "tooltip": tip,
            },
        }
    )
    layers.append(
        {
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
            "encoding": {
                "x": {**x, "field": "median"},
                "y": y,
                "color": _COLOUR,
                "tooltip": tip,
            },
        }
    )
    layers.append(
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "dy": -11},
            "encoding": {"x": {**x, "field": "p05"}, "y": y, "text": {"field": "verdict"}},
        }
    )
    said = "Effect by account: " + "; ".join(
        f"{row['account']} {row['median']:.3g} ({row['p05']:.3g} to {row['p95']:.3g})"
        for row in rows
    )
    chart = _chart(said, layers, unit, 44 * max(len(rows), 1), dark)
    chart["data"] = {"values": rows}
    chart["transform"] = [_series("a")]
    chart["layer"] = [_with_x_title(layer, unit) for layer in chart["layer"]]
    del chart["encoding"]
    return chart


def rows(fan: Fan, as_of: date) -> list[dict[str, Any]]:
    """Return a fan as rows for a chart; times at which nothing is defined are left out."""
    listed = fan.lists()
    out = []
    for i, day in enumerate(fan.days):
        values = {name: column[i] for name, column in listed.items()}
        if all(value is not None for value in values.values()):
            out.append({"time": date_of_day(float(day), as_of).isoformat(), **values})
    return out


def with_data(chart: Spec, datasets: Mapping[str, Sequence[Mapping[str, Any]]]) -> Spec:
    """Return the chart with its named data sets filled in, complete in itself."""
    filled = deepcopy(chart)
    filled["datasets"] = {name: list(values) for name, values in datasets.items()}
    return filled


_BANDS = (("p05", "p95", 0.13), ("p25", "p75", 0.2))


def _chart(said: str, layers: list[Spec], title: str, height: int, dark: bool) -> Spec:
    return {
        "$schema": SCHEMA,
        "description": said,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "encoding": {
            "y": {
                "type": "quantitative",
                "title": title or None,
                "scale": {"zero": False, "nice": True},
                "axis": _HORIZONTAL_TITLE,
            }
        },
        "layer": layers,
        "config": config(dark),
    }


# the title stands above the axis and is read without turning the head
_HORIZONTAL_TITLE: Spec = {
    "titleAngle": 0,
    "titleAlign": "left",
    "titleAnchor": "end",
    "titleX": 0,
    "titleY": -10,
    "titleBaseline": "bottom",
    "titleLimit": 600,
}


def _title(label: str, unit: str) -> str:
    return f"{label}, {unit}" if unit else label


_COLOUR: Spec = {
    "field": "series",
    "type": "nominal",
    "scale": {"domain": ["a", "b"]},
    "legend": None,
}


def _series(series: str) -> Spec:
    """Name the series, so that its colour comes from the config's category range."""
    return {"calculate": f"'{series}'", "as": "series"}


def _band(data: str, series: str, low: str, high: str, opacity: float) -> Spec:
    return {
        "data": {"name": data},
        "transform": [_series(series)],
        "mark": {"type": "area", "opacity": opacity, "interpolate": "monotone", "line": False},
        "encoding": {
            "x": _TIME,
            "y": {"field": low, "type": "quantitative"},
            "y2": {"field": high},
            "color": _COLOUR,
        },
    }


def _line(data: str, series: str, dashed: bool) -> Spec:
    mark: Spec = {"type": "line", "strokeWidth": 2.2, "interpolate": "monotone"}
    if dashed:
        mark["strokeDash"] = [6, 4]
    tip = [
        {"field": "time", "type": "temporal", "title": "date", "format": "%B %Y"},
        {"field": "line", "type": "quantitative", "title": "middle draw", "format": ".3~g"},
        {"field": "p05", "type": "quantitative", "title": "5 %", "format": ".3~g"},
        {"field": "p95", "type": "quantitative", "title": "95 %", "format": ".3~g"},
    ]
    return {
        "data": {"name": data},
        "transform": [_series(series)],
        "mark": mark,
        "encoding": {
            "x": _TIME,
            "y": {"field": "line", "type": "quantitative"},
            "color": _COLOUR,
            "tooltip": tip,
        },
    }


def _end_labels(label_a: str, label_b: str) -> Spec:
    """Labels at the lines' ends: above the inner band of the higher of the two, below the other's.

    So they meet neither each other nor, on a slope, their own line.
    """
    above = "datum.line >= datum.b50"
    return {
        "data": {"name": "fan_a"},
        "transform": [
            {"window": [{"op": "row_number", "as": "row"}]},
            {"joinaggregate": [{"op": "count", "as": "rows"}]},
            {"filter": "datum.row === datum.rows"},
            {
                "lookup": "time",
                "from": {
                    "data": {"name": "fan_b"},
                    "key": "time",
                    "fields": ["p25", "line", "p75"],
                },
                "as": ["b25", "b50", "b75"],
            },
            {"calculate": f"{above} ? datum.p75 : datum.p25", "as": "end_a"},
            {"calculate": f"{above} ? datum.b25 : datum.b75", "as": "end_b"},
        ],
        "layer": [
            _end_label("a", label_a, f"{above} ? -9 : 10"),
            _end_label("b", label_b, f"{above} ? 10 : -9"),
        ],
    }


def _end_label(series: str, label: str, dy: str) -> Spec:
    return {
        "transform": [_series(series)],
        "mark": {
            "type": "text",
            "text": label,
            "align": "right",
            "baseline": "middle",
            "fontWeight": 600,
            "dx": -2,
            "dy": {"expr": dy},
        },
        "encoding": {
            "x": _TIME,
            "y": {"field": f"end_{series}", "type": "quantitative"},
            "color": _COLOUR,
        },
    }


_ONCE: Spec = {"values": [{}]}  # a mark of constants, drawn once


def _rule(axis: str) -> Spec:
    encoding: Spec = {axis: {"datum": 0, "type": "quantitative"}}
    return {"data": _ONCE, "mark": {"type": "rule", "strokeWidth": 1}, "encoding": encoding}


def _size_band(axis: str, smallest: float) -> Spec:
    encoding: Spec = {
        axis: {"datum": -smallest, "type": "quantitative"},
        f"{axis}2": {"datum": smallest},
    }
    return {"data": _ONCE, "mark": {"type": "rect", "fillOpacity": 0.13}, "encoding": encoding}


def _with_x_title(layer: Spec, unit: str) -> Spec:
    channel = {**layer["encoding"]["x"], "title": unit or None}
    return {**layer, "encoding": {**layer["encoding"], "x": channel}}
