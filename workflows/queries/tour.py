"""The guided tour: who to be, where to go and what to look at; the pages are those of the demonstration's own cases."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from grants.applications.models import Application, CaseState
from grants.decisions.models import Acceptance, AcceptanceState
from grants.organisations.models import Person
from grants.programmes.models import Call, CallPhase
from reviewers.models import Assignment, AssignmentState
from workflows import links
from workflows.demo import PERSONAS
from workflows.models import Invitation


@dataclass(frozen=True)
class Step:
    """One stop: what to see, as whom, and where."""

    title: str
    text: str
    url: str
    persona: str = ""
    name: str = ""
    button: str = ""


def steps() -> list[Step]:
    """The tour from call to report. A stop whose case is not there yet leads to the list where it will appear."""
    found = [
        _call(),
        _stop(
            "karin",
            _("Sök"),
            _("Karin skriver ansökan tillsammans med sina parter. Allt sparas, och sidan visar vad som är kvar."),
            reverse("my_cases"),
        ),
        _formal(),
        _review(),
        _proposal(),
        _approval(),
        _acceptance(),
        _project(),
        _audit(),
        Step(
            _("Läs reglerna"),
            _("Vem som får göra vad, och i vilket läge, står i en tabell som vem som helst kan läsa."),
            reverse("matrix"),
            button=_("Öppna tabellen"),
        ),
    ]
    return [step for step in found if step is not None]


def _stop(persona: str, title: str, text: str, url: str) -> Step:
    name = PERSONAS[persona].name
    return Step(title, text, url, persona, name, _("Gå dit som %(name)s") % {"name": name})


def _person(key: str) -> Person | None:
    return Person.objects.filter(email=PERSONAS[key].email).first()


def _visible(key: str, *states: CaseState) -> Application | None:
    """The newest case in one of these states that the persona sees."""
    person = _person(key)
    if person is None:
        return None
    rows = Application.objects.visible_to(person).filter(state__in=states)
    found: Application | None = rows.order_by("-state_since", "-pk").first()
    return found


def _call() -> Step:
    calls = list(Call.objects.filter(version__isnull=False).select_related("version").order_by("-opens_at"))
    call = next((c for c in calls if c.phase() == CallPhase.OPEN), None)
    url = reverse("call", args=[call.slug]) if call else reverse("home")
    text = _(
        "Läs en omgång som den som vill söka: pengar, vem som kan söka, datum och kriterier på en sida. Inget konto behövs."
    )
    return Step(_("Hitta en omgång"), text, url, button=_("Öppna omgången"))


def _formal() -> Step:
    case = _visible("sara", CaseState.SUBMITTED, CaseState.COMPLETING)
    text = _("Sara gör den formella kontrollen. Det som går att räkna är räknat, och steg som inte går visar varför.")
    return _stop("sara", _("Kontrollera"), text, reverse("case", args=[case.pk]) if case else reverse("inbox"))


def _review() -> Step:
    text = _(
        "Mira svarar om hon är jävig innan hon ser något annat än titel och parter. Därefter läser och poängsätter hon."
    )
    person = _person("mira")
    offered = Assignment.objects.filter(reviewer=person, state=AssignmentState.OFFERED).first() if person else None
    url = reverse("act", args=["declare", offered.pk]) if offered else reverse("review_queue")
    return _stop("mira", _("Bedöm"), text, url)


def _proposal() -> Step:
    case = _visible("sara", CaseState.ASSESSED)
    text = _(
        "Sara förbereder beslutet: belopp, stödnivå och stödgrund för varje part, och det som förvaltningslagen kräver."
    )
    return _stop(
        "sara", _("Förbered beslut"), text, reverse("act", args=["propose", case.pk]) if case else reverse("cases")
    )


def _approval() -> Step:
    case = _visible("eva", CaseState.PROPOSED)
    text = _(
        "Eva ser exakt vad hon skriver under och summan mot omgångens budget. Den som förbereder beslutar aldrig själv."
    )
    return _stop("eva", _("Besluta"), text, reverse("act", args=["approve", case.pk]) if case else reverse("inbox"))


def _acceptance() -> Step:
    text = _(
        "Varje part godkänner villkoren genom en personlig länk, utan konto. I demonstrationen kan du öppna länken själv."
    )
    waiting = Acceptance.objects.filter(state=AcceptanceState.WAITING).values("pk")
    link = Invitation.objects.filter(purpose=Invitation.Purpose.ACCEPT, ended_at=None, subject_id__in=waiting).first()
    url = reverse("personal_link", args=[links.token(link)]) if link else reverse("notices")
    return Step(_("Godkänn villkoren"), text, url, button=_("Öppna en parts länk"))


def _project() -> Step:
    case = _visible("ali", CaseState.REPORTING, CaseState.CLOSED)
    text = _("Ali ser projektets skyldigheter i en kalender och lämnar rapporter. Flytta klockan så öppnar nästa.")
    return _stop("ali", _("Rapportera"), text, reverse("project", args=[case.pk]) if case else reverse("my_cases"))


def _audit() -> Step:
    case = _visible("rolf", CaseState.CLOSED, CaseState.REPORTING, CaseState.ACCEPTING)
    text = _(
        "Rolf läser ett ärende utan att ändra något. Sist på sidan står varje händelse med tid och namn, "
        "och om kedjan av händelser är hel."
    )
    return _stop("rolf", _("Granska"), text, reverse("case", args=[case.pk]) + "#events" if case else reverse("cases"))
