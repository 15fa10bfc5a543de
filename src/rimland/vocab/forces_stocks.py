"""Stocks of munitions: what is held, what lines make, and what a war uses.

Part of forces.yaml. A stock is counted in lots, so that thousands of rounds are a small number; a
line makes one lot after another, and use in war takes them one after another.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from rimland.dates import DAYS_PER_YEAR
from rimland.notation.base import Entry, Id, Marked
from rimland.notation.places import Path
from rimland.notation.quantity import MoneyQuantity, RateQuantity
from rimland.program.build import add, set_to, when
from rimland.program.formula import Formula, log, num
from rimland.program.model import Atom, Interval, Term
from rimland.vocab.forces_model import Work
from rimland.vocab.forces_ships import Timer
from rimland.vocab.forces_state import FILE, While, resolve, titled
from rimland.vocab.lowering import Lowering
from rimland.vocab.measure import Measure

LINE = ("idle", "making")


class Line(Entry):
    """A production line, running at the as-of date or begun once something holds."""

    makes: RateQuantity
    """Rounds a year for this stock while it runs."""
    once: While | None = None
    """What sets it going; it runs from the start where left out."""
    lead: Work | None = None
    """Time from then to its first round; none where left out."""
    in_all: int | None = Field(default=None, ge=1)
    """Rounds after which it ends, such as those of one contract."""
    cost: MoneyQuantity | None = None
    """Price of one round; undeclared where no number exists."""
    says: str = ""
    """What it is, in plain words."""


class Use(While):
    """What uses rounds while it holds."""

    rate: RateQuantity
    """Rounds used, as a rate: `40 per day` or `1000 per year`."""


class Munition(Marked):
    """A stock of one kind of round."""

    name: str | None = None
    """What a reader calls it; its id in words where left out."""
    of: str
    """Whose it is."""
    stock: int = Field(ge=0)
    """Rounds held at the as-of date; counted to the nearest lot."""
    lot: int = Field(default=1, ge=1)
    """Rounds in a lot: made, used and counted together."""
    room: int = Field(ge=1)
    """Rounds that can be held at most; lines stand still while it is full."""
    lines: dict[Id, Line] = Field(default_factory=dict)
    """Where rounds come from."""
    uses: list[Use] = Field(default_factory=list)
    """What takes rounds away."""


def stock(called: str) -> str:
    """Return the variable that counts the lots of a stock."""
    return f"forces.munitions.{called}.lots"


def declare_stocks(munitions: Mapping[str, Munition], low: Lowering) -> None:
    """Declare each stock in lots, its lines, and its change since the as-of date."""
    for called, item in munitions.items():
        at: Path = ("munitions", called)
        low.known(item.of, low.actors, "actor", FILE, (*at, "of"))
        lots, room = round(item.stock / item.lot), item.room // item.lot
        if not 1 <= room <= 100_000 or lots > room:
            low.report(
                FILE,
                (*at, "room"),
                f"room for {item.room} rounds in lots of {item.lot}, with {item.stock} held",
                expected="room for what is held and for one lot at least",
                code="bounds",
            )
            room = max(lots, 1)
        owner = f"forces.munitions.{called}"
        low.marks[low.builder.variable(stock(called), 0, room, lots)] = item.mark
        for line, content in item.lines.items():
            runs = content.once is None
            low.builder.variable(f"{owner}.lines.{line}", 0, 1, int(runs), LINE)
            if content.in_all is not None:
                most = max(content.in_all // item.lot, 1)
                low.builder.variable(f"{owner}.lines.{line}.left", 0, most, most)
        low.builder.index(f"{owner}.stock", [(float(item.lot), stock(called))])
        if lots:
            change = [(item.lot / float(lots * item.lot), stock(called))]
            low.builder.index(f"{owner}.stock_change", change, -1.0)


def lower_stocks(munitions: Mapping[str, Munition], low: Lowering) -> None:
    """Lower production and use, and offer what is held."""
    for called, item in munitions.items():
        for line, content in item.lines.items():
            _lower_line(called, item, line, content, low)
        for i, use in enumerate(item.uses):
            _lower_use(called, item, i, use, low)
        _offer(called, item, low)


def _lots_a_day(called: str, rounds: RateQuantity, lot: int, low: Lowering) -> Formula:
    return low.log_rate(low.quantity(called, rounds)) - log(num(lot))


def _lower_line(called: str, item: Munition, line: str, content: Line, low: Lowering) -> None:
    builder, held = low.builder, stock(called)
    room = builder.variable_named(held).hi
    state = f"forces.munitions.{called}.lines.{line}"
    if content.once is not None:
        path = ("munitions", called, "lines", line, "once")
        once = resolve(content.once, low, path)
        if once is not None:
            begins = f"{state}.begins"
            clock = (
                builder.fixed(begins, 0.0)
                if content.lead is None
                else Timer(content.lead, f"{state}.lead", low).clock(begins)
            )
            builder.transition(begins, clock, [set_to(state, 1)], [once.on, when(state, 0)])
    makes = f"{state}.makes"
    guard = [when(state, 1), when(held, 0, room - 1)]
    effects = [add(held, 1)]
    if content.in_all is not None:
        left = f"{state}.left"
        guard.append(when(left, 1, builder.variable_named(left).hi))
        effects.append(add(left, -1))
    clock = builder.exponential(makes, _lots_a_day(makes, content.makes, item.lot, low))
    builder.transition(makes, clock, effects, guard)
    made = builder.observer(f"{makes}:count", "count", transition=makes)
    says = (
        f"rounds made since the as-of date, {titled(called, item.name)}, {line.replace('-', ' ')}"
    )
    low.measure(Measure(f"{state}.made", says, "rounds", "total", (made,), scale=float(item.lot)))
    if content.cost is not None:
        price = low.quantity(f"{state}.cost", content.cost) * float(item.lot)
        bill = builder.index(f"{state}.price", [], price)
        observer = builder.observer(f"{state}.bill:count", "count", bill, transition=makes)
        says = f"cost of rounds made since the as-of date, {titled(called, item.name)}, {line}"
        unit = content.cost.unit
        low.measure(Measure(f"{state}.bill", says, unit, "total", (observer,)))


def _lower_use(called: str, item: Munition, i: int, use: Use, low: Lowering) -> None:
    during = resolve(use, low, ("munitions", called, "uses", i))
    if during is None:
        return
    owner, held = f"forces.munitions.{called}.use.{i + 1}", stock(called)
    a_day = low.quantity(owner, use.rate) / num(DAYS_PER_YEAR)
    days = f"forces.munitions.{called}.days_of_fire.{i + 1}"
    low.builder.index(days, [(float(item.lot) / a_day, held)])
    says = f"days that the stock would last in use {i + 1}, {titled(called, item.name)}"
    low.offer_level(days, says, "days")
    clock = low.builder.exponential(owner, _lots_a_day(owner, use.rate, item.lot, low))
    room = low.builder.variable_named(held).hi
    guard: list[Interval] = [during.on, when(held, 1, room)]
    low.builder.transition(owner, clock, [add(held, -1)], guard)
    empty = f"forces.munitions.{called}.without.{i + 1}"
    low.builder.feature(empty, [Term(1, (Atom(held, 0, 0), during.atom))])
    needed = low.builder.indicator(during.variable, during.lo, during.hi)
    need = low.builder.observer(f"{empty}.need:integral", "integral", needed)
    none = low.builder.observer(f"{empty}:integral", "integral", empty)
    says = f"share of the time of need without rounds, {titled(called, item.name)}"
    low.measure(Measure(empty, says, "%", "ratio", (none,), (need,), scale=100.0))


def _offer(called: str, item: Munition, low: Lowering) -> None:
    owner, what = f"forces.munitions.{called}", titled(called, item.name)
    low.offer_level(f"{owner}.stock", f"rounds held, {what}", "rounds")
    says = f"rounds held, {what}"
    low.offer_mean(f"{owner}.mean_stock", says, "rounds", of=f"{owner}.stock")
    if item.uses:
        held = stock(called)
        if low.builder.variable_named(held).start:
            low.offer_first(f"{owner}.spent", f"the stock has run out, {what}", held, 0, 0)
