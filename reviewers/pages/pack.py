"""The reading pack: one application, or all that one is to read in a call, as a document with the reader's name on it."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from grants import clock
from grants.applications import access, blind
from grants.applications.models import Submission
from grants.applications.pages.room import LARGEST_KEY
from grants.cleaning import clean_line
from grants.letters.data import Language
from grants.letters.sender import sender
from grants.organisations.models import Person
from reviewers.comments import PackCopy
from reviewers.models import Assignment, AssignmentState
from reviewers.pack_pdf import Copy, Packed, render_pack

READABLE = (AssignmentState.CLEARED, AssignmentState.LODGED)
MOST = 60  # applications in one file, a tenth of a second each; a reviewer of a call has fewer


@login_required
@require_safe
def reading_pack(request: HttpRequest, pk: int) -> HttpResponse:
    """One application, as long as the reviewer may read it."""
    return _fetched(request, list(_readable(request).filter(pk=pk)) if pk <= LARGEST_KEY else [])


@login_required
@require_safe
def reading_packs(request: HttpRequest) -> HttpResponse:
    """Everything in a call that the reviewer is to score now."""
    slug = clean_line(request.GET.get("omgang", ""))[:60]
    rows = _readable(request).filter(application__call__slug=slug, state=AssignmentState.CLEARED)
    return _fetched(request, list(rows.order_by("application__number", "pk")[:MOST]))


def _readable(request: HttpRequest) -> Any:
    """The person's own assignments whose application is open to them: the same grant as the page asks for."""
    person = cast(Person, request.user)
    grant = access.case_grants(person, ["review_case"]).filter(content_object=OuterRef("application_id"))
    rows = Assignment.objects.filter(Exists(grant), reviewer=person, state__in=READABLE)
    submissions = Prefetch("application__submissions", Submission.objects.order_by("-n"))
    return rows.select_related(
        "application__version", "application__call__programme__authority", "reviewer"
    ).prefetch_related(submissions)


def _fetched(request: HttpRequest, assignments: Sequence[Assignment]) -> HttpResponse:
    if not assignments:
        raise Http404
    first = assignments[0].application
    language: Language = "en" if (get_language() or "sv").startswith("en") else "sv"
    copy = Copy(cast(Person, request.user).name, _noted(request, assignments), clock.today())
    authority = sender(first.call.programme.authority, language)
    pdf = render_pack([_packed(one) for one in assignments], copy, authority, language)
    name = (first.number or str(first.pk)) if len(assignments) == 1 else first.call.slug
    response = HttpResponse(pdf.content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, f"laspaket-{name}-{copy.n}.pdf") or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _packed(assignment: Assignment) -> Packed:
    application = assignment.application
    standing = application.submissions.all()[0]
    content = blind.as_read(standing.content, application.definition, application.pk)
    return Packed(application.number or "", content, application.definition)


@transaction.atomic
def _noted(request: HttpRequest, assignments: Sequence[Assignment]) -> int:
    """Which of the reader's copies this is; whoever fetches one has read, so it is noted before it is made."""
    person = cast(Person, request.user)
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)  # two at once get two numbers
    last = PackCopy.objects.filter(assignment__reviewer=person).order_by("-n").values_list("n", flat=True).first()
    n, now = (last or 0) + 1, clock.now()
    if request.method == "HEAD":
        return n
    PackCopy.objects.bulk_create(
        PackCopy(assignment=one, n=n, submission=one.application.submissions.all()[0].n, fetched_at=now)
        for one in assignments
    )
    unread = Assignment.objects.filter(pk__in=[one.pk for one in assignments], first_read_at=None)
    unread.update(first_read_at=now)
    return n
