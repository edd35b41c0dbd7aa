"""What every page's frame needs: where one can go, who one is, and in a demo the clock and the roles."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grants import clock
from workflows import stepping, sweeps
from workflows.demo import PERSONAS
from workflows.standing import Standing, standing_of

# Pages that belong under an entry of the navigation; of two the first that the person has.
PART_OF = {
    **dict.fromkeys(
        ("reviewers_pool", "reviewer_card", "conflict_register", "assignments", "board", "board_pictures", "machine"),
        ("calls_work",),
    ),
    **dict.fromkeys(("meeting", "panel_item"), ("calls_work", "review_queue")),
    "review": ("review_queue",),
    **dict.fromkeys(("case", "case_sheets", "case_submission"), ("cases", "my_cases")),
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of templates/base.html. Lazy: a page that does not draw the frame asks the database nothing."""
    user = getattr(request, "user", None)
    person = user if user is not None and user.is_authenticated else None
    standing: Any = SimpleLazyObject(lambda: standing_of(person))
    return {
        "nav": SimpleLazyObject(lambda: _navigation(request, standing)),
        "person": person,
        "person_role": SimpleLazyObject(lambda: standing.role_name),
        "demo": _demo(request, person) if settings.DEMO else None,
        "other_language": "sv" if (get_language() or "sv").startswith("en") else "en",
        "source_url": settings.SOURCE_URL,
    }


def _navigation(request: HttpRequest, standing: Standing) -> list[dict[str, Any]]:
    entries: list[tuple[str, str, int | None]] = []
    if standing.is_staff:
        entries += [
            ("inbox", _("Inkorg"), standing.waiting),
            ("calls_work", _("Omgångar"), None),
            ("cases", _("Ärenden"), None),
        ]
    if standing.is_reviewer:  # whoever reviews keeps the queue when they are given an office
        entries.append(("review_queue", _("Bedömningar"), standing.reviews))
        entries.append(("reviewer_profile", _("Min profil"), None))
    elif standing.person is not None and not standing.is_staff:
        entries.append(("my_cases", _("Mina ärenden"), standing.waiting))
    entries.append(("home", _("Utlysningar"), None))
    if standing.person is not None:
        entries.append(("notices", _("Meddelanden"), None))
    if standing.is_staff or (standing.person is not None and not standing.is_reviewer):
        entries.append(("memberships", _("Organisationer"), None))
    entries.append(("help", _("Hjälp"), None))
    match = request.resolver_match
    here = match.url_name if match else ""
    names = {name for name, _label, _count in entries}
    # a page inside one of these; what is in none of them marks nothing
    current = here if here in names else next((name for name in PART_OF.get(here or "", ()) if name in names), "")
    return [
        {"url": reverse(name), "label": label, "count": count, "current": name == current}
        for name, label, count in entries
    ]


def _demo(request: HttpRequest, person: Any) -> dict[str, Any]:
    now = clock.now()
    return {
        "now": now,
        "next": SimpleLazyObject(lambda: sweeps.next_happening(now, now + stepping.FAR)),
        "persona": person.email.partition("@")[0] if person is not None else None,
        "personas": [
            {"key": p.key, "name": p.name, "role": p.role, "description": p.description} for p in PERSONAS.values()
        ],
    }
