"""Documents that the authority made and sent: decision letters and receipts."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from grants import clock
from grants.applications.models import Application, Submission
from grants.decisions.models import Decision
from grants.models import StoredFile


class DocumentKind(models.TextChoices):
    """What the document is; decides how long it is kept (docs/retention.md)."""

    RECEIPT = "receipt", _("mottagningsbevis")
    DECISION = "decision", _("beslutsbrev")


class RetentionClass(models.TextChoices):
    """How long documents of a kind are kept."""

    PERMANENT = "permanent", _("bevaras")
    DRAFT = "draft", _("raderas när utkastet förfaller")
    WORKING = "working", _("gallras vid inaktualitet")


RETENTION: dict[str, RetentionClass] = {
    DocumentKind.RECEIPT: RetentionClass.WORKING,
    DocumentKind.DECISION: RetentionClass.PERMANENT,
}


class SealCertificate(models.Model):
    """A certificate that letters have been sealed by. All are kept, so that a letter can be checked when the key is long
    renewed, and what bears our seal but is in no register can be told from what never did."""

    fingerprint = models.CharField(max_length=64, primary_key=True)  # SHA-256 of the certificate
    der = models.BinaryField()
    first_used_at = models.DateTimeField(default=clock.now)


class Document(models.Model):
    """One issued PDF with the hash of its bytes; never changed and never rendered twice."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=20, choices=DocumentKind.choices)
    language = models.CharField(max_length=2)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="documents")
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="documents")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")  # its key is the SHA-256
    data = models.JSONField()  # what was rendered
    unsealed_sha256 = models.CharField(
        max_length=64, blank=True, db_index=True
    )  # of the rendered bytes, before the seal
    sealed_by = models.ForeignKey(SealCertificate, models.PROTECT, null=True, related_name="+")
    identity = models.CharField(max_length=32, blank=True, db_index=True)  # the file's /ID, which a copy often keeps
    code = models.CharField(max_length=22, null=True, unique=True)  # in the letter's address for verifying it
    renderer = models.CharField(max_length=16, blank=True)  # what rendered it: the same gives the same bytes again
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "language"], name="one_letter_per_language"),
            models.UniqueConstraint(fields=["submission", "language"], name="one_receipt_per_language"),
            models.CheckConstraint(
                condition=models.Q(kind="decision", decision__isnull=False, submission=None)
                | models.Q(kind="receipt", decision=None, submission__isnull=False),
                name="document_belongs_to_its_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(sealed_by=None) | ~models.Q(unsealed_sha256=""), name="sealed_from_something"
            ),
        ]
        triggers: ClassVar = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]


from grants.letters.deliveries import Delivery  # noqa: E402, F401  # Django finds a model in its application's models
