"""Lists of what waits and of what there is."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from workflows.diagrams import machine_of
from workflows.pages.requests import SignedIn
from workflows.queries import inbox as inboxes
from workflows.queries import lists, members, people


@login_required
@require_safe
def inbox(request: SignedIn) -> HttpResponse:
    """What waits for this person."""
    return render(request, "workflows/inbox.html", {"inbox": inboxes.inbox_of(request.user)})


@login_required
@require_safe
def cases(request: SignedIn) -> HttpResponse:
    """The cases of the calls one works on."""
    found = lists.cases_of_staff(request.user, request.GET)
    if not found.calls:
        raise Http404
    return render(request, "workflows/cases.html", {"list": found, "page": found.page, "choice": found.choice})


@login_required
@require_safe
def my_cases(request: SignedIn) -> HttpResponse:
    """An applicant's own cases."""
    context = {"own": lists.cases_of_applicant(request.user), "invitations": members.invitations_of(request.user)}
    return render(request, "workflows/my_cases.html", context)


@login_required
@require_safe
def calls_work(request: SignedIn) -> HttpResponse:
    """The calls one works on."""
    rows = lists.calls_with_counts(request.user)
    if not rows:
        raise Http404
    context = {"rows": rows, "may_make": any(row.can_edit for row in rows)}
    return render(request, "workflows/calls_work.html", context)


@login_required
@require_safe
def machine(request: SignedIn, slug: str) -> HttpResponse:
    """A call's state machine with live counts, for those who work on the call."""
    call = lists.calls_of_staff(request.user).filter(slug=slug).first()
    if call is None:
        raise Http404
    return render(request, "workflows/machine.html", {"call": call, "machine": machine_of(call)})


@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """One's notices; in a demonstration also the personal links that went to outside addresses."""
    if not request.user.is_authenticated:
        if not settings.DEMO or request.method == "POST":
            return redirect_to_login(request.get_full_path())
        return render(request, "workflows/notices.html", {"outside": people.outside_notices()})
    if request.method == "POST":
        people.read_all(request.user)
        messages.success(request, _("Alla meddelanden är markerade som lästa."))
        return redirect("notices")
    page, rows = people.notices_of(request.user, request.GET)
    outside = people.outside_notices() if settings.DEMO else []
    return render(request, "workflows/notices.html", {"page": page, "rows": rows, "outside": outside})


@login_required
@require_safe
def memberships(request: SignedIn) -> HttpResponse:
    """One's own organisations, and for officers those who wait to be confirmed."""
    context = {"own": people.own_memberships(request.user), "officer": people.is_officer(request.user)}
    if context["officer"]:
        context["page"] = people.pending_memberships(request.GET)
    return render(request, "workflows/memberships.html", context)
