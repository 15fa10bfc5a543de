"""`rimland fit`: the shipped fits, what each says, and each made anew from its data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rimland.cli.console import ANSWER_NO, Step, out, print_json, progress
from rimland.cli.options import Json, writable

if TYPE_CHECKING:
    from rimland.history.fitfile import Fit


def fit(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A shipped fit; all are listed without it.")
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Show the fit as it ships and make nothing.")
    ] = False,
    answers: Annotated[
        bool, typer.Option("--answers", help="List every number that a scenario may ask it for.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the forest plot: .json, .svg, .png or .html."),
    ] = None,
    json: Json = False,
) -> None:
    """List the shipped fits, or make one anew.

    Prints ratios with 95 % intervals, clustered errors, z and p; events, rows and clusters; how the
    fit did out of time against the base rate and persistence; and whether what was made equals
    what ships. Returns 1 when it does not, as when you have registered a copy of your own.

    \b
    Example:
      rimland fit
      rimland fit turnover.leader_change --shipped
    """
    from rimland.cli import fitted
    from rimland.history import fitfile

    if name is None:
        known = [fitfile.fit(each) for each in fitfile.names()]
        if json:
            return print_json([_brief(each) for each in known])
        return fitted.listed(out, known)
    ships = fitfile.fit(name)
    if plot is not None:
        from rimland.pages.chart import writes_chart

        writable(writes_chart(plot))
    if shipped:
        made, apart = ships, None
    else:
        with progress("fitting", json) as step:
            made, apart = _remade(ships, step)
    path = _plotted(made, plot) if plot is not None else None
    if json:
        print_json({**_whole(made), "differs": apart, "plot": str(path) if path else None})
    elif answers:
        fitted.answers(out, made)
    else:
        fitted.summary(out, made, apart)
    if path is not None and not json:
        out.print(f"\nPlot: {path}", markup=False, soft_wrap=True)
    if apart:
        raise typer.Exit(ANSWER_NO)


def _remade(ships: Fit, step: Step | None) -> tuple[Fit, list[str]]:
    from rimland.findings.fits import differences
    from rimland.hazards.recipes import remake

    made = remake(ships.name, progress=step)
    return made, differences(made, ships)


def _plotted(made: Fit, plot: Path) -> Path:
    from rimland.findings.fits import forest
    from rimland.pages.chart import write_chart

    return write_chart(forest(made), plot)


def _brief(fit: Fit) -> dict[str, Any]:
    keys = ("name", "title", "says", "unit", "event", "link", "rows", "events")
    return {**{key: getattr(fit, key) for key in keys}, "years": list(fit.years)}


def _whole(fit: Fit) -> dict[str, Any]:
    from rimland.findings.fits import ratio_words, skill_rows, term_rows

    return {
        **_brief(fit),
        "method": fit.method,
        "ratio": ratio_words(fit),
        "clusters": dict(fit.clusters),
        "log_likelihood": fit.log_likelihood,
        "terms": term_rows(fit),
        "covariance": [list(row) for row in fit.covariance],
        "calibration": skill_rows(fit),
        "checks": dict(fit.checks),
        "data": [dict(row) for row in fit.data],
        "answers": {
            of: {"says": a.says, "unit": a.unit, "p10": a.p10, "central": a.central, "p90": a.p90}
            for of, a in fit.answers.items()
        },
        "cautions": list(fit.cautions),
    }
