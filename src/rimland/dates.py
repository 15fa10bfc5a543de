"""Calendar dates as whole days since an as-of date."""

from __future__ import annotations

from datetime import date, timedelta

DAYS_PER_YEAR = 365.25


def parse_date(text: str | date) -> date:
    """Return the date written as YYYY-MM-DD, or raise ValueError that says what was expected."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text.strip())
    except (ValueError, AttributeError):
        raise ValueError(f"'{text}' is not a date; write it as YYYY-MM-DD") from None


def day_number(when: date, as_of: date) -> int:
    """Return the whole days from `as_of` to `when`; negative for the past."""
    return (when - as_of).days


def date_of_day(day: float, as_of: date) -> date:
    """Return the calendar date on which day `day` after `as_of` falls."""
    return as_of + timedelta(days=int(day // 1))


def quarters(as_of: date, end: date) -> list[date]:
    """Return `as_of`, every quarter's first day after it and before `end`, and `end`."""
    out = [as_of]
    year, month = as_of.year, as_of.month
    while True:
        month += 3 - (month - 1) % 3
        if month > 12:
            year, month = year + 1, month - 12
        nxt = date(year, month, 1)
        if nxt >= end:
            break
        out.append(nxt)
    out.append(end)
    return out


def add_months(when: date, months: int) -> date:
    """Return the same day so many months later, or the last day of that month if it is shorter."""
    year, month = divmod(when.year * 12 + when.month - 1 + months, 12)
    for day in (when.day, 30, 29, 28):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    raise ValueError(f"no such month after {when}")
