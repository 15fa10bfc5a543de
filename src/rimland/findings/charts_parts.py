"""A whole and its parts as one chart: each part begins where the one before it ends."""

from __future__ import annotations

from rimland.findings.charts import SCHEMA, Spec, config

ROW = 24
"""Height of a row; whoever shows the chart sets its height to as many as there are rows."""


def parts_of_a_whole(rule_at: float | None = None, *, dark: bool = False) -> Spec:
    """Return bars that add up to the last one; data set `parts`.

    Rows are `{"part": label, "value": number, "kind": "part" | "whole" | "economic"}` in order.
    The bar of a part runs from the sum of those before it to its own sum; `whole` and `economic`
    begin at zero. What is economic is an outline and has its name, so that no colour is needed.
    With `rule_at` a value is marked by an upright rule.
    """
    y: Spec = {
        "field": "part",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"grid": False, "labelLimit": 172, "labelOverlap": False},
    }
    x: Spec = {"type": "quantitative", "title": None, "axis": {"tickCount": 5, "grid": True}}
    of = "datum.kind === 'part'"
    transform = [
        {"calculate": f"{of} ? datum.value : 0", "as": "counted"},
        {"window": [{"op": "sum", "field": "counted", "as": "sum"}]},
        {"calculate": f"{of} ? datum.sum : datum.value", "as": "to"},
        {"calculate": f"{of} ? datum.sum - datum.value : 0", "as": "from"},
        {"calculate": f"{of} ? 'a' : 'b'", "as": "series"},
    ]
    colour: Spec = {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": ["a", "b"]},
        "legend": None,
    }
    bar = {"type": "bar", "height": {"band": 0.62}}
    span = {"x": {**x, "field": "from"}, "x2": {"field": "to"}, "y": y}
    economic = "datum.kind === 'economic'"
    layers: list[Spec] = [
        {
            "mark": bar,
            "encoding": {
                **span,
                "color": colour,
                "stroke": {**colour, "scale": {"domain": ["a", "b"]}},
                "fillOpacity": {"condition": {"test": economic, "value": 0.15}, "value": 1},
                "strokeWidth": {"condition": {"test": economic, "value": 1.5}, "value": 0},
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 4, "baseline": "middle"},
            "encoding": {
                "x": {**x, "field": "to"},
                "y": y,
                "text": {"field": "value", "type": "quantitative", "format": ".1f"},
            },
        },
    ]
    if rule_at is not None:
        rule = {"datum": rule_at, "type": "quantitative"}
        layers.append({"data": {"values": [{}]}, "mark": "rule", "encoding": {"x": rule}})
    return {
        "$schema": SCHEMA,
        "description": "A whole by its parts, which add up to it",
        "data": {"name": "parts"},
        "width": "container",
        "height": 10 * ROW,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "transform": transform,
        "layer": layers,
        "config": config(dark),
    }
