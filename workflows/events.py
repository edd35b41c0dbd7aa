"""What has happened: events, each chained to the one before it in its stream."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from grants import clock
from grants.organisations.models import Person
from workflows.models import Event


def digest(event: Event) -> str:
    """SHA-256 over everything in the event and the hash of the one before it."""
    body = [
        event.stream,
        event.seq,
        event.name,
        event.actor_id,
        event.at.astimezone(UTC).isoformat(),
        event.source,
        event.target,
        event.data,
        event.key,
        event.previous,
    ]
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def append(
    stream: str,
    name: str,
    *,
    actor: Person | None = None,
    source: str = "",
    target: str = "",
    key: str | None = None,
    data: dict[str, Any] | None = None,
    after: Event | None = None,
) -> Event:
    """Write the next event of a stream. The caller holds the lock that makes the stream's end stand still; `after` is the
    event that it has just written, if that was in the same stream."""
    if after is not None and after.stream == stream:
        last: tuple[int, str] | None = (after.seq, after.hash)
    else:
        last = Event.objects.filter(stream=stream).order_by("-seq").values_list("seq", "hash").first()
    event = Event(
        stream=stream,
        seq=last[0] + 1 if last else 1,
        name=name,
        actor=actor,
        at=clock.now(),
        source=source,
        target=target,
        key=key,
        data=data or {},
        previous=last[1] if last else "",
    )
    event.hash = digest(event)
    event.save(force_insert=True)
    return event


def broken(events: Iterable[Event]) -> Iterator[str]:
    """What is wrong with these events, which must be whole streams in order of stream and number."""
    stream, seq, previous = "", 0, ""
    for event in events:
        if event.stream != stream:
            stream, seq, previous = event.stream, 0, ""
        if event.seq != seq + 1:
            yield f"{stream}: event {seq + 1} is missing"
        if event.previous != previous:
            yield f"{stream}: event {event.seq} does not follow the one before it"
        if event.hash != digest(event):
            yield f"{stream}: event {event.seq} has been changed"
        seq, previous = event.seq, event.hash
