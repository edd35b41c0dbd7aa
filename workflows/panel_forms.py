"""What the commands about a panel's meeting ask for."""

import re
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.applications.models import CaseMember, CaseState
from grants.cleaning import clean
from grants.fields import LineField, TextField
from grants.organisations.models import Person
from reviewers import funding, trials
from reviewers.meeting import in_sight, seen_by
from reviewers.panels import Answer, Declaration, Item, PanelMember, seats
from reviewers.pool import in_pool
from workflows.appointment_forms import AppointmentForm
from workflows.forms import NO_REASON, ActForm

LONGEST = 2000  # characters about a conflict of interest
KEY = re.compile(r"[0-9]{1,18}")  # what an address may say of which item; it fits the column


class MeetingForm(AppointmentForm):
    """When and where the panel meets."""


class MoveMeetingForm(MeetingForm):
    """The same, with what holds now."""

    def build(self) -> None:
        """What the members have been told."""
        for name, field in self.fields.items():
            field.initial = getattr(self.act.subject, name)


def who_can_sit(act: Any) -> Any:
    """The pool and those who work with the call, but for who is a member already or applies in the call themselves."""
    meeting = act.subject
    pool = in_pool(meeting.call)
    staff = Person.objects.filter(is_active=True, offices__call=meeting.call, offices__until=None)
    sits = PanelMember.objects.filter(meeting=meeting, ended_at=None).values("person")
    applies = CaseMember.objects.filter(application__call=meeting.call, person__isnull=False).values("person")
    keys = pool.values("pk").union(staff.values("pk"))
    return Person.objects.filter(pk__in=keys).exclude(pk__in=sits).exclude(pk__in=applies).order_by("name", "pk")


class MemberForm(ActForm):
    """Whom the panel gets, and whether they lead the meeting."""

    person = forms.ModelChoiceField(queryset=Person.objects.none(), label=_l("Ledamot"), empty_label=_l("Välj ledamot"))
    is_chair = forms.BooleanField(label=_l("Leder mötet som ordförande"), required=False)

    def build(self) -> None:
        """Those who can be asked."""
        field: Any = self.fields["person"]
        field.queryset = who_can_sit(self.act)


class SeatForm(ActForm):
    """Which member."""

    member = forms.ModelChoiceField(
        queryset=PanelMember.objects.none(), label=_l("Ledamot"), empty_label=_l("Välj ledamot")
    )

    def build(self) -> None:
        """The members as they are now, by name."""
        field: Any = self.fields["member"]
        field.queryset = seats(self.act.subject)
        field.label_from_instance = lambda seat: seat.person.name
        field.initial = self.act.memory.get("wish", {}).get("ledamot")


class AbsenceForm(SeatForm):
    """Which member, and whether they are there."""

    is_absent = forms.TypedChoiceField(
        label=_l("Närvaro"),
        widget=forms.RadioSelect,
        choices=[("no", _l("närvarar")), ("yes", _l("är frånvarande"))],
        coerce=lambda value: value == "yes",
    )


class OrderForm(ActForm):
    """One item and its new place on the agenda."""

    item = forms.ModelChoiceField(queryset=Item.objects.none(), label=_l("Ansökan"), empty_label=_l("Välj ansökan"))
    position = forms.IntegerField(label=_l("Ny plats på dagordningen"), min_value=1)

    def build(self) -> None:
        """What the actor sees of the agenda."""
        field: Any = self.fields["item"]
        items: Any = Item.objects.filter(meeting=self.act.subject).select_related("application")
        items = seen_by(items, self.act.person)
        field.queryset = items.filter(may_see=True)
        field.label_from_instance = lambda item: f"{item.application.number} {item.application.title}"
        field.initial = self.act.memory.get("wish", {}).get("arende")


class AdoptForm(ActForm):
    """What was tried on the meeting's page, carried along."""

    plan = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)

    def build(self) -> None:
        """What the page's address says."""
        self.fields["plan"].initial = self.act.memory.get("wish", {}).get("plan", "")

    def clean(self) -> dict[str, Any]:
        """The plan as a trial."""
        data: dict[str, Any] = super().clean() or {}
        return {"trial": trials.parse(data.get("plan", ""))}

    def trial(self) -> funding.Trial:
        """What is about to be adopted, for the page."""
        return trials.parse(str(self["plan"].value() or ""))


class RuleForm(ActForm):
    """Whose uncertainty is ruled on, how and why."""

    declaration = forms.ModelChoiceField(
        queryset=Declaration.objects.none(),
        label=_l("Vem och vilket ärende"),
        empty_label=_l("Välj ledamot och ärende"),
    )
    conflicted = forms.ChoiceField(
        label=_l("Är ledamoten jävig?"),
        widget=forms.RadioSelect,
        choices=[("no", _l("Nej, ledamoten får delta")), ("yes", _l("Ja, ledamoten deltar inte"))],
    )
    reason = TextField(label=_l("Skäl"), error_messages=NO_REASON, max_length=LONGEST, rows=4)

    def build(self) -> None:
        """What waits for somebody to rule; nobody rules on themselves."""
        field: Any = self.fields["declaration"]
        field.queryset = unruled(self.act)
        field.label_from_instance = lambda d: f"{d.member.person.name}, {d.item.application.number}: {d.text}"


def unruled(act: Any) -> Any:
    """The declarations of uncertainty that this person can rule on: about what they may see themselves."""
    seen = Item.objects.filter(in_sight(act.actor) if act.actor else Q(), meeting=act.subject)
    rows = Declaration.objects.filter(item__in=seen.values("pk"), answer=Answer.UNSURE, member__ended_at=None)
    rows = rows.exclude(member__person=act.actor) if act.actor else rows
    return rows.select_related("member__person", "item__application").order_by("at", "pk")


class DeclareForm(ActForm):
    """One question for each application on the agenda that the member has not answered about; or about one again."""

    mark_optional = False
    CHOICES = (("no", _l("Nej")), ("unsure", _l("Osäker")), ("yes", _l("Ja")))

    def build(self) -> None:
        """A question and a place for an explanation for each."""
        wish = str(self.act.memory.get("wish", {}).get("arende", ""))
        self.fields["arende"] = forms.CharField(widget=forms.HiddenInput, required=False, initial=wish)
        self.items = list(to_declare(self.act, int(wish) if KEY.fullmatch(wish) else None))
        if len(self.items) > 1:
            self.fields["rest"] = forms.BooleanField(
                label=_("Jag har gått igenom listan och är inte jävig i något ärende som jag inte har svarat om"),
                required=False,
            )
        for item in self.items:
            number = item.application.number
            self.fields[f"svar-{item.pk}"] = forms.ChoiceField(
                label=_("Är du jävig i %(number)s?") % {"number": number},
                widget=forms.RadioSelect,
                choices=self.CHOICES,
                required=False,
            )
            self.fields[f"text-{item.pk}"] = LineField(
                label=_("Vad det gäller i %(number)s, om du svarar osäker eller ja") % {"number": number},
                max_length=LONGEST,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        """The answers by item. Whoever is unsure or has a conflict says of what: somebody else reads it."""
        data: dict[str, Any] = super().clean() or {}
        answers: dict[int, str] = {}
        texts: dict[int, str] = {}
        for item in self.items:
            answer, text = data.get(f"svar-{item.pk}", ""), clean(data.get(f"text-{item.pk}", ""))
            answer = answer or (Answer.NO if data.get("rest") and f"svar-{item.pk}" not in self.errors else "")
            if answer in (Answer.UNSURE, Answer.YES) and not text and f"text-{item.pk}" not in self.errors:
                self.add_error(f"text-{item.pk}", _("Skriv vad kopplingen består i."))
            if answer:
                answers[item.pk], texts[item.pk] = answer, text
        if self.items and not answers and not self.errors:
            raise forms.ValidationError(_("Svara om minst en ansökan."), code="nothing")
        return {"answers": answers, "texts": texts}


def to_declare(act: Any, item: int | None = None) -> Any:
    """What the member has to answer about: what they have not answered, or the one that they come back to."""
    mine = Declaration.objects.filter(member__person=act.actor, member__ended_at=None)
    judged = (CaseState.ASSESSING, CaseState.ASSESSED)  # after that the panel has no word in it
    rows = Item.objects.filter(meeting=act.subject, application__state__in=judged).select_related("application")
    if item is not None:
        return rows.filter(pk=item).exclude(declarations__in=mine.exclude(answer=Answer.NO))
    return rows.exclude(declarations__in=mine).order_by("application__number", "pk")
