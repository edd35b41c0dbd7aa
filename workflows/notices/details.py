"""What an event's own data adds to its notice: a sentence about times, and where the recipient goes when it is not the case."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grants.programmes.models import Call
from grants.templatetags.writing import when
from workflows.models import Event, Notice


def detail(event: Event) -> str:
    """One or two sentences more, in the language that is active; empty for most events."""
    if event.name == "log_incident":
        return _moved(event)
    return ""


def _moved(event: Event) -> str:
    call = Call.objects.select_related("version").get(pk=event.data["id"])
    return _("%(call)s: sista tid är nu %(new)s. Tidigare tid, %(old)s, gäller inte.") % {
        "call": call.definition.title.read((get_language() or "sv")[:2]),
        "new": _time(event, "due"),
        "old": _time(event, "from"),
    }


def _time(event: Event, key: str) -> str:
    return when(datetime.fromisoformat(event.data[key]), "full")


def place(notice: Notice) -> str:
    """The address to go to, or nothing when it follows from the noun as usual."""
    return reverse("my_cases") if notice.kind == "log_incident" else ""
