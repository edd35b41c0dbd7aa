"""Who reviews for an authority: reviewers are invited by mail, say what they can and where they belong, and accept the terms
of each call once.

An invitation is to an address. Whoever signs in with that address may accept it, so a mail that is passed on opens nothing.
"""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from grants import clock
from grants.organisations.models import Organisation
from grants.organisations.numbers import is_example
from grants.refusal import Refusal
from reviewers.models import OPEN_ASSIGNMENT, Assignment
from reviewers.places import PoolPlace, TermsAccepted, has_accepted_terms
from reviewers.pool import Affiliation, Profile
from workflows import pool_forms as forms
from workflows.commands.base import Act, command
from workflows.commands.finding import look_again
from workflows.commands.inviting import GOOD_FOR, Brake, send_again
from workflows.matrix import Role

BRAKE = Brake(("asked_reviewer", "invite_reviewer_again"), 3, "invite_reviewer", 100)


def not_in_pool_already(act: Act) -> Refusal | None:
    """A person has one place in an authority's pool."""
    if not act.data:
        return None
    email = act.data["email"]
    there = PoolPlace.objects.filter(authority=act.subject, ended_at=None)
    if not there.filter(Q(email__iexact=email, joined_at=None) | Q(person__email__iexact=email)).exists():
        return None
    text = _("%(email)s är redan bedömare eller inbjuden.") % {"email": email}
    return Refusal("in_pool_already", text, field="email")


def not_written_too_often(act: Act) -> Refusal | None:
    """Neither one address nor one officer without end."""
    email = act.data.get("email", "") if act.data else ""
    return BRAKE.refusal(act, act.subject.email if isinstance(act.subject, PoolPlace) else email)


@command(
    "invite_reviewer",
    _l("Bjud in bedömare"),
    guards=(not_in_pool_already, not_written_too_often),
    form=forms.InviteReviewerForm,
    explain=_l("Den du bjuder in får ett mejl och går med genom att logga in med just den adressen."),
    button=_l("Skicka inbjudan"),
)
def invite_reviewer(act: Act) -> None:
    """Ask somebody by mail to review for the authority."""
    place = PoolPlace.objects.create(
        authority=act.subject, email=act.data["email"], invited_by=act.person, since=clock.now()
    )
    act.note = {"place": place.pk}
    act.also("asked_reviewer", place)


@command(
    "invite_reviewer_again",
    _l("Påminn om inbjudan"),
    guards=(not_written_too_often,),
    explain=_l("Samma inbjudan skickas en gång till."),
    button=_l("Skicka igen"),
)
def invite_reviewer_again(act: Act) -> None:
    """Send the invitation once more."""
    send_again(act)


def is_not_too_old(act: Act) -> Refusal | None:
    """An invitation that was forgotten opens nothing years later."""
    if clock.now() < act.subject.since + GOOD_FOR:
        return None
    return Refusal("old", _("Inbjudan är för gammal. Be om en ny."), helper=_("den som bjöd in dig"))


def is_not_in_pool(act: Act) -> Refusal | None:
    """The person has not joined by another address already."""
    if not PoolPlace.objects.active().filter(authority=act.subject.authority_id, person=act.actor).exists():
        return None
    return Refusal("in_pool_already", _("Du är redan bedömare hos myndigheten."))


@command(
    "join_pool",
    _l("Bli bedömare"),
    guards=(is_not_too_old, is_not_in_pool),
    explain=_l("Du kan sedan få ansökningar att bedöma. Börja med att fylla i vad du kan och var du är verksam."),
    button=_l("Tacka ja"),
    primary=True,
)
def join_pool(act: Act) -> None:
    """Accept an invitation."""
    place: PoolPlace = act.subject
    place.person, place.joined_at = act.person, clock.now()
    place.save(update_fields=["person", "joined_at"])
    Profile.objects.get_or_create(person=act.person)


@command("refuse_pool", _l("Tacka nej"), button=_l("Tacka nej"))
def refuse_pool(act: Act) -> None:
    """Turn an invitation down."""
    _end(act)


def nothing_left_open(act: Act) -> Refusal | None:
    """What a reviewer has begun is first lodged, declined or taken back: an assignment has a way of its own to end."""
    place: PoolPlace = act.subject
    if place.person is None:
        return None
    left = Assignment.objects.filter(
        reviewer=place.person, state__in=OPEN_ASSIGNMENT, application__call__programme__authority=place.authority_id
    ).count()
    if not left:
        return None
    text = ngettext(
        "%(n)d uppdrag pågår. Det behöver lämnas, avböjas eller tas tillbaka först.",
        "%(n)d uppdrag pågår. De behöver lämnas, avböjas eller tas tillbaka först.",
        left,
    ) % {"n": left}
    return Refusal("assignments_open", text, helper=_("handläggaren i varje ärende, eller bedömaren själv"))


@command(
    "end_place",
    _l("Avsluta som bedömare"),
    guards=(nothing_left_open,),
    explain=_l("Personen tillfrågas inte mer. Det som har bedömts finns kvar."),
    button=_l("Avsluta"),
)
def end_place(act: Act) -> None:
    """Nobody asks this person any more."""
    _end(act)


def _end(act: Act) -> None:
    place: PoolPlace = act.subject
    place.ended_at = clock.now()
    if place.joined_at is None:
        place.email = ""  # an address is kept only as long as it is of use
    place.save(update_fields=["ended_at", "email"])


@command("change_profile", _l("Ändra din profil"), form=forms.ProfileForm, button=_l("Spara"), primary=True)
def change_profile(act: Act) -> None:
    """What the reviewer can, and how much."""
    profile, _made = Profile.objects.get_or_create(person=act.person)
    # what other authorities' calls ask for is not on this form, and stays
    here = {key for key, _label in forms.competence_choices(act.subject.authority)}
    elsewhere = [key for key in profile.competences if key not in here]
    profile.competences = [*elsewhere, *act.data.get("competences", ())]
    profile.languages, profile.load_cap = act.data["languages"], act.data["load_cap"]
    profile.save(update_fields=["competences", "languages", "load_cap"])


def not_there_already(act: Act) -> Refusal | None:
    """The same organisation is not named twice for the same time."""
    if not act.data:
        return None
    rows = Affiliation.objects.filter(
        person=act.actor, organisation__number=act.data["number"], kind=act.data["relation"], until=act.data["until"]
    )
    return Refusal("same", _("Organisationen står redan i din profil."), field="number") if rows.exists() else None


@command(
    "add_affiliation",
    _l("Lägg till en organisation"),
    guards=(not_there_already,),
    form=forms.AffiliationForm,
    explain=_l(
        "Är organisationen part i något som du redan bedömer stängs det ärendet för dig tills någon har prövat det."
    ),
    button=_l("Lägg till"),
)
def add_affiliation(act: Act) -> None:
    """Where the reviewer works or has worked. What they review already is looked at again in the same moment."""
    data = act.data
    organisation, _made = Organisation.objects.get_or_create(
        number=data["number"],
        defaults={
            "name": data["name"],
            "kind": data["kind"],
            "municipality": data.get("municipality"),
            "is_example": is_example(data["number"]),
        },
    )
    row = Affiliation.objects.create(
        person=act.person, organisation=organisation, kind=data["relation"], since=data["since"], until=data["until"]
    )
    act.note = {"affiliation": row.pk}
    look_again([act.person.pk])


def has_one_that_goes_on(act: Act) -> Refusal | None:
    """There is something to end, and it is the reviewer's own."""
    rows = Affiliation.objects.filter(person=act.actor, until=None)
    if act.data:
        rows = rows.filter(pk=int(act.data["affiliation"]))
        since = rows.values_list("since", flat=True).first()
        if since and act.data["until"] < since:
            return Refusal("before", _("Slutdatumet ligger före startdatumet."), field="until")
    return None if rows.exists() else Refusal("nothing", _("Ingen organisation i din profil pågår."))


def settles_no_conflict(act: Act) -> Refusal | None:
    """A day that one writes oneself unties nobody from a case that they are asked to judge: there somebody else rules first."""
    if not act.data or act.actor is None:
        return None
    there = Affiliation.objects.filter(pk=int(act.data["affiliation"])).values("organisation")
    mine = Assignment.objects.filter(reviewer=act.actor, state__in=OPEN_ASSIGNMENT)
    if not mine.filter(application__parties__organisation__in=there).exists():
        return None
    text = _("Du är tillfrågad om en ansökan där organisationen är part. Svara på frågan om jäv först, eller avböj.")
    return Refusal("tied", text, helper=_("du själv"))


@command(
    "end_affiliation",
    _l("Ange att du har slutat"),
    guards=(has_one_that_goes_on, settles_no_conflict),
    form=forms.EndAffiliationForm,
    explain=_l("Raden finns kvar i profilen: en anställning räknas som jäv en tid efter att den har slutat."),
    button=_l("Spara"),
)
def end_affiliation(act: Act) -> None:
    """The reviewer has left an organisation."""
    pk = int(act.data["affiliation"])
    Affiliation.objects.filter(pk=pk, person=act.actor).update(until=act.data["until"])
    act.note = {"affiliation": pk}


def asks_for_terms(act: Act) -> Refusal | None:
    """The call has terms, and the reviewer has not accepted them before."""
    if act.actor is None or not has_accepted_terms(act.actor, act.subject.pk, act.subject.definition.review):
        return None
    return Refusal("accepted", _("Du har redan godkänt omgångens villkor, eller så har den inga."))


@command(
    "accept_terms",
    _l("Godkänn omgångens villkor för bedömare"),
    guards=(asks_for_terms,),
    form=forms.TermsForm,
    button=_l("Godkänn"),
    primary=True,
)
def accept_terms(act: Act) -> None:
    """What the call asks of its reviewers is accepted, once, before anything of an application is shown."""
    TermsAccepted.objects.create(person=act.person, call=act.subject, version=act.subject.version, at=clock.now())
    act.note = {"version": act.subject.version.number}


def terms_accepted(act: Act) -> Refusal | None:
    """Before access: the reviewer has accepted what the call asks of reviewers."""
    case = act.the_case
    if act.actor is None or Role.REVIEWER not in act.roles:
        return None
    if has_accepted_terms(act.actor, case.call_id, case.definition.review):
        return None
    text = _("Godkänn först omgångens villkor för bedömare.")
    return Refusal("terms", text, helper=_("du själv"), link="accept_terms")
