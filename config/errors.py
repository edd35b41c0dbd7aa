"""Pages for what went wrong: each says what happened and how to go on, and keeps what was typed."""

import logging

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.defaults import page_not_found

from workflows.pages import demo

log = logging.getLogger("anslag.errors")
_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
HIDDEN = {"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword", "key", "code"}
LONGEST = 60_000  # characters of what was typed that are shown again


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page had been open too long, or the form came from elsewhere."""
    return render(request, "403_csrf.html", {"typed": typed(request)}, status=403)


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What was typed in the form that could not be received, but for secrets."""
    try:
        items = request.POST.items()
    except _TOO_MUCH:
        return []
    return [(name, str(value)[:LONGEST]) for name, value in items if name not in HIDDEN and str(value).strip()][:50]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Too much is said as such, wherever Django noticed it: the check of the form's token reads the body first."""
    if isinstance(exception, _TOO_MUCH):
        return too_much(request, exception)
    return render(request, "400.html", status=400)


def too_much(request: HttpRequest, exception: Exception) -> HttpResponse:
    """More than one request may hold: more fields than any form has, or larger."""
    context = {"has_too_many_fields": isinstance(exception, TooManyFieldsSent)}
    return render(request, "413.html", context, status=413)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page does not exist, or not for this person; in a demo the role was perhaps taken on a page of another role."""
    return demo.not_theirs(request) or page_not_found(request, exception)


class KeepTyped:
    """Turns what Django answers with a bare 400 or a 500 into a page that says what happened."""

    def __init__(self, get_response: object) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; exceptions come to process_exception."""
        response: HttpResponse = self.get_response(request)  # type: ignore[operator]  # Django passes a callable
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Too much, or a database that does not answer."""
        if isinstance(error, _TOO_MUCH):
            return too_much(request, error)
        if isinstance(error, OperationalError):
            log.error("the database did not answer: %s", type(error).__name__)
            # without the request's context: the frame of a page asks the database who one is
            return HttpResponse(render_to_string("503.html", {"typed": typed(request)}), status=503)
        return None
