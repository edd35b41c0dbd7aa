"""What the system knows of ties between reviewers and cases, and what follows from it: nobody who is tied is asked, what is found
later stops access at once, and somebody else than the reviewer rules."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import CaseState
from grants.organisations.models import Person
from grants.refusal import Refusal
from reviewers import conflicts
from reviewers.conflicts import Conflict, Ground, Source, Standing
from reviewers.models import Assignment, AssignmentState
from reviewers.panels import Answer, Declaration
from workflows import conflict_forms as forms
from workflows import jobs
from workflows.commands.base import Act, command, run
from workflows.commands.disqualified import stands_outside

READING = (AssignmentState.CLEARED, AssignmentState.LODGED)  # who has been let in
JUDGED = (CaseState.ASSESSING, CaseState.ASSESSED)  # before that nobody reads, after that nothing is changed


def ties_of(act: Act) -> list[Ground]:
    """What the system knows of the reviewer whom the act is about, read once."""
    if "ties" not in act.memory:
        pair = (act.the_case.pk, act.subject.reviewer_id)
        act.memory["ties"] = conflicts.known([pair[0]], [pair[1]]).get(pair, [])
    found: list[Ground] = act.memory["ties"]
    return found


def write_ties(act: Act, state: str = Standing.OPEN) -> list[int]:
    """The ties as rows of the register, those that have no row yet. With a state they are ruled on in the same moment."""
    assignment: Assignment = act.subject
    rows = Conflict.objects.filter(application=act.the_case, reviewer=assignment.reviewer_id)
    have = set(rows.exclude(state=Standing.FREE).values_list("ground", flat=True))
    made = [
        write_row(act, source=Source.SYSTEM, ground=tie.code, text=tie.kept, state=state)
        for tie in ties_of(act)
        if tie.code not in {*have, conflicts.RULED}
    ]
    return [row.pk for row in made]


def write_row(act: Act, *, source: str, text: str, ground: str = "", state: str = Standing.OPEN) -> Conflict:
    """One row of the register about an assignment, with what had been read and written by then."""
    assignment: Assignment = act.subject
    row: Conflict = Conflict.objects.create(
        application=act.the_case,
        reviewer=assignment.reviewer,
        source=source,
        ground=ground,
        text=text,
        found_at=clock.now(),
        state=state,
        ruled_at=None if state == Standing.OPEN else clock.now(),
        had_read=has_read(assignment),
        had_lodged=assignment.versions.exists(),
    )
    return row


def has_read(assignment: Assignment) -> bool:
    """Whether the reviewer has had the application before them: its page was opened, or a sheet about it lodged."""
    return assignment.first_read_at is not None or assignment.versions.exists()


def look_again(people: Iterable[int]) -> None:
    """Ask again what ties these people to what they have been let in to, as reviewers or in a panel; in the transaction of what
    has changed, so that access stops with it. Cases are locked in the order of their keys."""
    ids = sorted(people)
    hold(ids)
    for pk in tied(Assignment.objects.filter(reviewer__in=ids)):
        run("find_conflict", None, pk)
    for pk in tied_at_table(Declaration.objects.filter(member__person__in=ids)):
        run("panel_conflict", None, pk)


def hold(people: Iterable[int]) -> None:
    """Let who declares and who changes what ties the same reviewer come one after the other: the later sees what the first
    has done."""
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=list(people)).order_by("pk").values_list("pk"))


def look_again_soon(people: Any) -> None:
    """The same by a job in this commit: for what holds a number series, after which no case may be locked."""
    reading = Assignment.objects.filter(reviewer__in=people, state__in=READING).order_by("reviewer")
    sits = free_at_table(Declaration.objects.filter(member__person__in=people)).order_by()
    who_reads = set(reading.values_list("reviewer", flat=True)) | set(sits.values_list("member__person", flat=True))
    for who in sorted(who_reads):
        jobs.defer_looking(who)


def tied(assignments: Any) -> list[int]:
    """Those of these assignments whose reviewer has been let in although a tie is known that nobody has ruled on."""
    rows = assignments.filter(state__in=READING, application__state__in=JUDGED).order_by("application", "pk")
    pairs = list(rows.values_list("pk", "application_id", "reviewer_id"))
    if not pairs:
        return []
    found = conflicts.known({case for _pk, case, _who in pairs}, {who for _pk, _case, who in pairs})
    return [pk for pk, case, who in pairs if (case, who) in found]


def free_at_table(declarations: Any) -> Any:
    """Those of these declarations that let a member into an item of a meeting that has not been closed."""
    return declarations.filter(
        answer=Answer.NO,
        member__ended_at=None,
        item__meeting__closed_at=None,
        item__application__state=CaseState.ASSESSED,
    )


def tied_at_table(declarations: Any) -> list[int]:
    """The items of these declarations whose member has been let in although a tie is known by now."""
    rows = free_at_table(declarations).order_by("item__application", "item", "pk")
    found = list(rows.values_list("item_id", "item__application_id", "member__person_id"))
    ties = conflicts.known({case for _pk, case, _who in found}, {who for _pk, _case, who in found}) if found else {}
    return list(dict.fromkeys(pk for pk, case, who in found if (case, who) in ties))


def is_judged(act: Act) -> Refusal | None:
    """What a decision-maker already reads is changed only when the proposal has come back."""
    if act.the_case.state in JUDGED:
        return None
    return Refusal("assessment_over", _("Bedömningen av ansökan är avslutad."))


def tie_is_known(act: Act) -> Refusal | None:
    """There is something to rule on."""
    return None if ties_of(act) else Refusal("no_tie", _("Ingen koppling är känd."))


@command("find_conflict", _l("Stäng ärendet för bedömaren"), guards=(is_judged, tie_is_known))
def find_conflict(act: Act) -> None:
    """A tie that was not known when the reviewer was let in: access stops, a lodged sheet is kept and does not count, until
    an officer has ruled."""
    assignment, case = act.subject, act.the_case
    act.note = {
        "conflicts": write_ties(act),
        "had_read": has_read(assignment),
        "had_lodged": assignment.versions.exists(),
    }
    act.move(assignment, "suspend")
    if case.state == CaseState.ASSESSED:  # somebody's assessment is open again
        act.move(case, "reopen_assessment")
        act.also("reopened_assessment", case, source=CaseState.ASSESSED)


def somebody_is_tied(act: Act) -> Refusal | None:
    """There is a tie that nobody has ruled on, and it is not the officer's own."""
    ties = forms.pool_ties(act)
    if not ties:
        return Refusal("no_tie", _("Ingen i bedömarpoolen har en känd koppling som inte är avgjord."))
    who = act.data["reviewer"].pk if act.data else None
    if who is not None and who not in ties:
        return Refusal("no_tie", _("Kopplingen är redan avgjord."), field="reviewer")
    if act.actor is not None and who == act.actor.pk:
        return Refusal("own_conflict", _("Ingen avgör sitt eget jäv (förvaltningslagen 18 §)."), helper=_("en kollega"))
    return None


def own_is_own(act: Act) -> Refusal | None:
    """Whoever works or has worked in an application is partial in it, whatever anybody rules (FL 16 §)."""
    if not act.data or act.data.get("conflicted") != "no":
        return None
    ties = (
        ties_of(act) if isinstance(act.subject, Assignment) else forms.pool_ties(act).get(act.data["reviewer"].pk, [])
    )
    if all(tie.code != conflicts.OWN for tie in ties):
        return None
    text = _("Den som arbetar eller har arbetat i ansökan är jävig (förvaltningslagen 16 §).")
    return Refusal("own_case", text, field="conflicted")


@command(
    "rule_tie",
    _l("Avgör en känd koppling"),
    guards=(stands_outside, somebody_is_tied, own_is_own),
    form=forms.RuleTieForm,
    explain=_l(
        "Den som har en känd koppling till ärendet kan utses först när någon annan har avgjort att den inte är jäv."
    ),
    button=_l("Avgör"),
)
def rule_tie(act: Act) -> None:
    """Whether a tie that the system has found keeps a reviewer from being asked. Each tie is a row of the register."""
    reviewer, state = act.data["reviewer"], standing_of(act)
    rows = [
        Conflict.objects.create(
            application=act.the_case,
            reviewer=reviewer,
            source=Source.SYSTEM,
            ground=tie.code,
            text=tie.kept,
            found_at=clock.now(),
            state=state,
            ruled_by=act.actor,
            ruled_at=clock.now(),
            reason=act.data["reason"],
        ).pk
        for tie in forms.pool_ties(act)[reviewer.pk]
    ]
    act.note = {"reviewer": reviewer.pk, "conflicted": act.data["conflicted"], "conflicts": rows}


def standing_of(act: Act) -> str:
    """The ruling as it stands in the register."""
    return Standing.CONFLICTED if act.data["conflicted"] == "yes" else Standing.FREE
