"""Events: each stream is a whole chain, and what it tells is where things stand."""

from collections.abc import Iterator
from typing import Any, cast

from django.db.models import F

from grants.applications.models import Application, CaseMember, CaseState
from workflows import events
from workflows.integrity.faults import BATCH, Fault, batches
from workflows.matrix import FLOW_NOUNS, Noun
from workflows.models import Event, Notice
from workflows.notices import NOTICES, Recipient
from workflows.nouns import NOUNS

BEGINNING: dict[Noun, str] = {
    noun: str(cast(Any, NOUNS[noun].model._meta.get_field("state")).get_default()) for noun in FLOW_NOUNS
}
TOLD_TO_APPLICANTS = [name for name, recipients in NOTICES.items() if Recipient.APPLICANTS in recipients]


def check_chains() -> Iterator[Fault]:
    """Every event of every stream, in order, against the one before it."""
    for text in events.broken(Event.objects.order_by("stream", "seq").iterator(BATCH)):
        yield Fault("chain", text.partition(": ")[0], text.partition(": ")[2])
    for notice in Notice.objects.exclude(kind=F("event__name")).order_by("pk")[:BATCH].iterator():
        yield Fault("notice", f"notice:{notice.pk}", "is not about the event that it belongs to")


def check_states() -> Iterator[Fault]:
    """Each noun stands where the newest event about it says; so a state changed without a command is found."""
    for batch in batches(Application.objects.only("pk", "state")):
        keys = [case.pk for case in batch]
        told = _told(keys)
        for noun in FLOW_NOUNS:
            rows = NOUNS[noun].model._default_manager.filter(
                **{"pk__in" if noun == Noun.CASE else "application__in": keys}
            )
            if noun == Noun.DECISION:
                rows = rows.filter(later=True)  # a first decision follows its case
            for pk, state, case in rows.order_by("pk").values_list("pk", "state", _case_field(noun)):
                yield from _place(noun, pk, state, case, told)
        yield from _notices(keys)


def _case_field(noun: Noun) -> str:
    return "state" if noun == Noun.CASE else "application__state"


def _told(cases: list[int]) -> dict[tuple[str, Any], str]:
    """The state that the newest event with one gives each noun; ("", case) is there when any event is."""
    told: dict[tuple[str, Any], str] = {}
    rows = Event.objects.filter(stream__in=[f"case:{pk}" for pk in cases]).order_by("stream", "seq")
    for stream, target, data in rows.values_list("stream", "target", "data").iterator(BATCH):
        told[("", int(stream.partition(":")[2]))] = ""
        if target:
            told[(data.get("noun"), data.get("id"))] = target
    return told


def _place(noun: Noun, pk: int, state: str, case_state: str, told: dict[tuple[str, Any], str]) -> Iterator[Fault]:
    if noun == Noun.CASE and ("", pk) not in told:
        yield Fault("no_history", f"case:{pk}", "there is no event about it")
    said = told.get((noun, pk), BEGINNING[noun])
    if noun == Noun.ACCEPTANCE and case_state == CaseState.DECLINED and state == "declined":
        return  # the whole grant was declined: one event of the case tells it for every party
    if said != state:
        yield Fault("state", f"{noun}:{pk}", f"the table says {state}, its history says {said}")


def _notices(cases: list[int]) -> Iterator[Fault]:
    """What is told to applicants was told, if there was anybody to tell."""
    members = CaseMember.objects.writers().filter(application__in=cases, person__is_active=True)
    since = dict(members.order_by("-since").values_list("application_id", "since"))
    rows = Event.objects.filter(stream__in=[f"case:{pk}" for pk in since], name__in=TOLD_TO_APPLICANTS, notices=None)
    for pk, stream, seq, name, at in rows.order_by("pk").values_list("pk", "stream", "seq", "name", "at"):
        if since[int(stream.partition(":")[2])] <= at:
            yield Fault("notice_missing", f"event:{pk}", f"{stream}: event {seq}, {name}, was told to nobody")
