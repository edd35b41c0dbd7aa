"""A panel's meeting: planned, its members and agenda, opened; who is out of which item; closed with its minutes in
workflows/commands/panel_closing.py. Each item's own steps are in workflows/commands/panel_items.py.

A meeting's commands hold the meeting's row and then the cases on its agenda, in order of their keys. The commands of an item
hold its case and the item, never the meeting.
"""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.hearings import Hearing, HearingKind
from grants.organisations.models import Person
from grants.refusal import NotVisible, Refusal, Refused
from reviewers import conflicts, funding
from reviewers.meeting import in_sight, read_agenda
from reviewers.models import Assignment, AssignmentState
from reviewers.panels import Answer, Declaration, Item, ItemState, Meeting, PanelMember, seats
from reviewers.ranking import ranked
from workflows import panel_forms as forms
from workflows import rights
from workflows.commands.base import Act, command, run
from workflows.commands.finding import JUDGED
from workflows.commands.panel_guards import (
    has_members_and_items,
    has_no_part_in_the_call,
    sees_the_agenda,
    somebody_waits_for_a_ruling,
    something_to_declare,
    the_call_has_a_panel,
)


def lock_cases(meeting: Meeting) -> list[int]:
    """The keys of the cases on the agenda, each of which is held until the command ends."""
    keys = Item.objects.filter(meeting=meeting).values("application")
    return _held(Application.objects.filter(pk__in=keys))


def _held(rows: QuerySet[Application]) -> list[int]:
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True))


@command(
    "plan_meeting",
    _l("Planera ett panelmöte"),
    guards=(the_call_has_a_panel, has_no_part_in_the_call),
    form=forms.MeetingForm,
    explain=_l("Bedömda ansökningar läggs på dagordningen i rangordning. Därefter väljer du ledamöter."),
    button=_l("Planera mötet"),
    primary=True,
)
def plan_meeting(act: Act) -> None:
    """Plan a meeting about the call, with what has been assessed on its agenda."""
    meeting = Meeting.objects.create(call=act.subject, planned_by=act.person, planned_at=clock.now(), **act.data)
    act.note = {"meeting": meeting.pk, "items": _add_assessed(meeting)}


@command(
    "move_meeting",
    _l("Ändra tid eller plats"),
    guards=(has_no_part_in_the_call,),
    form=forms.MoveMeetingForm,
    explain=_l("Ledamöterna får ett meddelande om den nya tiden eller platsen."),
    button=_l("Ändra"),
)
def move_meeting(act: Act) -> None:
    """Another time or place."""
    for name, value in act.data.items():
        setattr(act.subject, name, value)
    act.subject.save(update_fields=list(act.data))
    act.note = {"at": act.subject.starts_at.isoformat()}


def somebody_can_be_asked(act: Act) -> Refusal | None:
    """There is somebody who can be a member."""
    if forms.who_can_sit(act).exists():
        return None
    return Refusal("empty_pool", _("Alla som kan delta är redan ledamöter."))


@command(
    "add_panel_member",
    _l("Lägg till en ledamot"),
    guards=(has_no_part_in_the_call, somebody_can_be_asked),
    form=forms.MemberForm,
    explain=_l("Ledamoten prövar först om hen är jävig i varje ärende, och ser innehållet först därefter."),
    button=_l("Lägg till"),
)
def add_panel_member(act: Act) -> None:
    """Somebody takes part. Whoever leads the meeting is one, and only one."""
    if act.data["is_chair"]:
        PanelMember.objects.filter(meeting=act.subject, ended_at=None, is_chair=True).update(is_chair=False)
    person = act.data["person"]
    seat = PanelMember.objects.create(
        meeting=act.subject, person=person, is_chair=act.data["is_chair"], added_at=clock.now()
    )
    act.note = {"seat": seat.pk, "person": person.pk, "chair": seat.is_chair}


@command(
    "remove_panel_member",
    _l("Ta bort en ledamot"),
    guards=(has_no_part_in_the_call,),
    form=forms.SeatForm,
    explain=_l("Ledamoten mister genast åtkomsten till ärendena. Det som hen har uppgett om jäv står kvar."),
    button=_l("Ta bort"),
)
def remove_panel_member(act: Act) -> None:
    """Somebody takes no part any longer; what the seat let them read ends at once."""
    cases, seat = lock_cases(act.subject), act.data["member"]
    seat.ended_at = clock.now()
    seat.save(update_fields=["ended_at"])
    rights.settle_all(cases)
    act.note = {"seat": seat.pk, "person": seat.person_id}


@command(
    "note_absence",
    _l("Anteckna närvaro"),
    guards=(has_no_part_in_the_call,),
    form=forms.AbsenceForm,
    explain=_l(
        "Den som är frånvarande behöver inte pröva jäv och ser inte ärendena. Protokollet säger vem som var borta."
    ),
    button=_l("Anteckna"),
)
def note_absence(act: Act) -> None:
    """A member is not there, or is there after all."""
    cases, seat = lock_cases(act.subject), act.data["member"]
    seat.is_absent = act.data["is_absent"]
    seat.save(update_fields=["is_absent"])
    rights.settle_all(cases)
    act.note = {"seat": seat.pk, "absent": seat.is_absent}


@command(
    "make_agenda",
    _l("Gör dagordningen"),
    guards=(has_no_part_in_the_call,),
    explain=_l(
        "Alla bedömda ansökningar läggs på dagordningen i rangordning. En ordning som ni har ändrat för hand ersätts."
    ),
    button=_l("Gör dagordningen"),
)
def make_agenda(act: Act) -> None:
    """What has been assessed since comes in, and all of it stands in the order of the ranking."""
    lock_cases(act.subject)
    act.note = {"items": _add_assessed(act.subject)}


def _add_assessed(meeting: Meeting) -> int:
    """Put every assessed application that is in no other meeting, and that no panel has spoken of, on the agenda; and the
    agenda in the order of the ranking."""
    found = _held(Application.objects.filter(call=meeting.call, state=CaseState.ASSESSED))
    other = Item.objects.filter(meeting__closed_at=None, application__in=found)
    heard = Hearing.objects.filter(application__in=found, kind=HearingKind.PANEL, recorded_at__isnull=False)
    taken = set(other.values_list("application_id").union(heard.values_list("application_id")))
    order = [one.case.pk for one in ranked(meeting.call)]
    Item.objects.bulk_create(
        Item(meeting=meeting, application_id=case, position=len(order)) for case in found if (case,) not in taken
    )
    place = {case: n for n, case in enumerate(order, 1)}
    items = list(Item.objects.filter(meeting=meeting).select_for_update(of=("self",)))
    items.sort(key=lambda item: (place.get(item.application_id, len(order) + 1), item.pk))
    return _in_this_order(items)


def _in_this_order(items: Iterable[Item]) -> int:
    rows = list(items)
    for n, item in enumerate(rows, 1):
        item.position = n
        item.version += 1
    Item.objects.bulk_update(rows, ["position", "version"])
    return len(rows)


@command(
    "order_agenda",
    _l("Ändra ordningen"),
    guards=(sees_the_agenda,),
    form=forms.OrderForm,
    explain=_l(
        "Ordningen är den som pengarna räknas i. Att gå ifrån rangordningen kräver ett skäl innan mötet avslutas."
    ),
    button=_l("Ändra ordningen"),
)
def order_agenda(act: Act) -> None:
    """Move one item to another place."""
    items = list(Item.objects.filter(meeting=act.subject).select_for_update(of=("self",)))
    moved = next(item for item in items if item.pk == act.data["item"].pk)
    if not Item.objects.filter(in_sight(act.person), pk=moved.pk).exists():
        raise NotVisible(moved)  # withdrawn or decided since, and none of theirs
    items.remove(moved)
    items.insert(act.data["position"] - 1, moved)
    _in_this_order(items)
    act.note = {"item": moved.pk, "position": moved.position}


@command(
    "adopt_trial",
    _l("Anta förslaget"),
    guards=(sees_the_agenda,),
    form=forms.AdoptForm,
    explain=_l("Det som ni har prövat blir dagordningens ordning och belopp."),
    button=_l("Anta"),
)
def adopt_trial(act: Act) -> None:
    """What somebody tried on the page becomes the agenda's order and amounts."""
    trial: funding.Trial = act.data["trial"]
    items = {i.pk: i for i in Item.objects.filter(meeting=act.subject).select_for_update(of=("self",))}
    agenda = read_agenda(act.subject.pk, trial)
    asked = {point.item.pk: point.ranked.applied_ore for point in agenda.points}
    if too_much := [key for key, ore in trial.amounts.items() if key in asked and ore > asked[key]]:
        number = agenda.the_point(too_much[0]).case.number
        text = _("%(number)s får inte mer än vad som är sökt.") % {"number": number}
        raise Refused([Refusal("more_than_applied", text)])
    changed = {key: ore for key, ore in trial.amounts.items() if key in asked and ore != _amount(items[key], asked)}
    if done := [key for key in changed if items[key].state == ItemState.DONE]:
        text = _("%(number)s är klar. Ta upp punkten igen för att ändra beloppet.")
        raise Refused([Refusal("item_done", text % {"number": agenda.the_point(done[0]).case.number})])
    for key, ore in changed.items():
        items[key].amount_ore, items[key].saved_by, items[key].saved_at = ore, act.person, clock.now()
    Item.objects.bulk_update([items[key] for key in changed], ["amount_ore", "saved_by", "saved_at"])
    rest = [items[point.item.pk] for point in agenda.gone]
    _in_this_order([*(items[row.entry.key] for row in agenda.line.rows), *rest])
    act.note = {"lifted": list(trial.lifted), "amounts": {str(k): v for k, v in trial.amounts.items()}}


@command(
    "open_meeting",
    _l("Öppna mötet"),
    guards=(has_no_part_in_the_call, has_members_and_items),
    explain=_l("Punkterna kan tas upp en i taget. Den som är jävig i en punkt ser den inte."),
    button=_l("Öppna mötet"),
    primary=True,
)
def open_meeting(act: Act) -> None:
    """The meeting begins."""
    act.subject.opened_by, act.subject.opened_at = act.person, clock.now()
    act.subject.save(update_fields=["opened_by", "opened_at"])


def _amount(item: Item, asked: dict[int, int]) -> int:
    return asked[item.pk] if item.amount_ore is None else item.amount_ore


@command(
    "declare_panel",
    _l("Pröva om du är jävig"),
    guards=(something_to_declare,),
    form=forms.DeclareForm,
    explain=_l("Du ser ett ärendes innehåll först när du har svarat att du inte är jävig i det."),
    button=_l("Lämna svaren"),
    primary=True,
)
def declare_panel(act: Act) -> None:
    """A member's declarations, before the content of what they are about is shown (FL 16 and 18 §§). What the house knows of
    a tie counts whatever is answered, and nobody takes back a conflict of their own."""
    cases = lock_cases(act.subject)
    seat = seats(act.subject).get(person=act.person)
    items = list(Item.objects.filter(meeting=act.subject, pk__in=act.data["answers"]).order_by("pk"))
    ties = ties_of([item.application_id for item in items], seat)
    before = {d.item_id: d for d in Declaration.objects.filter(member=seat, item__in=items)}
    waiting = still_unsure(act.person, [item.application_id for item in items])
    out = []
    for item in items:
        old, tie = before.get(item.pk), ties.get(item.application_id, "")
        if old is not None and old.answer != Answer.NO:
            continue
        answer, text = act.data["answers"][item.pk], act.data.get("texts", {}).get(item.pk, "")
        if answer == Answer.NO and (doubt := waiting.get(item.application_id)) is not None:
            answer, text = Answer.UNSURE, doubt  # what waits for a ruling is not answered away from another seat
        if tie:
            write_tie(seat, item, tie)
        else:
            _declare(seat, item, answer, text)
        if tie or answer == Answer.YES:
            act.also("panel_conflict", item, member=seat.person_id, by_system=bool(tie))
            if not report_own(act, item, tie or text):
                register(seat, item, tie or text, by_system=bool(tie), had_read=old is not None)
        if tie or answer != Answer.NO:
            out.append(item.pk)
    rights.settle_all(cases)
    act.note = {"seat": seat.pk, "items": [item.pk for item in items], "out": out}


def still_unsure(person: Person, cases: Iterable[int]) -> dict[int, str]:
    """What the person was unsure of about these cases, at any seat and in any meeting, that nobody has ruled on: in words, by
    case."""
    rows = unruled_doubts(person, cases).order_by("at", "pk")
    return dict(rows.values_list("item__application_id", "text"))


def unruled_doubts(person: Person, cases: Iterable[int]) -> QuerySet[Declaration]:
    """The declarations that say so."""
    return Declaration.objects.filter(
        member__person=person, item__application__in=cases, answer=Answer.UNSURE, ruled_at=None
    )


def _declare(seat: PanelMember, item: Item, answer: str, text: str) -> None:
    values = {"answer": answer, "text": text, "at": clock.now()}
    Declaration.objects.update_or_create(item=item, member=seat, defaults=values)


def ties_of(cases: Iterable[int], seat: PanelMember) -> dict[int, str]:
    """What the house knows of the member's ties to these cases, in words, by case."""
    keys = list(cases)
    found = {
        case: " ".join(ground.text for ground in grounds)
        for (case, _person), grounds in conflicts.known(keys, [seat.person_id]).items()
    }
    shown = Assignment.objects.filter(
        application__in=keys, reviewer=seat.person_id, state=AssignmentState.CONFLICTED
    ).values_list("application_id", flat=True)
    return {case: _("Har varit jävig som bedömare av ansökan.") for case in shown} | found


def write_tie(seat: PanelMember, item: Item, tie: str) -> None:
    """The house's own finding, in place of what the member answered."""
    values = {"answer": Answer.YES, "text": tie, "by_system": True, "at": clock.now()}
    Declaration.objects.update_or_create(item=item, member=seat, defaults=values)


def register(seat: PanelMember, item: Item, text: str, *, by_system: bool, had_read: bool) -> None:
    """The finding's row in the register of conflicts."""
    source = conflicts.Source.SYSTEM if by_system else conflicts.Source.DECLARED
    conflicts.Conflict.objects.create(
        application_id=item.application_id,
        reviewer=seat.person,
        source=source,
        text=text,
        found_at=clock.now(),
        state=conflicts.Standing.CONFLICTED,
        had_read=had_read,
    )


def report_own(act: Act, item: Item, text: str) -> bool:
    """Whoever finds a conflict at the panel's table cannot have judged the application either: their assignment ends as if
    they had reported it there. False when they have none, or when the assessment is over."""
    own = Assignment.objects.filter(
        application=item.application_id,
        application__state__in=JUDGED,  # what is proposed of it by now is not changed from here
        reviewer=act.actor,
        state__in=(AssignmentState.CLEARED, AssignmentState.LODGED),
    ).first()
    if own is None:
        return False
    run("report_conflict", act.actor, own, reason=text or str(_("Jäv uppgavs vid panelens möte.")))
    return True


@command(
    "rule_panel_conflict",
    _l("Avgör en ledamots jäv"),
    guards=(has_no_part_in_the_call, somebody_waits_for_a_ruling),
    form=forms.RuleForm,
    button=_l("Avgör"),
)
def rule_panel_conflict(act: Act) -> None:
    """Somebody else than the member decides whether there is a conflict (FL 18 §)."""
    cases = lock_cases(act.subject)
    declaration = forms.unruled(act).filter(pk=act.data["declaration"].pk).first()
    if declaration is None:
        raise Refused([Refusal("ruled", _("Frågan är redan avgjord."))])
    conflicted = act.data["conflicted"] == "yes"
    declaration.answer = Answer.YES if conflicted else Answer.NO
    declaration.ruled_by, declaration.ruled_at = act.person, clock.now()
    declaration.save(update_fields=["answer", "ruled_by", "ruled_at"])
    # the same doubt from a seat that has ended has its answer too
    unruled_doubts(declaration.member.person, [declaration.item.application_id]).update(
        answer=declaration.answer, ruled_by=act.person, ruled_at=declaration.ruled_at
    )
    conflicts.Conflict.objects.create(
        application_id=declaration.item.application_id,
        reviewer=declaration.member.person,
        source=conflicts.Source.DECLARED,
        text=declaration.text,
        found_at=declaration.at,
        state=conflicts.Standing.CONFLICTED if conflicted else conflicts.Standing.FREE,
        ruled_by=act.person,
        ruled_at=clock.now(),
        reason=act.data["reason"],
    )
    rights.settle_all(cases)
    act.note = {"person": declaration.member.person_id, "item": declaration.item_id, "conflicted": conflicted}
