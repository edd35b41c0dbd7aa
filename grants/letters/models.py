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


class Document(models.Model):
    """One issued PDF with the hash of its bytes; never changed and never rendered twice."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=20, choices=DocumentKind.choices)
    language = models.CharField(max_length=2)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="documents")
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="documents")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")  # its key is the SHA-256
    data = models.JSONField()  # what was rendered
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
        ]
        triggers: ClassVar = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]


from grants.letters.deliveries import Delivery  # noqa: E402, F401  # Django finds a model in its application's models
