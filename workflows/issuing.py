"""From what a paper says to an archived PDF, once: rendered, sealed, validated, stored, sent.

Every step can be begun again. A letter exists when its row does; what was rendered or sealed before that is lost with the
worker and made anew.
"""

import hashlib
import logging

from django.db import IntegrityError, transaction

from grants import clock
from grants.applications.models import Submission
from grants.decisions.models import MADE, Decision, DecisionState
from grants.letters import seal
from grants.letters.data import DecisionLetter, Language, RenderedPdf
from grants.letters.decision import render_decision
from grants.letters.models import Document, DocumentKind, SealCertificate
from grants.letters.receipt import render_receipt
from grants.letters.renderer import renderer
from grants.letters.seal_keys import SealError
from grants.models import StoredFile
from grants.refusal import Refused
from workflows.commands.base import run
from workflows.papers import LANGUAGES, code_of, frozen_letters, receipt_data

log = logging.getLogger("anslag.papers")


def make_receipt(submission_id: int) -> None:
    """Render a submission's receipt in both languages, unless it has been. It bears no seal: what it proves is in the
    register under its checksum, and at a closing time thousands of them are waited for."""
    submission = Submission.objects.select_related(
        "application__call__programme__authority", "version", "submitted_by"
    ).get(pk=submission_id)
    for language in LANGUAGES:
        if not Document.objects.filter(submission=submission, language=language).exists():
            data = receipt_data(submission, language)
            pdf = render_receipt(data, language)
            _tell_missing(pdf, submission.application_id)
            _keep(
                pdf.content,
                Document(
                    application=submission.application,
                    kind=DocumentKind.RECEIPT,
                    language=language,
                    submission=submission,
                    data=data.model_dump(mode="json"),
                ),
            )


def make_letter(decision_id: int) -> None:
    """Issue a decision's letters unless they have been, then dispatch it if nothing holds it back."""
    decision = Decision.objects.select_related(
        "application__call__programme__authority", "application__version", "prepared_by", "decided_by"
    ).get(pk=decision_id)
    if decision.state not in MADE:
        return
    letters = decision.letters or frozen_letters(decision)  # those decided before letters were frozen
    for language in LANGUAGES:
        if not Document.objects.filter(decision=decision, language=language).exists():
            _issue(decision, DecisionLetter.model_validate(letters[language]), language)
    if decision.state == DecisionState.DECIDED:
        try:
            step, noun = ("dispatch_later", decision) if decision.later else ("dispatch", decision.application)
            run(step, None, noun, key=f"decision-{decision.pk}")
        except Refused as refused:
            log.info("decision %s is not dispatched yet: %s", decision.pk, refused)


def _issue(decision: Decision, data: DecisionLetter, language: Language) -> None:
    """Render, seal, validate and store one letter."""
    pdf = render_decision(data, language)
    _tell_missing(pdf, decision.application_id)
    content, certificate = sealed(pdf.content)
    _keep(
        content,
        Document(
            application=decision.application,
            kind=DocumentKind.DECISION,
            language=language,
            decision=decision,
            data=data.model_dump(mode="json"),
            unsealed_sha256=pdf.sha256,
            identity=pdf.identity,
            code=code_of(data),
            renderer=renderer(),
        ),
        certificate,
    )


def sealed(unsealed: bytes) -> tuple[bytes, bytes]:
    """The letter with the authority's seal, validated, and the certificate of the seal."""
    try:
        current = seal.current()
        return current.seal(unsealed, clock.now()), current.certificate.dump()
    except SealError as error:
        seal.forget()  # the next attempt opens the key anew
        log.error("a letter could not be sealed: %s", error)
        raise


def _keep(content: bytes, document: Document, certificate: bytes | None = None) -> None:
    """Store a PDF and its row together, or neither. When a second worker was faster, ours is dropped."""
    try:
        with transaction.atomic():
            if certificate is not None:
                document.sealed_by = _certificate(certificate)
            document.file = StoredFile.keep(content, "application/pdf")
            document.save(force_insert=True)
    except IntegrityError:
        mine = Document.objects.filter(decision=document.decision, submission=document.submission)
        if not mine.filter(language=document.language).exists():
            raise


def _certificate(der: bytes) -> SealCertificate:
    row = SealCertificate(fingerprint=hashlib.sha256(der).hexdigest(), der=der)
    SealCertificate.objects.bulk_create([row], ignore_conflicts=True)
    return row


def _tell_missing(pdf: RenderedPdf, case_id: int) -> None:
    """What the authority writes is refused when it cannot be printed; what others wrote is printed as ``[U+1F600]`` where
    no font has the character, which whoever decides has seen in the preview. No letter waits for it."""
    if pdf.missing:
        log.warning("case %s: no font has %s", case_id, " ".join(f"U+{ord(c):04X}" for c in pdf.missing))
