"""Remakes the datasets that ship in src/rimland/history/data from a folder of source files.

python tools/build_history_data.py FOLDER

FOLDER holds NAME.parquet for every dataset of the catalogue that ships and is not our own. Each is
checked against the catalogue's checksum, left without the columns the catalogue names as dropped,
sorted on its key (neighbours that look alike compress best), narrowed to the smallest types, and
written with zstd. Values are never changed here: faults are handled when a set is read, so that a
user's own copy goes the same way. The catalogue's columns on the shipped copies and the rights file
are written anew.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "src" / "rimland" / "history" / "data"
TABLES = Path(__file__).resolve().parent / "history"
LIMIT_BYTES = 8_000_000


def sha256(path: Path) -> str:
    """Return the checksum of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def state_codes(folder: Path) -> pl.DataFrame:
    """COW states with names, present-day Gleditsch-Ward code and ISO 3166 codes."""
    states = (
        pl.read_parquet(folder / "cow_states.parquet")
        .sort("ccode", "styear")
        .group_by("ccode", maintain_order=True)
        .agg(
            pl.col("stateabb").last().alias("cow"),
            pl.col("statenme").last().alias("name"),
            pl.col("styear").min().alias("first_year"),
            pl.col("endyear").max().alias("last_year"),
        )
    )
    iso = pl.read_csv(TABLES / "iso_codes.csv")
    crossed = cow_gw_crosswalk().filter(pl.col("last_year") == 9999)
    same = pl.read_parquet(folder / "gw_states.parquet").select(
        pl.col("gwcode").unique().cast(pl.Int64)
    )
    return (
        states.with_columns(pl.col("ccode").cast(pl.Int64))
        .join(iso, on="ccode", how="left")
        .join(crossed.select("ccode", pl.col("gwcode").alias("other")), on="ccode", how="left")
        .join(same.with_columns(ccode=pl.col("gwcode")), on="ccode", how="left")
        .with_columns(gwcode=pl.coalesce("other", "gwcode"))
        .select("ccode", "gwcode", "iso3c", "iso2c", "cow", "name", "first_year", "last_year")
        .sort("ccode")
    )


def cow_gw_crosswalk() -> pl.DataFrame:
    """Where the two systems of codes differ, by years."""
    return pl.read_csv(TABLES / "crosswalk.csv")


def assembly_seats() -> pl.DataFrame:
    """Seats of the General Assembly whose ISO code does not lead to the COW code."""
    return pl.read_csv(TABLES / "assembly_seats.csv")


def table(name: str, row: dict[str, str], folder: Path) -> pl.DataFrame:
    """Return the rows of one dataset as they ship."""
    if name == "state_codes":
        return state_codes(folder)
    if name == "cow_gw_crosswalk":
        return cow_gw_crosswalk()
    if name == "assembly_seats":
        return assembly_seats()
    path = folder / f"{name}.parquet"
    if not path.exists():
        sys.exit(f"{path} is missing")
    if sha256(path) != row["sha256"]:
        sys.exit(f"{path} is not the file of the catalogue: its checksum differs")
    data = pl.read_parquet(path).drop(row["dropped"].split())
    return data.sort(row["key"].split()) if row["key"] else data


def narrow(data: pl.DataFrame) -> pl.DataFrame:
    """Return the same values in the smallest integer types."""
    return data.with_columns(
        data[name].shrink_dtype() for name in data.columns if data.schema[name].is_integer()
    )


KINDS = ((pl.Boolean, "flag"), (pl.Date, "date"), (pl.String, "text"))
COW_COLUMNS = {"ccode", "ccode1", "ccode2", "member", "cown"}
GW_COLUMNS = {"gwcode", "gwno_a", "gwno_a_2nd", "gwno_b", "gwno_b_2nd", "gwn"}
YEAR_COLUMNS = {
    *("year", "styear", "endyear", "yrent", "yrexit", "begyr", "endyr", "start", "end"),
    *("first_year", "last_year"),
}


def schema_rows(name: str, data: pl.DataFrame, codes: dict[str, set[int]]) -> list[dict[str, str]]:
    """What a user's copy has to have: columns, kinds, and codes that no state list knows."""
    out = []
    for column, dtype in data.schema.items():
        kind = next((kind for of, kind in KINDS if dtype == of), "")
        kind = kind or ("integer" if dtype.is_integer() else "number")
        role = ""
        if column in COW_COLUMNS:
            role = "cow"
        elif column in GW_COLUMNS:
            role = "gw"
        elif column in YEAR_COLUMNS and kind == "integer":
            role = "year"
        others: list[int] = []
        if role in codes:
            others = sorted(set(data[column].drop_nulls().to_list()) - codes[role])
        out.append(
            {
                "dataset": name,
                "column": column,
                "kind": kind,
                "role": role,
                "other_codes": " ".join(map(str, others)),
            }
        )
    return out


def write_schemas(folder: Path, rows: list[dict[str, str]]) -> None:
    """Write what every dataset of the catalogue looks like at its source."""
    cow = set(pl.read_parquet(folder / "cow_states.parquet")["ccode"].to_list())
    gw = set(pl.read_parquet(folder / "gw_states.parquet")["gwcode"].to_list())
    gw |= set(cow_gw_crosswalk()["gwcode"].to_list())
    written = []
    for row in rows:
        source = folder / f"{row['name']}.parquet"
        data = pl.read_parquet(source) if source.exists() else table(row["name"], row, folder)
        written += schema_rows(row["name"], data, {"cow": cow, "gw": gw})
    with (DATA / "schemas.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(written[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(written)


def main(folder: Path) -> None:
    """Write every shipped dataset, the catalogue's sizes and checksums, and the rights file."""
    listing = DATA / "catalogue.csv"
    with listing.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    total = 0
    for row in rows:
        name = row["name"]
        path = DATA / f"{name}.parquet"
        if row["ships"] != "yes":
            path.unlink(missing_ok=True)
            continue
        data = narrow(table(name, row, folder))
        data.write_parquet(path, compression="zstd", compression_level=22, statistics=False)
        row["rows"] = str(data.height)
        row["shipped_bytes"] = str(path.stat().st_size)
        row["shipped_sha256"] = sha256(path)
        total += path.stat().st_size
        print(f"{name:<22} {data.height:>8,} rows {path.stat().st_size:>10,} bytes")
    if total > LIMIT_BYTES:
        sys.exit(f"{total:,} bytes in all; the limit is {LIMIT_BYTES:,}")
    with listing.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    write_schemas(folder, rows)
    from rimland.history.rights import rights_text

    (DATA / "RIGHTS.txt").write_text(rights_text(), encoding="utf-8")
    print(f"{total:,} bytes in all")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
