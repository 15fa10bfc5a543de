"""`rimland data`: the historical datasets, their terms, and a user's own copies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rimland.cli.console import out, print_json
from rimland.cli.options import Json

if TYPE_CHECKING:
    from rimland.history import Dataset

data_app = typer.Typer(
    help="Historical datasets, their terms, and copies of your own.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="A dataset, as `rimland data` lists it.")]


@data_app.callback()
def listed(context: typer.Context, json: Json = False) -> None:
    """List the datasets: version, years, unit, terms, whether rimland may ship them.

    \b
    Example:
      rimland data --json
    """
    if context.invoked_subcommand is not None:
        return
    from rimland.history import catalogue

    rows = [_brief(data) for data in catalogue().values()]
    if json:
        return print_json(rows)
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head, width in (("name", 20), ("version", 12), ("years", 9), ("unit", 14)):
        drawn.add_column(head, no_wrap=True, overflow="ellipsis", max_width=width)
    drawn.add_column("pass on", no_wrap=True)
    drawn.add_column("here", no_wrap=True)
    for row in rows:
        drawn.add_row(
            *(str(row[k]) for k in ("name", "version", "years", "unit", "redistribute", "here"))
        )
    out.print(drawn)
    ships = sum(row["here"] == "ships" for row in rows)
    yours = sum(row["here"] == "yours" for row in rows)
    out.print(
        f"\n{len(rows)} datasets: {ships} ship, {yours} of your own. `pass on` is what could be"
        " read of the right to pass a copy on; `ask` means that the owners state no licence, or one"
        " that needs thought.\n"
        "rimland data show NAME   rimland data add NAME FILE   rimland data rights",
        soft_wrap=True,
    )


@data_app.command()
def show(name: Name, json: Json = False) -> None:
    """Show one dataset: terms, key, columns, known faults.

    With each fault stands how it is handled.

    \b
    Example:
      rimland data show gml_dirdisp
    """
    from rimland.history import dataset, store
    from rimland.history.faults import faults_of
    from rimland.history.register import columns_wanted, sound

    data = dataset(name)
    copy = store.registered(name)
    faults = [
        {"columns": list(f.columns), "rule": f.rule, "values": f.values, "says": f.says}
        for f in faults_of(name)
    ]
    columns = {c.name: c.kind for c in columns_wanted(data)}
    whole: dict[str, Any] = {
        **_brief(data),
        "key": list(data.key),
        "edge": data.edge,
        "citation": data.citation,
        "reason": data.reason,
        "why": data.why,
        "stand_in": data.stand_in or None,
        "home": data.home or None,
        "dropped": list(data.dropped),
        "sha256": data.sha256 or None,
        "columns": columns,
        "faults": faults,
        "copy": None if copy is None else {**vars(copy), "sound": sound(copy)},
    }
    if json:
        return print_json(whole)
    lines = [
        f"{data.name}: {data.title}",
        f"  {data.unit}, {data.rows or '?'} rows, {data.years or 'no years'}, {data.codes} codes",
        f"  version    {data.version}",
        f"  cite       {data.citation}",
        f"  terms      {data.licence}",
        f"  pass on    {data.redistribute}: {data.reason}",
        f"  ships      {'yes' if data.ships else 'no'}: {data.why}",
        f"  key        {', '.join(data.key) or 'none: the source repeats itself'}",
    ]
    if data.edge:
        lines.append(f"  edge       {data.edge}")
    if data.stand_in and not data.ships:
        lines.append(f"  instead    {data.stand_in}")
    if data.dropped:
        lines.append(f"  left out   {', '.join(data.dropped)}")
    lines.append(f"  columns    {', '.join(columns)}")
    lines += [f"  mended     {f['says']} ({', '.join(f['columns'])})" for f in faults]
    if copy is not None:
        same = "the catalogued file" if copy.as_catalogued else "not the catalogued file"
        whole_still = "" if sound(copy) else "; the stored file has been changed since"
        lines.append(f"  your copy  {copy.original}, {copy.rows} rows, {same}{whole_still}")
    elif not data.ships:
        lines.append(f"  to have it {data.home}; then: rimland data add {data.name} FILE")
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)


@data_app.command()
def add(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Parquet or CSV with a header.")],
    json: Json = False,
) -> None:
    """Register your own copy of a dataset.

    It is checked whole, and used from then on; kept in the folder that RIMLAND_DATA names, or in
    your data folder.

    \b
    Example:
      rimland data add tss_rivalries tss_rivalries.csv
    """
    from rimland.history import store
    from rimland.history.register import register

    copy = register(name, file)
    if json:
        return print_json({**vars(copy), "folder": str(store.data_folder())})
    out.print(f"{name}: {copy.rows} rows of {copy.original} registered.", markup=False)
    if not copy.as_catalogued:
        out.print(
            "Its checksum is not that of the catalogued file: another edition or format. Its"
            " columns, keys, codes and years are sound; `cite` will say that it is your own copy.",
            soft_wrap=True,
        )


@data_app.command()
def remove(name: Name, json: Json = False) -> None:
    """Forget a copy that you registered; what ships is used again.

    \b
    Example:
      rimland data remove tss_rivalries
    """
    from rimland.history.register import forget

    copy = forget(name)
    if json:
        print_json(vars(copy))
    else:
        out.print(f"{name}: your copy of {copy.original} is forgotten.", markup=False)


@data_app.command()
def rights(json: Json = False) -> None:
    """Print who owns what, and on what terms it came.

    \b
    Example:
      rimland data rights > RIGHTS.txt
    """
    from rimland.history import catalogue
    from rimland.history.rights import rights_text

    if json:
        keys = ("citation", "reason", "why", "home")
        rows = [
            {**_brief(data), **{key: getattr(data, key) for key in keys}}
            for data in catalogue().values()
        ]
        return print_json(rows)
    typer.echo(rights_text())


def _brief(data: Dataset) -> dict[str, Any]:
    from rimland.history import store

    return {
        "name": data.name,
        "title": data.title,
        "version": data.version,
        "years": data.years,
        "first_year": data.first_year,
        "last_year": data.last_year,
        "unit": data.unit,
        "rows": data.rows,
        "codes": data.codes,
        "licence": data.licence,
        "redistribute": data.redistribute,
        "ships": data.ships,
        "here": store.status(data),
    }
