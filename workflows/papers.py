"""What receipts and decision letters say: from a submission or a decision to the data that are rendered."""

import secrets
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from grants import clock
from grants.applications.models import Application, Party, Submission
from grants.decisions.models import GIVES_MONEY, Decision, DecisionLine, Outcome
from grants.letters.data import (
    DecisionLetter,
    Earlier,
    GrantLine,
    Language,
    Organisation,
    Passage,
    Payment,
    Receipt,
    Repayment,
    RepaymentTerms,
    ReportDue,
)
from grants.letters.sender import sender
from grants.programmes.definition import CallDefinition, PartyRole
from grants.programmes.law import LegalText
from grants.programmes.letter_templates import GIVING, OF_ANOTHER, LetterKind
from grants.programmes.questions import Text
from workflows.queries.aid import decided_aid

LANGUAGES: tuple[Language, ...] = ("sv", "en")


def receipt_data(submission: Submission, language: Language) -> Receipt:
    """What a receipt says."""
    case, content = submission.application, submission.content
    coordinator = next(p for p in content["parties"] if p["role"] == PartyRole.COORDINATOR)
    return Receipt(
        authority=sender(case.call.programme.authority, language),
        number=case.number or "",
        call_title=submission.version.definition.full_title.read(language),
        project_title=content["title"],
        coordinator_name=coordinator["name"],
        coordinator_orgnr=coordinator["number"],
        received_at=submission.arrived_at.astimezone(clock.SWEDEN),
        submission_number=submission.n,
        answers_sha256=submission.sha256,
        submitted_by=submission.submitted_by.name,
        parties=tuple(p["name"] for p in content["parties"]),
        applied_ore=content["applied_ore"],
        example=case.is_example,
    )


def frozen_letters(decision: Decision) -> dict[str, dict[str, Any]]:
    """What a decision's letters will say, by language, as it is when the decision is made: later changes of names, texts
    or templates do not reach it. Each letter gets an address of its own, which cannot be guessed, for verifying it."""
    letters: dict[str, dict[str, Any]] = {}
    for language in LANGUAGES:
        data = letter_data(decision, language)
        address = settings.BASE_URL + reverse("verify_code", args=[secrets.token_urlsafe(16)])
        letters[language] = DecisionLetter.model_validate(data.model_dump() | {"verify_url": address}).model_dump(
            mode="json"
        )
    return letters


def code_of(letter: DecisionLetter) -> str | None:
    """The part of a letter's address for verifying it that nobody can guess."""
    return letter.verify_url.rstrip("/").rpartition("/")[2] if letter.verify_url else None


def letter_data(decision: Decision, language: Language) -> DecisionLetter:
    """What a decision's letter says; also of a decision that is not made yet, for its preview."""
    prefetch_related_objects(
        [decision], "lines__party", "application__parties__organisation"
    )  # once for both languages
    case = decision.application
    with translation.override(language):
        return DecisionLetter(
            **_case_part(case, language),
            **_decision_part(decision, case.definition, language),
            example=case.is_example,
            verify_url=None,
        )


def _case_part(case: Application, language: Language) -> dict[str, Any]:
    definition = case.definition
    coordinator: Party = next(p for p in case.parties.all() if p.role == PartyRole.COORDINATOR)
    return {
        "authority": sender(case.call.programme.authority, language),
        "number": case.number or "",
        "project_title": case.title,
        "call_title": definition.full_title.read(language),
        "call_number": definition.number,
        "programme_title": _programme_title(case, language),
        "coordinator": Organisation(
            name=coordinator.name,
            orgnr=coordinator.frozen_number or coordinator.organisation.number,
            address=tuple(coordinator.organisation.address_lines()),
        ),
        "signatory": coordinator.frozen_signatory or coordinator.signatory_name or None,
        "project_manager": coordinator.contact_name or None,
    }


def _programme_title(case: Application, language: Language) -> str:
    programme = case.call.programme
    return programme.title_en if language == "en" and programme.title_en else programme.title


def _decision_part(decision: Decision, definition: CallDefinition, language: Language) -> dict[str, Any]:
    texts = definition.decision
    lines = list(decision.lines.all())
    decider = decision.decided_by
    kind = letter_kind(decision)
    gives = kind in GIVING
    before = _before(decision, kind)
    return {
        "version": decision.version,
        "kind": kind.value,
        "earlier": _earlier(before, definition, language) if before else None,
        "replaces": decision.replaces.version if decision.replaces else None,
        "wording": {part: _passage(text, language) for part, text in texts.templates_of(kind)},
        "decided_at": (decision.decided_at or clock.now()).astimezone(clock.SWEDEN),
        "officer": decision.prepared_by.name,
        "decider": decider.name if decider else _("(beslutsfattarens namn)"),
        "decider_title": (decider.title or None) if decider else None,
        "participants": tuple(
            x for x in [decision.participants] if x and x.lower() not in ("ingen annan", "nobody else")
        ),
        "start": decision.starts_on,
        "end": decision.ends_on,
        "reasons": tuple(p for p in decision.reasons.split("\n") if p.strip()),
        "special_conditions": tuple(p for p in decision.special_conditions.split("\n") if p.strip())
        + (tuple(_passage(t, language) for t in texts.special_conditions) if gives else ()),
        "general_conditions": tuple(_passage(t, language) for t in texts.general_conditions) if gives else (),
        "lines": tuple(_line(line, definition, language) for line in lines) if decision.outcome in GIVES_MONEY else (),
        "repayments": tuple(map(_repayment, lines)) if kind == LetterKind.RECOVERY else (),
        "repayment": _terms(decision) if kind == LetterKind.RECOVERY else None,
        "payments": tuple(_payment(row, language) for row in decision.payments),
        "reports": tuple(_report(row, definition, language) for row in decision.schedule),
        "acceptance_due": decision.acceptance_due,
        "legal_ground": _ground(decision, kind, definition, language),
        "appeal": _legal(texts.appeal_of(kind), definition, "decision.appeal", language),
        "notice_to": tuple(p.name for p in decision.application.parties.all()),
    }


def letter_kind(decision: Decision) -> LetterKind:
    """Which letter a decision makes: a grant that replaces another is a change."""
    if decision.outcome == Outcome.GRANT and decision.replaces and decision.replaces.outcome == Outcome.GRANT:
        return LetterKind.CHANGE
    return LetterKind(decision.outcome)


def _before(decision: Decision, kind: LetterKind) -> Decision | None:
    """The decision that this one replaces or is about, where the letter tells of it."""
    if kind not in OF_ANOTHER:
        return None
    found: Decision | None = decision.replaces or decision.application.decisions.in_force().first()
    return found


def _earlier(before: Decision, definition: CallDefinition, language: Language) -> Earlier:
    decided_at = (before.decided_at or clock.now()).astimezone(clock.SWEDEN)
    lines = tuple(_line(line, definition, language) for line in before.lines.select_related("party"))
    return Earlier(version=before.version, decided_at=decided_at, lines=lines)


def _passage(text: Text, language: Language) -> Passage:
    return Passage(text=text.read(language), language=_spoken(text, language))


def _spoken(text: Text | LegalText, language: Language) -> Language:
    return "en" if text.spoken(language) == "en" else "sv"


def _legal(text: LegalText | None, definition: CallDefinition, path: str, language: Language) -> Passage | None:
    """A legal text, which is example text when nobody has verified it or the call's own words are made up."""
    if text is None or not (said := text.read(language)):
        return None
    vouched = text.verified and (text.law is not None or not definition.is_demo(path))
    return Passage(text=said, language=_spoken(text, language), verified=vouched)


def _ground(decision: Decision, kind: LetterKind, definition: CallDefinition, language: Language) -> Passage | None:
    """The law that the decision rests on, and what is to be said of de minimis aid."""
    ground = _legal(definition.decision.ground_of(kind), definition, "decision.legal_ground", language)
    if ground is None or not (said := [one.words for one in decided_aid(decision)]):
        return ground
    return ground.model_copy(update={"text": " ".join((ground.text, *said))})


def _line(line: DecisionLine, definition: CallDefinition, language: Language) -> GrantLine:
    basis = definition.aid_basis(line.aid_basis)
    return GrantLine(
        party_name=line.party_name,
        orgnr=line.party_number,
        role=_role(line),
        max_amount_ore=line.max_amount_ore,
        intensity_bp=line.intensity_bp,
        aid_basis=basis.label.read(language) if basis else line.aid_basis,
    )


def _role(line: DecisionLine) -> str:
    return _("Koordinator") if line.party.role == PartyRole.COORDINATOR else _("Projektpart")


def _repayment(line: DecisionLine) -> Repayment:
    """In a recovery a party's line holds what it is to repay."""
    return Repayment(
        party_name=line.party_name, orgnr=line.party_number, role=_role(line), amount_ore=line.max_amount_ore
    )


def _terms(decision: Decision) -> RepaymentTerms | None:
    """How a recovered grant is repaid, when its last day is known."""
    if decision.repay_by is None:
        return None
    case = decision.application
    return RepaymentTerms(
        due=decision.repay_by,
        account=case.call.programme.authority.details.get("account", ""),
        reference=f"{case.number}, {_('återkrav')} {decision.version}",
    )


def _payment(row: dict[str, Any], language: Language) -> Payment:
    label = row["label_en"] if language == "en" and row.get("label_en") else row["label_sv"]
    return Payment(when="", condition=label, amount_ore=row["amount_ore"])


def _report(row: dict[str, Any], definition: CallDefinition, language: Language) -> ReportDue:
    rule = definition.report(row["rule"])
    due = date.fromisoformat(row["due"])
    return ReportDue(title=rule.title.read(language) if rule else row["rule"], due=due)
