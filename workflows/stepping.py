"""Stepping the clock: each due instant is visited in order, and exactly the sweeps that real time would run are run."""

from collections.abc import Callable
from datetime import datetime, timedelta

from grants import clock
from workflows import sweeps

FAR = timedelta(days=365 * 3)


def walk(to: datetime, move: Callable[[datetime], None], after_each: Callable[[], object] = lambda: None) -> int:
    """Move the clock to `to` by way of every due instant. Returns how many instants were visited."""
    visited = 0
    while (instant := sweeps.next_instant(clock.now(), to)) is not None:
        move(instant)
        sweeps.run_due()
        after_each()
        visited += 1
    move(to)
    sweeps.run_due()
    after_each()
    return visited


def month_later(moment: datetime) -> datetime:
    """The same day and time next month in Sweden, or the month's last day."""
    local = moment.astimezone(clock.SWEDEN)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    for day in (local.day, 30, 29, 28):
        try:
            return local.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def step(kind: str, to: datetime | None = None) -> datetime:
    """Step the demo's clock: to the next 'event', by a 'day' or a 'month', or 'to' a moment. Returns where it stands.

    ValueError when there is no such step or no event ahead; clock.BackwardsError when the moment has passed.
    """
    now = clock.now()
    if kind == "event":
        target = sweeps.next_instant(now, now + FAR)
        if target is None:
            raise ValueError("no event ahead")
    elif kind == "day":
        target = (now.astimezone(clock.SWEDEN) + timedelta(days=1)) if now else now
    elif kind == "month":
        target = month_later(now)
    elif kind == "to" and to is not None:
        if to < now:
            raise clock.BackwardsError(to)
        target = min(to, now + FAR)
    else:
        raise ValueError(kind)
    walk(target, clock.move_demo_clock)
    return target
