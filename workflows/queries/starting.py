"""What the page that begins an application needs to know."""

from django.utils.translation import gettext as _

from grants.applications.models import Application, CaseState
from grants.organisations.models import Membership, Organisation, Person
from grants.programmes.models import Call, CallPhase
from grants.refusal import Refusal
from grants.templatetags.writing import when


def public_call(slug: str) -> Call | None:
    """The call, if the public may know of it."""
    call = (
        Call.objects.select_related("version", "programme__authority").filter(slug=slug, version__isnull=False).first()
    )
    return call if call is not None and call.phase() != CallPhase.HIDDEN else None


def not_open(call: Call) -> Refusal | None:
    """Why nobody can begin an application in the call now."""
    if call.phase() == CallPhase.OPEN:
        return None
    if call.closes_at is not None and call.phase() in (CallPhase.CLOSED, CallPhase.DECIDED):
        return Refusal("closed", _("Omgången stängde %(when)s.") % {"when": when(call.closes_at)})
    return Refusal("not_open", _("Omgången har inte öppnat."), changes_at=call.opens_at)


def is_member(person: Person, organisation_id: str) -> Organisation | None:
    """The organisation, if the person speaks for it or has said that they do."""
    if not organisation_id.isascii() or not organisation_id.isdigit() or len(organisation_id) > 18:
        return None
    found = Membership.objects.filter(person=person, until=None, organisation=int(organisation_id))
    membership = found.select_related("organisation").first()
    return membership.organisation if membership else None


def own_drafts(person: Person, call: Call) -> list[Application]:
    """The drafts in this call that one has begun oneself."""
    rows = Application.objects.filter(call=call, created_by=person, state=CaseState.DRAFT)
    return list(rows.order_by("-created_at", "-pk"))


def untouched_draft(person: Person, call: Call, organisation: Organisation) -> Application | None:
    """A draft of the same kind in which nothing has been written: opened again instead of making another."""
    rows = Application.objects.filter(
        call=call,
        created_by=person,
        state=CaseState.DRAFT,
        title="",
        answers=None,
        parties__organisation=organisation,
        parties__role="coordinator",
    )
    found: Application | None = rows.first()
    return found
