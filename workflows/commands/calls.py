"""Calls: giving offices, and noting each phase as the clock reaches it."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import BEFORE_DECISION, Application, CaseState
from grants.organisations.models import Person
from grants.programmes.models import Call, Office
from workflows import events, rights
from workflows.commands.base import Act, command


def give_office(call: Call, person: Person, role: str, by: Person | None = None) -> None:
    """Let a person handle, decide or audit a call's cases. Twice is once."""
    with transaction.atomic():
        call = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
        office, new = Office.objects.get_or_create(call=call, person=person, role=role, until=None)
        if new:
            data = {"noun": "call", "id": call.pk, "person": person.pk, "role": role, "office": office.pk}
            events.append(f"call:{call.pk}", "give_office", actor=by, data=data)
            rights.settle_offices(call)
        if not person.is_staff:  # who holds an office signs in as staff do, with a second factor
            person.is_staff = True
            person.save(update_fields=["is_staff"])


UNDECIDED = (CaseState.DRAFT, *BEFORE_DECISION, CaseState.DECIDED)  # what arrived in time may still be a draft


def note_if_decided(act: Act) -> None:
    """When nothing of what was submitted to a closed call waits any longer, the last decision sent or the last case
    withdrawn, the call is decided; before that nobody outside may tell. Every command that can take the last one away asks,
    and holds the call's row meanwhile. A call that nothing was submitted to stays closed."""
    call: Call = act.case.call if act.case else act.subject
    if call.decided_at is not None or call.closes_at is None or call.closes_at > clock.now():
        return
    cases = Application.objects.filter(call=call)
    if not cases.filter(state__in=UNDECIDED).exists() and cases.exclude(state=CaseState.LAPSED).exists():
        call.decided_at = clock.now()
        call.save(update_fields=["decided_at"])
        act.also("decided_call", act.subject)


@command("note_phase", _l("Anteckna skedet"))
def note_phase(act: Act) -> None:
    """The clock has brought the call into a new phase."""
    call: Call = act.subject
    note_if_decided(act)
    act.note = {"phase": str(call.phase())}
