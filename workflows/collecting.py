"""Bytes that nothing needs any more: of drafts that lapsed, and of uploads that were replaced (docs/retention.md)."""

import logging
from datetime import timedelta

from django.db import connection

from grants import clock
from grants.models import StoredFile

log = logging.getLogger("anslag.collecting")
REST = timedelta(days=1)  # a file is stored before the row that needs it
BATCH = 500

# One statement asks and deletes, without reading the bytes: whoever stores the same bytes meanwhile renews `kept_at` under
# the row's lock, and the row then stays. A submission names its files in what its hash covers, by no key.
_DELETE = """
    DELETE FROM grants_storedfile f
    WHERE f.sha256 = ANY(%(batch)s) AND f.kept_at < %(before)s
      AND NOT EXISTS (SELECT 1 FROM applications_attachment a WHERE a.file_id = f.sha256)
      AND NOT EXISTS (SELECT 1 FROM letters_document d WHERE d.file_id = f.sha256)
      AND NOT EXISTS (
        SELECT 1 FROM applications_submission s
        WHERE s.content->'attachments' @> jsonb_build_array(jsonb_build_object('sha256', f.sha256))
      )
"""


def collect() -> int:
    """Delete stored files that no attachment, document or submission holds. Returns how many there were."""
    before, last, gone = clock.now() - REST, "", 0
    rows = StoredFile.objects.filter(kept_at__lt=before).order_by("pk").values_list("pk", flat=True)
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        last = batch[-1]
        with connection.cursor() as cursor:
            cursor.execute(_DELETE, {"batch": batch, "before": before})
            gone += cursor.rowcount
    log.info("%d stored files were needed by nothing", gone)
    return gone


def forget_expired() -> None:
    """Drop what the cache's table holds past its time: addresses that were counted do not stay there."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cache WHERE expires < now()")
