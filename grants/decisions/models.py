"""A decision: its version, its lines per party, and each party's acceptance of its conditions.

The first decision moves its case from prepared to decided. A *later* decision stands beside a case that is past that: it changes,
withdraws or recovers a grant, or writes off an application that was taken back. A decision is never altered: the next version
replaces it, and the old one is kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from grants import clock
from grants.applications.models import Application, Party
from grants.decisions.hearings import Hearing
from grants.organisations.models import Person

__all__ = [
    "BEING_MADE",
    "GIVES_MONEY",
    "MADE",
    "Acceptance",
    "AcceptanceState",
    "Decision",
    "DecisionLine",
    "DecisionState",
    "Hearing",
    "Outcome",
]


class Outcome(models.TextChoices):
    """What is decided."""

    GRANT = "grant", _("bifall")
    REJECTION = "rejection", _("avslag")
    FORMAL_REJECTION = "formal_rejection", _("avslag av formella skäl")
    RESERVE = "reserve", _("plats på reservlistan")
    WRITTEN_OFF = "written_off", _("avskrivning")
    WITHDRAWAL = "withdrawal", _("upphävande av bidrag")
    RECOVERY = "recovery", _("återkrav")


# Whose lines are money that the call has given: what a party may have, or after a withdrawal may keep.
GIVES_MONEY = (Outcome.GRANT, Outcome.WITHDRAWAL)

NOT_BEFORE_HEARING = (Outcome.GRANT, Outcome.RESERVE)  # asks for the interview and the panel of calls that have them


class DecisionState(models.TextChoices):
    """A decision's own life."""

    PROPOSED = "proposed", _("förslag")
    RETURNED = "returned", _("återlämnat")
    DECIDED = "decided", _("beslutat")
    DISPATCHED = "dispatched", _("expedierat")
    VOID = "void", _("överspelat")  # the case was withdrawn first, or the proposal was dropped
    REPLACED = "replaced", _("ersatt")  # by a later version


S = DecisionState
BEING_MADE = (S.PROPOSED, S.DECIDED)
MADE = (S.DECIDED, S.DISPATCHED)


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Decisions, by what counts now."""

    def counting(self) -> "DecisionQuerySet":
        """The decisions that say what their cases have been given: made, and not replaced by one that is made too."""
        made = self.filter(state__in=MADE, outcome__in=GIVES_MONEY)
        return made.exclude(replaced_by__state__in=MADE)

    def promised(self) -> "DecisionQuerySet":
        """The same with what is proposed: what a proposal would replace counts no more."""
        promised = (*BEING_MADE, S.DISPATCHED)
        return self.filter(state__in=promised, outcome__in=GIVES_MONEY).exclude(replaced_by__state__in=promised)

    def in_force(self) -> "DecisionQuerySet":
        """What has been sent and says how it stands: one in a case. A recovery stands beside it."""
        return self.filter(state=S.DISPATCHED).exclude(outcome=Outcome.RECOVERY)


class Decision(ConcurrentTransitionMixin, models.Model):
    """One numbered version of the decision in a case: prepared by one person, made by another."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="decisions")
    version = models.PositiveIntegerField()
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")
    later = models.BooleanField(default=False)  # stands beside a case that has been decided
    state = FSMField(
        default=DecisionState.PROPOSED, choices=DecisionState.choices, protected=True, max_length=20, editable=False
    )
    outcome = models.CharField(_("utfall"), max_length=20, choices=Outcome.choices)
    reasons = models.TextField(_("skäl"))
    special_conditions = models.TextField(_("särskilda villkor"), blank=True)  # one a line
    participants = models.TextField(_("deltog i slutlig handläggning"), blank=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    schedule = models.JSONField(default=list)  # duties: see grants/projects/schedule.py
    payments = models.JSONField(default=list)
    prepared_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(default=clock.now)
    return_reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    hold_until = models.DateTimeField(null=True, blank=True)  # letters do not leave before
    dispatched_at = models.DateTimeField(null=True)
    acceptance_due = models.DateField(null=True)
    repay_by = models.DateField(null=True)  # last day, of a recovery
    letters = models.JSONField(default=dict)  # by language, what its letters say: frozen when it is made

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["application", "version"], name="decision_version"),
            models.UniqueConstraint(
                fields=["application"],
                condition=models.Q(state__in=("proposed", "decided")),
                name="one_decision_being_made",
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=models.Q(state="dispatched") & ~models.Q(outcome="recovery"),
                name="one_decision_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="recovery") ^ models.Q(repay_by=None), name="a_recovery_has_its_day"
            ),
            models.CheckConstraint(condition=~models.Q(decided_by=models.F("prepared_by")), name="four_eyes"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None, decided_at=None)
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="decided_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.version} in {self.application_id}"

    @property
    def title(self) -> str:
        """What the decision is called: a later grant is a change of the one before."""
        is_change = self.later and self.outcome == Outcome.GRANT
        return str(_("ändring av bidrag") if is_change else Outcome(self.outcome).label)

    @property
    def total_ore(self) -> int:
        """The sum of the parties' maximum amounts, in öre; reads `lines`."""
        return sum(line.max_amount_ore for line in self.lines.all())

    def changes(self) -> list[tuple[str, int | None, int]]:
        """Party, what it had and what it gets, in öre, where this replaces another decision; reads both's `lines`."""
        if self.replaces is None:
            return []
        before = {line.party_id: line.max_amount_ore for line in self.replaces.lines.all()}
        return [(line.party_name, before.get(line.party_id), line.max_amount_ore) for line in self.lines.all()]

    @transition(field=state, source=DecisionState.PROPOSED, target=DecisionState.RETURNED)
    def give_back(self) -> None:
        """The decision-maker wants it otherwise."""

    @transition(field=state, source=DecisionState.PROPOSED, target=DecisionState.DECIDED)
    def decide(self) -> None:
        """The decision-maker approves."""

    @transition(field=state, source=DecisionState.DECIDED, target=DecisionState.DISPATCHED)
    def dispatch(self) -> None:
        """The letter has left."""

    @transition(field=state, source=[*BEING_MADE, DecisionState.RETURNED], target=DecisionState.VOID)
    def make_void(self) -> None:
        """The case was withdrawn before the decision was sent, or nobody goes on with the proposal."""

    @transition(field=state, source=DecisionState.DISPATCHED, target=DecisionState.REPLACED)
    def supersede(self) -> None:
        """A later version has been sent."""


class DecisionLine(models.Model):
    """What one party is granted; after a withdrawal what it may keep, in a recovery what it is to pay back. The final grant is
    the lowest of the maximum amount and the aid intensity times the actual eligible cost (beslutsbrevets tabell Beviljat
    bidrag)."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="lines")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    party_name = models.CharField(max_length=200)  # frozen at decision
    party_number = models.CharField(max_length=11)
    max_amount_ore = models.BigIntegerField()
    intensity_bp = models.PositiveIntegerField()  # basis points
    aid_basis = models.CharField(max_length=60)

    class Meta:
        ordering = ["party__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "party"], name="one_line_per_party"),
            models.CheckConstraint(
                condition=models.Q(max_amount_ore__gte=0, intensity_bp__lte=10000), name="decision_line_in_range"
            ),
        ]


class AcceptanceState(models.TextChoices):
    """Whether a party has accepted the conditions."""

    WAITING = "waiting", _("väntar")
    OVERDUE = "overdue", _("försenat")  # the officer has been asked
    ACCEPTED = "accepted", _("godkänt")
    DECLINED = "declined", _("avböjt")


class Acceptance(ConcurrentTransitionMixin, models.Model):
    """One party's acceptance of the conditions (projektparts godkännande), by a personal link."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="acceptances")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="acceptances")
    party = models.ForeignKey(Party, models.PROTECT, related_name="acceptances")
    state = FSMField(
        default=AcceptanceState.WAITING, choices=AcceptanceState.choices, protected=True, max_length=20, editable=False
    )
    due = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_name = models.CharField(_("ert namn"), max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "party"], name="one_acceptance")]

    @transition(field=state, source=AcceptanceState.WAITING, target=AcceptanceState.OVERDUE)
    def pass_date(self) -> None:
        """The date went by without an answer."""

    @transition(field=state, source=[AcceptanceState.WAITING, AcceptanceState.OVERDUE], target=AcceptanceState.WAITING)
    def extend(self) -> None:
        """The officer gives a later date."""

    @transition(field=state, source=[AcceptanceState.WAITING, AcceptanceState.OVERDUE], target=AcceptanceState.ACCEPTED)
    def accept(self) -> None:
        """The party accepts the conditions."""

    @transition(field=state, source=[AcceptanceState.WAITING, AcceptanceState.OVERDUE], target=AcceptanceState.DECLINED)
    def decline(self) -> None:
        """The party will not take part on these conditions."""
