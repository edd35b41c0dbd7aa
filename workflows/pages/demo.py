"""What only a demonstration has: roles without a password, a clock that is moved by hand, and a guided tour."""

from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grants.clock import BackwardsError
from grants.fields import MomentField
from grants.organisations.models import Person
from grants.templatetags.writing import when
from workflows import stepping
from workflows.demo import PERSONAS
from workflows.pages.requests import local_path
from workflows.queries import tour
from workflows.queries.first_page import first_page

CAME_TO = "demo_came_to"  # in the session: the page that was open when the latest role was taken
BACKEND = "django.contrib.auth.backends.ModelBackend"


def only_in_demo(view: Any) -> Any:
    """Outside a demonstration the page does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        response: HttpResponse = view(request, *args, **kwargs)
        return response

    return guarded


@only_in_demo
@require_POST
def demo_role(request: HttpRequest) -> HttpResponse:
    """Become one of the demonstration's persons."""
    persona = PERSONAS.get(request.POST.get("persona", ""))
    person = Person.objects.filter(email=persona.email, is_active=True).first() if persona else None
    if person is None:
        raise Http404
    login(request, person, backend=BACKEND)
    there = local_path(request, request.POST.get("next", ""))
    request.session[CAME_TO] = there
    return redirect(there or first_page(person))


def not_theirs(request: HttpRequest) -> HttpResponse | None:
    """For a page that does not exist for the role just taken: its own first page, and why. None for any other page.
    Whether a page exists for somebody is known by asking for it, so this answers where the answer is "not found"."""
    session = getattr(request, "session", {})
    if not settings.DEMO or not request.user.is_authenticated or session.get(CAME_TO) != request.get_full_path():
        return None
    del session[CAME_TO]
    messages.info(request, _("Sidan som du var på syns inte för %(name)s.") % {"name": request.user.name})
    return redirect(first_page(request.user))


@only_in_demo
@require_POST
def demo_clock(request: HttpRequest) -> HttpResponse:
    """Move the clock forward; everything that becomes due on the way happens."""
    kind = request.POST.get("step", "")
    try:
        to: datetime | None = MomentField(required=False).clean(request.POST.get("to", "")) if kind == "to" else None
        stands = stepping.step(kind, to)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except BackwardsError:
        messages.error(request, _("Klockan går bara framåt. Välj en tid som inte har passerat."))
    except ValueError:
        messages.error(request, _("Det finns ingen händelse att gå till. Välj en tid i stället."))
    else:
        messages.success(request, _("Klockan står nu på %(when)s.") % {"when": when(stands, "weekday")})
    return redirect(local_path(request, request.POST.get("next", "")) or "home")


@only_in_demo
@require_safe
def demo_tour(request: HttpRequest) -> HttpResponse:
    """Six minutes through one case, role by role."""
    return render(request, "workflows/demo_tour.html", {"steps": tour.steps()})
