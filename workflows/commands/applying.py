"""The applicant's commands: from draft to submission, and back again."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.access import is_confirmed
from grants.applications.checklist import PARTIES, Contents, contents, lacks
from grants.applications.freezing import freeze, restore, sha256
from grants.applications.members import take_away
from grants.applications.models import Application, CaseMember, CaseState, Party, Submission
from grants.decisions.models import BEING_MADE
from grants.letters.printable import signs_of, unprintable
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Organisation, Person
from grants.programmes.definition import PartyRole
from grants.programmes.models import Call
from grants.refusal import Refusal, Refused
from grants.templatetags.writing import when
from reviewers.models import OPEN_ASSIGNMENT
from workflows import events, forms, jobs, numbers, rights
from workflows.commands.base import Act, command
from workflows.commands.calls import note_if_decided
from workflows.commands.finding import look_again_soon
from workflows.matrix import Role
from workflows.models import Invitation


def create_draft(person: Person, call: Call, organisation: Organisation, title: str = "") -> Application:
    """Begin an application for an organisation. Anyone may draft; Refused when the call is not open."""
    if refusal := _window_refusal(call, call.closes_at, clock.now()) or _cannot_coordinate(call, organisation):
        raise Refused([refusal])
    with transaction.atomic():
        # a version that is published now comes before or after: a draft on the one before would not be there to follow it
        now = Call.objects.select_for_update(no_key=True).get(pk=call.pk)
        assert now.version is not None
        case: Application = Application.objects.create(
            call=call,
            version=now.version,
            title=title,
            created_by=person,
            is_example=organisation.is_example or settings.DEMO,  # nothing that a demo issues can be taken for real
        )
        Party.objects.create(
            application=case,
            organisation=organisation,
            role=PartyRole.COORDINATOR,
            is_need_owner=True,
            contact_name=person.name,
            contact_email=person.email,
            signatory_name=organisation.signatory_name,
            signatory_email=organisation.signatory_email,
        )
        CaseMember.objects.create(application=case, person=person, email=person.email, right=CaseMember.Right.EDIT)
        rights.settle(case)
        events.append(
            f"case:{case.pk}", "create_draft", actor=person, data={"noun": "case", "id": case.pk, "call": call.pk}
        )
    return case


def _cannot_coordinate(call: Call, organisation: Organisation) -> Refusal | None:
    """Nobody writes for weeks what their organisation cannot submit."""
    definition, kind = call.definition, OrganisationKind(organisation.kind)
    if definition.admits(PartyRole.COORDINATOR, kind):
        return None
    text = _("%(organisation)s är %(kind)s, och sådana kan inte samordna en ansökan i den här omgången.") % {
        "organisation": organisation.name,
        "kind": kind.label,
    }
    if definition.admits(PartyRole.PARTICIPANT, kind):
        text += " " + _("Ni kan vara med som part: be den som samordnar att lägga till er.")
    return Refusal("kind", text)


def _window_refusal(call: Call, closes_at: datetime | None, arrived_at: datetime) -> Refusal | None:
    """In time if and only if it arrived before the closing time, and not before the opening."""
    if call.opens_at is None or arrived_at < call.opens_at:
        opens = when(call.opens_at) if call.opens_at else ""
        return Refusal(
            "not_open", _("Omgången har inte öppnat. Den öppnar %(when)s.") % {"when": opens}, changes_at=call.opens_at
        )
    if closes_at is not None and arrived_at >= closes_at:
        text = _("Omgången stängde %(when)s. Efter det ändras bara det som handläggaren ber om.")
        if closes_at != call.closes_at:
            text = _("Er egen sista tid var %(when)s. Efter det ändras bara det som handläggaren ber om.")
        text %= {"when": when(closes_at)}
        return Refusal("closed", text, helper=_("En handläggare kan be om komplettering."))
    return None


def in_window(act: Act) -> Refusal | None:
    """The call is open and what was submitted is not judged yet, or the applicant answers a request for completion in time.
    Judged by the moment of arrival."""
    case = act.the_case
    if case.state == CaseState.COMPLETING:
        if case.completion_due is not None and act.arrived_at >= case.completion_due:
            text = _("Tiden för komplettering gick ut %(when)s.") % {"when": when(case.completion_due)}
            return Refusal("completion_over", text, helper=_("Handläggaren kan ge längre tid."))
        return None
    if case.gathered_at is not None and act.arrived_at >= case.gathered_at:
        text = _(
            "Ansökan kom in till avstämningen %(when)s och bedöms. Efter det ändras bara det som handläggaren ber om."
        )
        helper = _("En handläggare kan be om komplettering.")
        return Refusal("gathered", text % {"when": when(case.gathered_at)}, helper=helper)
    return _window_refusal(case.call, case.closes_at, act.arrived_at)


def has_working_copy(act: Act) -> Refusal | None:
    """A submitted application is replaced only after it has been unlocked."""
    case = act.the_case
    if case.state != CaseState.SUBMITTED or case.working_copy:
        return None
    last = case.submissions.select_related("submitted_by").latest("n")
    text = _("%(who)s skickade in ansökan %(when)s. Lås upp den om ni vill ändra.") % {
        "who": last.submitted_by.name,
        "when": when(last.arrived_at),
    }
    return Refusal("locked", text, link="unlock")


def is_complete(act: Act) -> list[Refusal]:
    """Everything on the checklist is done."""
    return [
        Refusal("incomplete_" + lack.code, lack.text, link=f"{lack.step}#{lack.field}")
        for lack in lacks(_contents(act))
    ]


def can_be_named_in_a_letter(act: Act) -> list[Refusal]:
    """Every sign of the title and of the persons' names can be written in the decision's letter. Told while the applicant can
    still write it otherwise: a decision that cannot be printed cannot be made."""
    found = _contents(act)
    named = [(_("Titeln"), found.application.title, f"{found.definition.sections[0].id}#title")]
    for party in found.parties:
        of_party = {"party": party.name}
        place = f"{PARTIES}#party-{party.pk}"
        named.append((_("Firmatecknaren för %(party)s") % of_party, party.signatory_name, place))
        named.append((_("Kontaktpersonen för %(party)s") % of_party, party.contact_name, place))
    text = _("%(field)s: %(signs)s kan inte skrivas i ett beslutsbrev. Skriv det på ett annat sätt.")
    return [
        Refusal("unprintable", text % {"field": field, "signs": signs_of(characters)}, link=place)
        for field, value, place in named
        if (characters := unprintable(value))
    ]


def _contents(act: Act) -> Contents:
    """The application as it is now; read once an act."""
    if "contents" not in act.memory:
        act.memory["contents"] = contents(act.the_case)
    found: Contents = act.memory["contents"]
    return found


@command(
    "submit",
    _l("Skicka in ansökan"),
    guards=(has_working_copy, in_window, is_complete, can_be_named_in_a_letter),
    form=forms.SubmitForm,
    explain=_l(
        "Ansökan får ett diarienummer och blir en allmän handling. Ni kan låsa upp och ändra den tills bedömningen börjar."
    ),
    button=_l("Skicka in"),
    primary=True,
)
def submit(act: Act) -> None:
    """Freeze the answers with the version of the call that they answer; the first time, draw a number."""
    case = act.the_case
    found = _contents(act)
    content = freeze(found)
    for party in found.parties:
        party.frozen_name, party.frozen_number = party.organisation.name, party.organisation.number
        party.frozen_signatory = party.signatory_name
    Party.objects.bulk_update(found.parties, ["frozen_name", "frozen_number", "frozen_signatory"])
    n = (case.submissions.order_by("-n").values_list("n", flat=True).first() or 0) + 1
    case.number = case.number or numbers.draw(case)
    submission = Submission.objects.create(
        application=case,
        n=n,
        version=case.version,
        content=content,
        sha256=sha256(content),
        arrived_at=act.arrived_at,
        submitted_by=act.person,
    )
    case.submitted_at, case.working_copy, case.completion_due = act.arrived_at, False, None
    if n == 1:
        case.gathered_at = case.definition.window.gathering(act.arrived_at)
    case.applied_ore, case.cost_ore = content["applied_ore"], content["cost_ore"]
    act.move(
        case,
        "submit" if case.state == CaseState.DRAFT else "resubmit",
        "number",
        "submitted_at",
        "gathered_at",
        "working_copy",
        "completion_due",
        "applied_ore",
        "cost_ore",
    )
    act.note = {"submission": submission.pk, "n": n, "sha256": submission.sha256}
    if case.gathered_at is not None:
        act.note["gathered_at"] = case.gathered_at.isoformat()
    jobs.defer_receipt(submission.pk)
    look_again_soon(case.members.filter(person__isnull=False).values_list("person", flat=True))


def not_unlocked(act: Act) -> Refusal | None:
    """There is no working copy yet."""
    if act.the_case.working_copy:
        return Refusal("unlocked", _("Ansökan är redan upplåst. Den inskickade gäller tills ni skickar in igen."))
    return None


def unlocked(act: Act) -> Refusal | None:
    """There is a working copy."""
    return None if act.the_case.working_copy else Refusal("not_unlocked", _("Ansökan är inte upplåst."))


@command(
    "unlock",
    _l("Lås upp ansökan"),
    guards=(not_unlocked, in_window),
    explain=_l("Ni får en arbetskopia att ändra i. Den inskickade ansökan gäller tills ni skickar in igen."),
    button=_l("Lås upp"),
)
def unlock(act: Act) -> None:
    """Let the answers be written again; the last submission stands."""
    act.the_case.working_copy, act.the_case.nudged_at = True, clock.now()
    act.the_case.save(update_fields=["working_copy", "nudged_at"])


@command(
    "drop_copy",
    _l("Kasta ändringarna"),
    guards=(unlocked,),
    explain=_l("Arbetskopian blir som den inskickade ansökan igen."),
    button=_l("Kasta ändringarna"),
)
def drop_copy(act: Act) -> None:
    """Make the answers what was submitted again."""
    _end_copy(act)


def _end_copy(act: Act) -> None:
    case = act.the_case
    last = case.submissions.select_related("submitted_by").order_by("-n").first()
    assert last is not None
    restore(case, last, act.actor or last.submitted_by)
    case.working_copy = False
    case.save(update_fields=["title", "starts_on", "ends_on", "working_copy"])
    act.grants_changed()


def erase_draft(case: Application) -> None:
    """What was written in a draft is not a public document and is not kept (TF 2 kap)."""
    case.answers.all().delete()
    case.attachments.all().delete()
    case.cost_lines.all().delete()
    case.applied_grants.all().delete()
    take_away(case.parties.all())
    case.members.filter(joined_at=None).delete()  # an invitation that nobody has answered is nobody's
    case.title = ""


def nobody_confirmed_writes(act: Act) -> Refusal | None:
    """Whoever has not been confirmed yet throws away nothing that somebody who has been writes in."""
    if Role.APPLICANT in act.roles or Role.PENDING not in act.roles:
        return None
    others = CaseMember.objects.writers().filter(application=act.the_case).exclude(person=act.actor)
    if not any(is_confirmed(one.person, act.the_case) for one in others.select_related("person") if one.person):
        return None
    return Refusal(
        "not_confirmed",
        _("Det gör någon som är bekräftad för organisationen och skriver i ansökan."),
        helper=_("den som samordnar ansökan"),
    )


@command(
    "discard",
    _l("Kasta utkastet"),
    guards=(nobody_confirmed_writes,),
    locks_call=True,
    explain=_l("Allt i utkastet raderas. Det går inte att ångra."),
    button=_l("Radera utkastet"),
)
def discard(act: Act) -> None:
    """Throw the draft away, with everything in it."""
    _end_draft(act)


def time_is_out(act: Act) -> Refusal | None:
    """Drafts lapse when the closing time has come, working copies end when what was submitted is judged, not before."""
    ends = act.the_case.judged_from
    if ends is not None and clock.now() >= ends:
        return None
    return Refusal("still_open", _("Tiden att ändra ansökan är inte ute."), changes_at=ends)


def nothing_asked(act: Act) -> Refusal | None:
    """A draft stays until a request for more time with it has been answered."""
    if not act.the_case.extensions.filter(answered_at=None).exists():
        return None
    return Refusal("asked", _("En begäran om längre tid väntar på svar."), helper=_("handläggaren"))


@command("end_copy", _l("Avsluta arbetskopian"), guards=(unlocked, time_is_out))
def end_copy(act: Act) -> None:
    """Judging begins: what was submitted stands."""
    _end_copy(act)


@command("lapse", _l("Låt utkastet förfalla"), guards=(time_is_out, nothing_asked), locks_call=True)
def lapse(act: Act) -> None:
    """The call closed with the draft unsubmitted: it lapses and is erased."""
    _end_draft(act)


def _end_draft(act: Act) -> None:
    erase_draft(act.the_case)
    act.move(act.the_case, "lapse", "title")
    note_if_decided(act)


@command(
    "withdraw",
    _l("Återkalla ansökan"),
    locks_call=True,
    form=forms.WithdrawForm,
    explain=_l("Ärendet avslutas utan beslut. Det går inte att ångra."),
    button=_l("Återkalla"),
)
def withdraw(act: Act) -> None:
    """End the case without a decision; whoever was working on it is told and loses access."""
    case = act.the_case
    for assignment in case.assignments.filter(state__in=OPEN_ASSIGNMENT).select_related("reviewer"):
        assignment.application = case
        source = assignment.state
        act.move(assignment, "end")
        act.also("ended_unlodged", assignment, source=source)
    for decision in case.decisions.filter(state__in=BEING_MADE):
        decision.make_void()
        decision.save(update_fields=["state"])
        act.also("voided_decision", case, decision=decision.pk)
    case.working_copy = False
    act.move(case, "withdraw", "working_copy")
    Invitation.objects.filter(application=case, ended_at=None).update(ended_at=clock.now())
    note_if_decided(act)


def standing(case: Application) -> Submission | None:
    """The submission that stands: the last."""
    return case.submissions.order_by("-n").first()
