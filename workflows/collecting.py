"""Bytes that nothing needs any more: of drafts that lapsed, and of uploads that were replaced (docs/retention.md)."""

import logging
from datetime import timedelta

from django.db import connection
from django.db.models import Exists, OuterRef

from grants import clock
from grants.applications.models import Attachment
from grants.letters.models import Document
from grants.models import StoredFile

log = logging.getLogger("anslag.collecting")
REST = timedelta(days=1)  # a file is stored before the row that needs it
BATCH = 500

# A submission names its files by hash only; its content is what the hash of the submission covers.
_SUBMITTED = """
    SELECT DISTINCT a->>'sha256' FROM applications_submission s, jsonb_array_elements(s.content->'attachments') a
    WHERE a->>'sha256' = ANY(%s)
"""


def collect() -> int:
    """Delete stored files that no attachment, document or submission holds. Returns how many there were."""
    before, last, gone = clock.now() - REST, "", 0
    rows = StoredFile.objects.exclude(Exists(Attachment.objects.filter(file=OuterRef("pk"))))
    rows = rows.exclude(Exists(Document.objects.filter(file=OuterRef("pk")))).filter(kept_at__lt=before).order_by("pk")
    while found := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        last = found[-1]
        with connection.cursor() as cursor:
            cursor.execute(_SUBMITTED, [found])
            needed = {sha for (sha,) in cursor.fetchall()}
        # asked again as it is deleted: somebody may have uploaded the same bytes in between
        gone += StoredFile.objects.filter(pk__in=set(found) - needed, kept_at__lt=before).delete()[0]
    log.info("%d stored files were needed by nothing", gone)
    return gone
