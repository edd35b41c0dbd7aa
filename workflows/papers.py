"""Receipts and decision letters: from a submission or a decision to an archived PDF, once."""

import logging
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from grants import clock
from grants.applications.models import Application, Party, Submission
from grants.decisions.models import Decision, DecisionState, Outcome
from grants.letters.data import (
    DecisionLetter,
    GrantLine,
    Kind,
    Language,
    Organisation,
    Payment,
    Receipt,
    RenderedPdf,
    ReportDue,
)
from grants.letters.decision import render_decision
from grants.letters.models import Document, DocumentKind
from grants.letters.receipt import render_receipt
from grants.letters.sender import sender
from grants.models import StoredFile
from grants.programmes.definition import CallDefinition, PartyRole
from grants.refusal import Refused
from workflows.commands.base import run
from workflows.queries.aid import decided_aid

log = logging.getLogger("anslag.papers")
LANGUAGES: tuple[Language, ...] = ("sv", "en")


def make_receipt(submission_id: int) -> None:
    """Render a submission's receipt in both languages, unless it has been."""
    submission = Submission.objects.select_related(
        "application__call__programme__authority", "version", "submitted_by"
    ).get(pk=submission_id)
    for language in LANGUAGES:
        if not Document.objects.filter(submission=submission, language=language).exists():
            data = receipt_data(submission, language)
            keep(data, render_receipt(data, language), language, submission.application, submission=submission)


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


def make_letter(decision_id: int) -> None:
    """Render a decision's letters unless they have been, then dispatch it if nothing holds it back."""
    decision = Decision.objects.select_related(
        "application__call__programme__authority", "application__version", "prepared_by", "decided_by"
    ).get(pk=decision_id)
    if decision.state not in (DecisionState.DECIDED, DecisionState.DISPATCHED):
        return
    for language in LANGUAGES:
        if not Document.objects.filter(decision=decision, language=language).exists():
            data = letter_data(decision, language)
            keep(data, render_decision(data, language), language, decision.application, decision=decision)
    if decision.state == DecisionState.DECIDED:
        try:
            run("dispatch", None, decision.application, key=f"decision-{decision.pk}")
        except Refused as refused:
            log.info("decision %s is not dispatched yet: %s", decision.pk, refused)


def keep(
    data: Receipt | DecisionLetter,
    pdf: RenderedPdf,
    language: str,
    case: Application,
    *,
    decision: Decision | None = None,
    submission: Submission | None = None,
) -> None:
    """Store a rendered PDF and its data in one transaction; a second worker's copy is the same and is dropped.

    What the authority writes is refused when it cannot be printed; what others wrote is printed as ``[U+1F600]`` where no
    font has the character, which whoever decides has seen in the preview. No letter waits for it.
    """
    if pdf.missing:
        log.warning("case %s: no font has %s", case.pk, " ".join(f"U+{ord(c):04X}" for c in pdf.missing))
    with transaction.atomic():
        Document.objects.bulk_create(
            [
                Document(
                    application=case,
                    kind=DocumentKind.DECISION if decision else DocumentKind.RECEIPT,
                    language=language,
                    decision=decision,
                    submission=submission,
                    file=StoredFile.keep(pdf.content, "application/pdf"),
                    data=data.model_dump(mode="json"),
                )
            ],
            ignore_conflicts=True,
        )


def letter_data(decision: Decision, language: Language) -> DecisionLetter:
    """What a decision's letter says; also of a decision that is not made yet, for its preview."""
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
    coordinator: Party = next(p for p in case.parties.select_related("organisation") if p.role == PartyRole.COORDINATOR)
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
    granted = decision.outcome == Outcome.GRANT
    lines = list(decision.lines.select_related("party"))
    decider = decision.decided_by
    kind: Kind = "grant" if granted else "rejection" if decision.outcome == Outcome.REJECTION else "formal_rejection"
    return {
        "version": decision.version,
        "kind": kind,
        "decided_at": (decision.decided_at or clock.now()).astimezone(clock.SWEDEN),
        "officer": decision.prepared_by.name,
        "decider": decider.name if decider else _("beslutsfattare"),
        "decider_title": (decider.title or None) if decider else None,
        "participants": tuple(
            x for x in [decision.participants] if x and x.lower() not in ("ingen annan", "nobody else")
        ),
        "start": decision.starts_on,
        "end": decision.ends_on,
        "reasons": tuple(p for p in decision.reasons.split("\n") if p.strip()),
        "special_conditions": tuple(p for p in decision.special_conditions.split("\n") if p.strip())
        + (tuple(t.read(language) for t in texts.special_conditions) if granted else ()),
        "general_conditions": tuple(t.read(language) for t in texts.general_conditions) if granted else (),
        "lines": tuple(_line(line, definition, language) for line in lines),
        "payments": tuple(_payment(row, language) for row in decision.payments),
        "reports": tuple(_report(row, definition, language) for row in decision.schedule),
        "acceptance_due": decision.acceptance_due,
        "legal_ground": " ".join((texts.legal_ground.read(language), *(one.words for one in decided_aid(decision)))),
        "appeal": texts.appeal.read(language),
        "notice_to": tuple(p.name for p in decision.application.parties.select_related("organisation")),
    }


def _line(line: Any, definition: CallDefinition, language: Language) -> GrantLine:
    basis = definition.aid_basis(line.aid_basis)
    coordinates = line.party.role == PartyRole.COORDINATOR
    return GrantLine(
        party_name=line.party_name,
        orgnr=line.party_number,
        role=_("Koordinator") if coordinates else _("Projektpart"),
        max_amount_ore=line.max_amount_ore,
        intensity_bp=line.intensity_bp,
        aid_basis=basis.label.read(language) if basis else line.aid_basis,
    )


def _payment(row: dict[str, Any], language: Language) -> Payment:
    label = row["label_en"] if language == "en" and row.get("label_en") else row["label_sv"]
    return Payment(when="", condition=label, amount_ore=row["amount_ore"])


def _report(row: dict[str, Any], definition: CallDefinition, language: Language) -> ReportDue:
    rule = definition.report(row["rule"])
    due = date.fromisoformat(row["due"])
    return ReportDue(title=rule.title.read(language) if rule else row["rule"], due=due)


def preview(decision: Decision, language: str) -> bytes:
    """The letter as it would look, marked as a preview; nothing is stored."""
    chosen: Language = "en" if language == "en" else "sv"
    assert settings.LETTER_FONTS
    return render_decision(letter_data(decision, chosen), chosen, preview=True).content
