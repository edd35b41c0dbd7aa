"""What happens to every request before and after its view."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from config.waiting import waited
from grants import clock

Respond = Callable[[HttpRequest], HttpResponse]


class Arrival:
    """Outermost: stamps the moment at which the request arrived. Whether something came in time is judged by this stamp,
    not by when its turn came: what it waited for a thread is taken off again."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Stamp and pass on."""
        clock.forget()
        request.arrived_at = clock.now() - waited()  # type: ignore[attr-defined]  # see workflows.pages.requests
        return self.get_response(request)


class Headers:
    """Headers that no library sets: nothing of a signed-in person's pages stays in a shared cache."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and say what browsers may do with the answer."""
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.setdefault("Cache-Control", "private, no-store")
        return response


class Language(LocaleMiddleware):
    """Swedish first: only a choice made here (cookie) changes the language, never the browser's settings alone."""

    def process_request(self, request: HttpRequest) -> None:
        """Use the chosen language, or Swedish."""
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()


class StaffNeedSecondFactor:
    """Staff reach nothing but the set-up of a second factor until they have one. Not in a demonstration, where roles are
    taken without a password."""

    OPEN_PREFIXES = ("/konto/", "/sprak/", "/static/", "/halsa/")

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send staff without a second factor to where they get one, and who has not used theirs to where it is asked for."""
        user = request.user
        if settings.DEMO or not user.is_authenticated or not user.is_staff:
            return self.get_response(request)
        if request.path.startswith("/konto/2fa/"):
            request.session.pop(SESSION_FLAG, None)  # it may be taken away there, so it is asked anew afterwards
        elif not request.path.startswith(self.OPEN_PREFIXES) and not _has_second_factor(request):
            return redirect(_where_it_is_asked_for(request))
        return self.get_response(request)


SESSION_FLAG = "second_factor"


def _has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened with a second factor that the person still has. That they have one is not enough:
    another session may have none but the password. Asked once a session, and never cached when the answer is no."""
    from allauth.account.authentication import get_authentication_records  # their models need the app registry
    from allauth.mfa.utils import is_mfa_enabled

    if not request.session.get(SESSION_FLAG):
        used = any(r.get("method") == "mfa" for r in get_authentication_records(request, request.user))
        if used and is_mfa_enabled(request.user):
            request.session[SESSION_FLAG] = True
    return bool(request.session.get(SESSION_FLAG))


def _where_it_is_asked_for(request: HttpRequest) -> str:
    from allauth.mfa.utils import is_mfa_enabled

    if not is_mfa_enabled(request.user):
        return reverse("mfa_activate_totp")
    onward = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("home")
    return f"{reverse('mfa_reauthenticate')}?{urlencode({'next': onward})}"
