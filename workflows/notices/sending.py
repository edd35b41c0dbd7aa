"""Notices sent by mail. The step it tells of has long succeeded; a mail server that is down only makes the mail late."""

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from grants import clock
from workflows import links
from workflows.models import Notice
from workflows.notices.details import called, detail, place
from workflows.wording import HAPPENED

INVITATIONS = ("asked_member", "invite_again")
log = logging.getLogger("anslag.mail")


def send(notice_id: int) -> None:
    """Send one notice unless it has been sent. A failure is noted and raised again, so that the job is retried.

    The row is locked while the mail server is spoken to: two workers cannot both send. A worker killed in between may
    leave a second copy, which carries the same Message-ID.
    """
    try:
        with transaction.atomic():
            notice = (
                Notice.objects.select_for_update(of=("self",))
                .select_related("event", "case__call__programme__authority", "invitation")
                .get(pk=notice_id)
            )
            if notice.sent_at is not None:
                return
            message(notice).send()
            notice.sent_at, notice.last_error = clock.now(), ""
            notice.attempts += 1
            notice.save(update_fields=["sent_at", "attempts", "last_error"])
    except Exception as error:
        rows = Notice.objects.filter(pk=notice_id)
        rows.update(
            last_error=type(error).__name__[:200],
            attempts=rows.values("attempts")[:1][0]["attempts"] + 1 if rows else 1,
        )
        log.warning("notice %s was not sent (%s); it waits and is tried again", notice_id, type(error).__name__)
        raise


def message(notice: Notice) -> EmailMessage:
    """The mail: what happened, in which case, and where to go. No answers and no decision in the mail itself."""
    with translation.override(notice.language):
        case = notice.case
        what = str(HAPPENED[notice.event.name])
        # one line, whatever the title holds; and nothing that an applicant has written to whom it may be a stranger
        named = case is not None and notice.kind not in INVITATIONS
        about = " ".join(called(notice).split()) if named else ""
        where = links.url(notice.invitation) if notice.invitation else settings.BASE_URL + _path(notice)
        sender = case.call.programme.authority.name if case else "Anslag"
        lines = [what + "."]
        if about:
            lines.append(_("Ärende: %(about)s") % {"about": about})
        if more := detail(notice.event):
            lines.append(more)
        if notice.invitation:
            lines.append(_("Öppna din personliga länk för att läsa och svara. Skicka den inte vidare:"))
        else:
            lines.append(_("Läs mer och gör nästa steg här:"))
        lines += [where, sender]
        return EmailMessage(
            subject=f"{what}: {about}"[:150] if about else what,
            body="\n\n".join(lines) + "\n",
            to=[notice.email],
            headers={"Message-ID": f"<notice-{notice.pk}@{settings.BASE_URL.split('//')[-1].split(':')[0]}>"},
        )


def _path(notice: Notice) -> str:
    """Where the recipient does something about it."""
    if path := place(notice):
        return path
    data = notice.event.data
    if data.get("noun") == "assignment" and notice.person_id == data.get("reviewer", notice.person_id):
        here = ("offered", "rule_conflict", "extend_review", "remind_reviewer", "prompt_reviewer")
        return f"/bedomning/{data['id']}/" if notice.kind in here else "/inkorg/"
    if data.get("noun") == "duty":
        return f"/rapport/{data['id']}/"
    return f"/arende/{notice.case_id}/" if notice.case_id else "/medlemskap/"
