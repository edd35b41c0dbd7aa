"""What stands below every noun: stored files and the demo's clock."""

import hashlib
from typing import ClassVar, Self

import pgtrigger
from django.db import models

from grants import clock


class DemoClock(models.Model):
    """Where the clock of a demonstration stands; one row, and none outside a demonstration."""

    stands_at = models.DateTimeField()


_WHAT_IT_IS = pgtrigger.UpdateOf("sha256", "media_type", "size", "content")  # type: ignore[no-untyped-call]  # pgtrigger is untyped


class StoredFile(models.Model):
    """A file's bytes under the hash of its content. In the database, so that a file and the row that needs it are kept
    or lost together, one backup holds everything, and machines share no disk."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    kept_at = models.DateTimeField(default=clock.now)  # when somebody last wanted it kept

    class Meta:
        # what is needed by nothing is deleted (workflows/collecting.py); until then it is what its hash says
        triggers: ClassVar = [pgtrigger.Protect(name="immutable", operation=_WHAT_IT_IS)]

    @classmethod
    def keep(cls, content: bytes, media_type: str) -> Self:
        """Store `content` once; the same bytes again give the same row, which nobody may throw away just now."""
        digest = hashlib.sha256(content).hexdigest()
        cls.objects.bulk_create(
            [cls(sha256=digest, media_type=media_type, size=len(content), content=content)],
            update_conflicts=True,
            update_fields=["kept_at"],
            unique_fields=["sha256"],
        )
        return cls(sha256=digest, media_type=media_type, size=len(content))
