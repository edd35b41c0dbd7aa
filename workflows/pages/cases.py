"""The case page, its submissions and its documents."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grants.applications.models import Application
from grants.applications.pages.room import LARGEST_KEY
from grants.applications.preview import reading
from grants.programmes.calendars import MEDIA_TYPE
from grants.refusal import NotVisible
from workflows.pages.downloads import pdf
from workflows.pages.requests import SignedIn
from workflows.previewing import NoLetterError, letter_of_proposal
from workflows.queries import case_page, hearings, members, sides


@login_required
@require_safe
def case(request: SignedIn, pk: int) -> HttpResponse:
    """A case, for whoever it is open to."""
    try:
        page = case_page.read(request.user, pk)
    except NotVisible:
        raise Http404 from None
    return render(request, "workflows/case.html", {"page": page, "case": page.case, "turn": page.turn})


@login_required
@require_safe
def case_members(request: SignedIn, pk: int) -> HttpResponse:
    """Who works in an application and what each can do, for those who do."""
    rows = Application.objects.visible_to(request.user).select_related("call", "version")
    found = rows.filter(pk=pk).first() if pk <= LARGEST_KEY else None
    table = members.members_of(found, request.user) if found else None
    if table is None:
        raise Http404
    return render(request, "workflows/members.html", {"members": table})


@login_required
@require_safe
def case_submission(request: SignedIn, pk: int, n: int) -> HttpResponse:
    """One submission as it arrived."""
    try:
        found, submission = case_page.submission_of(request.user, pk, n)
    except NotVisible:
        raise Http404 from None
    language = (get_language() or "sv")[:2]
    context = {
        "case": found,
        "submission": submission,
        "reading": reading(submission.content, submission.version.definition, language),
    }
    return render(request, "workflows/case_submission.html", context)


@login_required
@require_safe
def interview_calendar(request: SignedIn, pk: int) -> HttpResponse:
    """The interview that the applicant is called to, for a calendar."""
    try:
        content = hearings.calendar_file(request.user, pk)
    except NotVisible:
        raise Http404 from None
    response = HttpResponse(content, content_type=MEDIA_TYPE)
    response["Content-Disposition"] = 'attachment; filename="intervju.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_safe
def document(request: SignedIn, pk: int) -> HttpResponse:
    """A letter or a receipt as PDF."""
    try:
        found = case_page.document_of(request.user, pk)
    except NotVisible:
        raise Http404 from None
    number = (found.application.number or str(found.application_id)).replace(" ", "-")
    part = f"-{found.submission.n}" if found.submission else f"-{found.decision.version}" if found.decision else ""
    return pdf(bytes(found.file.content), f"{found.kind}-{number}{part}-{found.language}.pdf")


@login_required
@require_safe
def letter_preview(request: SignedIn, pk: int, language: str) -> HttpResponse:
    """The letter of a proposal as it would look. The authority only."""
    get_object_or_404(Application.objects.visible_to(request.user), pk=pk)
    try:
        found, roles = case_page.find_case(request.user, pk)
    except NotVisible:
        raise Http404 from None
    decision = found.decisions.filter(state__in=("proposed", "decided")).first() if sides.is_staff(roles) else None
    if decision is None or language not in ("sv", "en"):
        raise Http404
    decision.application = found
    try:
        paper = letter_of_proposal(decision, "en" if language == "en" else "sv")
    except NoLetterError:
        messages.error(request, _("Brevet kan inte visas: ett namn eller en text får inte plats i det."))
        return redirect("case", pk)
    return pdf(paper, f"forhandsvisning-{found.pk}-{language}.pdf")
