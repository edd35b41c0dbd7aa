"""What stands in the way of the commands about a panel's meeting: whose own case is in it, and what is not ready."""

from django.db.models import OuterRef
from django.utils.translation import gettext as _

from grants.applications.access import is_named, is_own_case
from grants.applications.models import Application, CaseMember, CaseState, Party
from grants.refusal import Refusal
from reviewers.meeting import in_sight
from reviewers.panels import Item, Meeting, MeetingState, seats
from workflows import panel_forms as forms
from workflows.commands.base import Act
from workflows.matrix import MOVES, Role

NOT_SENT = (CaseState.DRAFT, CaseState.LAPSED)  # what is nobody's business yet


def the_call_has_a_panel(act: Act) -> Refusal | None:
    """Panels meet about calls that have one."""
    call = act.subject.call if isinstance(act.subject, Meeting) else act.subject
    if call.definition.stages.panel:
        return None
    return Refusal("stage", _("Omgången har inte det här steget."))


def has_no_part_in_the_call(act: Act) -> Refusal | None:
    """Nobody leads a meeting about applications among which is their own (jäv, FL 16 §). Who acts by office has no part in
    any of them; a chair may be out of some, and then sees nothing of those and changes nothing in them."""
    if act.actor is None:
        return None
    call = act.subject.call if isinstance(act.subject, Meeting) else act.subject
    if CaseMember.objects.filter(application__call=call, person=act.actor).exists():
        text = _("Du arbetar eller har arbetat i en ansökan i omgången (förvaltningslagen 16 §).")
        return Refusal("own_application", text, helper=_("en kollega"))
    if act.roles & MOVES[act.command].roles != {Role.OFFICER}:
        return None
    sent = Application.objects.filter(call=call).exclude(state__in=NOT_SENT)
    named = Party.objects.filter(is_named(act.actor), application__in=sent)
    if not (sent.filter(is_own_case(act.actor.pk, OuterRef("pk"))).exists() or named.exists()):
        return None
    text = _("Du företräder en part i omgången, eller är bedömare eller jävig i en ansökan (förvaltningslagen 16 §).")
    return Refusal("own_application", text, helper=_("en kollega"))


def sees_the_agenda(act: Act) -> Refusal | None:
    """The order and the amounts are one whole: whoever is out of an item, or has not declared about it, moves none of it."""
    if (own := has_no_part_in_the_call(act)) is not None:
        return own
    items = Item.objects.filter(meeting=act.subject, application__state=CaseState.ASSESSED)
    if not items.exclude(in_sight(act.person)).exists():
        return None
    text = _("Du ser inte alla ärenden på dagordningen och kan därför inte ändra den.")
    return Refusal("hidden_item", text, helper=_("handläggaren"))


def has_members_and_items(act: Act) -> list[Refusal]:
    """A meeting has a chair, members and something to meet about."""
    found = []
    if not seats(act.subject).filter(is_chair=True).exists():
        found.append(Refusal("no_chair", _("Mötet har ingen ordförande."), helper=_("handläggaren")))
    if not Item.objects.filter(meeting=act.subject).exists():
        found.append(Refusal("no_items", _("Dagordningen är tom."), helper=_("handläggaren")))
    return found


def is_open(meeting: Meeting) -> Refusal | None:
    """What is done at the meeting is done while it goes on."""
    if meeting.state == MeetingState.OPEN:
        return None
    text = _("Mötet är inte öppnat.") if meeting.state == MeetingState.PLANNED else _("Mötet är avslutat.")
    return Refusal("meeting_state", text)


def something_to_declare(act: Act) -> Refusal | None:
    """There is something on the agenda that the member has not answered about, or one that they come back to."""
    wish = str(act.memory.get("wish", {}).get("arende", ""))
    if "answers" in act.data or wish or forms.to_declare(act).exists():
        return None
    return Refusal("declared", _("Du har prövat om du är jävig i alla ärenden på dagordningen."))


def somebody_waits_for_a_ruling(act: Act) -> Refusal | None:
    """Somebody else than oneself is unsure."""
    if forms.unruled(act).exists():
        return None
    return Refusal("nobody_unsure", _("Ingen annan ledamot väntar på besked om jäv."))
