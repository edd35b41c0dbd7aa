"""What the register says of letters that have been sent, and no more than the public may know."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from grants.decisions.models import Decision
from grants.letters.models import Document, DocumentKind, SealCertificate

from .verify import Letter


class SentLetters:
    """The letters of dispatched decisions. One that is made and not yet sent is not known here: nobody outside may learn of
    it by asking."""

    def certificates(self) -> list[bytes]:
        """All that letters have been sealed by, those of earlier years too."""
        return [bytes(der) for der in SealCertificate.objects.order_by("fingerprint").values_list("der", flat=True)]

    def find(self, hashes: Collection[str]) -> list[Letter]:
        """By the hash of the file, sealed or not yet sealed."""
        rows = _sent().filter(Q(file_id__in=hashes) | Q(unsealed_sha256__in=set(hashes) - {""}))
        return [_letter(row) for row in rows[:20]]

    def resembling(self, identities: Collection[str]) -> Letter | None:
        """By the identity in the file."""
        row = _sent().filter(identity__in=set(identities) - {""}).first()
        return _letter(row) if row else None

    def by_code(self, code: str) -> Letter | None:
        """By the code in the letter's own address."""
        row = _sent().filter(code=code).first()
        return _letter(row) if row else None


def _sent() -> Any:
    rows = Document.objects.filter(kind=DocumentKind.DECISION, decision__dispatched_at__isnull=False)
    related = ("decision", "application__call__programme__authority")
    return rows.select_related(*related).defer("data", "decision__letters").order_by("pk")


def _letter(row: Document) -> Letter:
    decision = row.decision
    assert decision is not None
    assert decision.decided_at is not None
    assert decision.dispatched_at is not None
    return Letter(
        sha256=row.file_id,
        unsealed_sha256=row.unsealed_sha256,
        kind=decision.get_outcome_display(),
        authority=row.application.call.programme.authority.name,
        number=row.application.number or "",
        version=decision.version,
        language=row.language,
        decided_at=decision.decided_at,
        sent_at=decision.dispatched_at,
        replaced_at=_replaced_at(decision),
    )


def _replaced_at(decision: Decision) -> Any:
    """When the decision that replaces it was sent. A recovery replaces nothing."""
    later = Decision.objects.filter(replaces=decision)
    return later.exclude(dispatched_at=None).order_by("version").values_list("dispatched_at", flat=True).first()
