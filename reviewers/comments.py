"""What those who have lodged say to each other about an application, and the copies of it that were fetched to be read.

One thread for each application. Comments are plain text, and stand as they were written.
"""

from typing import ClassVar

import pgtrigger
from django.db import models

from grants import clock
from grants.applications.models import Application
from grants.organisations.models import Person

LONGEST = 4000  # characters


class SheetComment(models.Model):
    """One comment about the lodged sheets of an application, by one who has lodged or by an officer."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="sheet_comments")
    author = models.ForeignKey(Person, models.PROTECT, related_name="+")
    text = models.TextField()
    written_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["written_at", "pk"]
        triggers: ClassVar = [pgtrigger.Protect(name="stands", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"comment {self.pk} on {self.application_id}"


class PackCopy(models.Model):
    """That a reviewer fetched an application to read elsewhere: which of their copies, when, and of which submission."""

    assignment = models.ForeignKey("reviewers.Assignment", models.PROTECT, related_name="copies")
    n = models.PositiveIntegerField()  # of the reader's own copies; it stands on every page
    submission = models.PositiveIntegerField()
    fetched_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["fetched_at", "pk"]
        triggers: ClassVar = [pgtrigger.Protect(name="stands", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"copy {self.n} of assignment {self.assignment_id}"
