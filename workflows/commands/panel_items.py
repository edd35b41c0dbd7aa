"""One item of a panel's agenda: taken up when everybody at the table has declared, and done when the panel has agreed."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import CaseState
from grants.refusal import Refusal
from reviewers.panels import Answer, Declaration, Item, MeetingState, PanelMember, seats
from workflows.commands.base import Act, command
from workflows.commands.disqualified import stands_outside
from workflows.commands.panel import register, ties_of, write_tie
from workflows.commands.panel_guards import is_open


def meeting_goes_on(act: Act) -> Refusal | None:
    """The meeting has been opened and not closed."""
    return is_open(act.subject.meeting)


def still_for_the_panel(act: Act) -> Refusal | None:
    """The case has not been withdrawn, decided or opened for assessment again."""
    if act.the_case.state == CaseState.ASSESSED:
        return None
    return Refusal("not_assessed", _("Ansökan är inte längre färdigbedömd och behandlas inte av panelen."))


def everybody_has_declared(act: Act) -> Refusal | None:
    """Each member who is there has said whether they have a conflict of interest, before anything is said of the item."""
    there = seats(act.subject.meeting).filter(is_absent=False)
    silent = there.exclude(declarations__item=act.subject)
    names = [seat.person.name for seat in silent]
    if not names:
        return None
    text = _("De här ledamöterna har inte prövat om de är jäviga: %(names)s.") % {"names": ", ".join(names)}
    return Refusal("undeclared", text, helper=_("ledamöterna, eller anteckna att de är frånvarande"))


@command(
    "take_up",
    _l("Ta upp punkten"),
    guards=(stands_outside, meeting_goes_on, still_for_the_panel, everybody_has_declared),
    explain=_l("De som är jäviga deltar inte. De andra skriver tillsammans vad panelen kommer fram till."),
    button=_l("Ta upp"),
    primary=True,
)
def take_up(act: Act) -> None:
    """Take the item up, or up again. Ties that have come to be known since are found first: they close the door at once."""
    item: Item = act.subject
    for seat in _shut_out(act):
        act.also("panel_conflict", item, member=seat.person_id, by_system=True)
    item.taken_up_at, item.done_at, item.version = clock.now(), None, item.version + 1
    item.save(update_fields=["taken_up_at", "done_at", "version"])


def _shut_out(act: Act) -> list[PanelMember]:
    """Whom a tie is known of by now, among those who have been let in: they are out from this moment."""
    item: Item = act.subject
    found = []
    for seat, tie in _tied(item):
        write_tie(seat, item, tie)
        register(seat, item, tie, by_system=True, had_read=True)
        act.grants_changed()
        found.append(seat)
    return found


def _tied(item: Item) -> list[tuple[PanelMember, str]]:
    let_in = Declaration.objects.filter(item=item, answer=Answer.NO).values("member")
    case = item.application_id
    ties = ((seat, ties_of([case], seat).get(case)) for seat in seats(item.meeting).filter(pk__in=let_in))
    return [(seat, tie) for seat, tie in ties if tie]


def somebody_is_tied(act: Act) -> Refusal | None:
    """Somebody who has been let in has a tie that is known by now, in a meeting that has not been closed."""
    if act.subject.meeting.state != MeetingState.CLOSED and _tied(act.subject):
        return None
    return Refusal("no_tie", _("Ingen koppling är känd."))


@command("panel_conflict", _l("En ledamot i panelen är jävig"), guards=(still_for_the_panel, somebody_is_tied))
def panel_conflict(act: Act) -> None:
    """A tie that was not known when a member declared: they are out of the item at once, not first when it is taken up."""
    members = [seat.person_id for seat in _shut_out(act)]
    act.note = {"member": members[0], "members": members, "by_system": True}


def has_been_agreed(act: Act) -> list[Refusal]:
    """The item has a recommendation, and in words what the panel agrees on."""
    item: Item = act.subject
    found = []
    if not item.recommendation:
        found.append(
            Refusal("no_recommendation", _("Välj vad panelen rekommenderar."), link="panel_item#recommendation")
        )
    if not item.text.strip():
        found.append(Refusal("no_text", _("Skriv vad panelen kommer fram till."), link="panel_item#text"))
    return found


@command(
    "close_item",
    _l("Punkten är klar"),
    guards=(stands_outside, meeting_goes_on, still_for_the_panel, has_been_agreed),
    explain=_l("Det som panelen har skrivit låses. Punkten kan tas upp igen så länge mötet pågår."),
    button=_l("Punkten är klar"),
    primary=True,
)
def close_item(act: Act) -> None:
    """The panel has agreed."""
    item: Item = act.subject
    item.done_at, item.version = clock.now(), item.version + 1
    item.save(update_fields=["done_at", "version"])
    act.note = {"item": item.pk, "recommendation": item.recommendation, "amount_ore": item.amount_ore}
