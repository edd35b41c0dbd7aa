"""What the law asks a decision to say (FL 31–33 §§), each with where it comes from. The page that lists it and the guard that
refuses without it read the same table."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.applications.access import staff_in
from grants.applications.models import Application
from grants.decisions.models import Decision
from grants.organisations.models import Person
from grants.programmes.definition import DecisionTexts
from grants.programmes.law import LegalText
from grants.programmes.letter_templates import LetterKind
from workflows.papers import letter_kind

AT_DECISION = _l("sätts när beslutet fattas")


@dataclass(frozen=True)
class Draft:
    """What is known of a decision: its case, who prepares it, and the decision itself once it is proposed."""

    case: Application
    preparer: Person
    decision: Decision | None
    language: str

    @property
    def texts(self) -> DecisionTexts:
        """What the call says in every decision."""
        return self.case.definition.decision

    @property
    def kind(self) -> LetterKind:
        """Which letter it makes; while it is being written, that of a grant."""
        return letter_kind(self.decision) if self.decision else LetterKind.GRANT


@dataclass(frozen=True)
class Particular:
    """One particular. `value` reads it, empty when it is missing; of what the proposer writes it is asked once it is written."""

    code: str
    what: Promise
    missing: Promise
    value: Callable[[Draft], str]
    written: bool = False  # by whoever proposes
    at_decision: bool = False
    follows: bool = False  # from the case and from who acts: never missing when somebody decides


@dataclass(frozen=True)
class Found:
    """A particular of one decision: what it says, and whether that is there, is to come, or is missing."""

    particular: Particular
    detail: str
    glyph: str  # done, wait or stop


def _deciders(draft: Draft) -> str:
    decided = draft.decision and draft.decision.decided_by
    if decided:
        return decided.name
    return ", ".join(p.name for p in staff_in(draft.case, "decide_call").exclude(pk=draft.preparer.pk))


def _shortly(text: LegalText | None, language: str) -> str:
    """The beginning of a legal text; a dash where letters of the kind rest on none."""
    return Truncator(text.read(language)).words(14) if text else "–"


def _parties(draft: Draft) -> str:
    return ", ".join(p.name for p in draft.case.parties.select_related("organisation"))


PARTICULARS: tuple[Particular, ...] = (
    Particular(
        "decider",
        _l("Vem som beslutar, 31 § 3"),
        _l("Det finns ingen annan som kan fatta beslutet (31 § 3)."),
        _deciders,
        follows=True,
    ),
    Particular(
        "presenter",
        _l("Vem som har förberett, 31 § 4"),
        _l("Vem som har förberett saknas (31 § 4)."),
        lambda d: d.preparer.name,
        follows=True,
    ),
    Particular(
        "participants",
        _l("Vilka som deltog utan att avgöra, 31 § 5"),
        _l("Vilka som deltog saknas (förvaltningslagen 31 § 5)."),
        lambda d: d.decision.participants if d.decision else "",
        written=True,
    ),
    Particular(
        "content",
        _l("Vad som beslutas, 31 § 2"),
        _l("Vad som beslutas saknas (förvaltningslagen 31 § 2)."),
        lambda d: str(d.decision.get_outcome_display()) if d.decision else "",
        written=True,
    ),
    Particular(
        "reasons",
        _l("Skäl, 32 §"),
        _l("Skäl för beslutet saknas (förvaltningslagen 32 §)."),
        lambda d: Truncator(d.decision.reasons).words(14) if d.decision else "",
        written=True,
    ),
    Particular(
        "notice",
        _l("Vilka som får beslutet, 33 §"),
        _l("Vilka som får beslutet saknas (33 §)."),
        _parties,
        follows=True,
    ),
    Particular(
        "appeal",
        _l("Hur det kan överklagas, 33 §"),
        _l("Hur beslutet kan överklagas saknas (förvaltningslagen 33 §)."),
        lambda d: _shortly(d.texts.appeal_of(d.kind), d.language),
    ),
    Particular(
        "legal_ground",
        _l("Rättslig grund"),
        _l("Den rättsliga grunden saknas."),
        lambda d: _shortly(d.texts.ground_of(d.kind), d.language),
    ),
    Particular("date", _l("Datum, 31 § 1"), AT_DECISION, lambda d: str(AT_DECISION), at_decision=True),
)


def missing_in(draft: Draft) -> list[Particular]:
    """What a decision that is proposed does not say, of what somebody could have forgotten."""
    asked = (one for one in PARTICULARS if not (one.follows or one.at_decision))
    return [one for one in asked if not one.value(draft).strip()]


def found_in(draft: Draft) -> list[Found]:
    """Every particular, as far as the decision has come."""
    return [_found(one, draft) for one in PARTICULARS]


def _found(one: Particular, draft: Draft) -> Found:
    if one.written and draft.decision is None:
        return Found(one, _("skrivs här"), "wait")
    value = one.value(draft).strip()
    return Found(one, value, "wait" if one.at_decision else "done" if value else "stop")
