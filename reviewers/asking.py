"""Whom one can ask to judge an application, and why not the others: asked by the command, its form and the matrix."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from grants.applications.models import Application
from grants.organisations.models import Person
from grants.programmes.models import Call, CallUserObjectPermission
from grants.refusal import Refusal
from grants.templatetags.writing import when
from reviewers.conflicts import Ground, is_ruled, known
from reviewers.loads import Load, loads
from reviewers.models import Assignment
from reviewers.pool import in_pool


def pool(call: Call) -> QuerySet[Person]:
    """Everybody who can be asked in the call: its reviewers, but for those who work with it at the authority."""
    staff = CallUserObjectPermission.objects.filter(content_object=call).values("user")
    rows: QuerySet[Person] = in_pool(call).exclude(pk__in=staff).order_by("name", "pk").distinct()
    return rows


def obstacles(case: Application, people: Iterable[Person]) -> dict[int, Refusal]:
    """Why each of these cannot be asked about the case now; those who can are left out. Reads what is committed, so the
    caller who is about to ask holds the case and the reviewers."""
    persons = list(people)
    ids = [person.pk for person in persons]
    taken = {
        a.reviewer_id: a
        for a in Assignment.objects.filter(application=case, reviewer__in=ids).select_related("assigned_by")
    }
    there = set(pool(case.call).filter(pk__in=ids).values_list("pk", flat=True))
    tied, held = known([case.pk], ids), loads(case.call, ids)
    found: dict[int, Refusal] = {}
    for person in persons:
        grounds, load = tied.get((case.pk, person.pk), []), held[person.pk]
        if person.pk in taken:
            found[person.pk] = _taken(person, taken[person.pk])
        elif person.pk not in there:
            text = _("%(name)s kan inte bedöma i den här omgången.") % {"name": person.name}
            found[person.pk] = Refusal("pool", text, field="reviewers")
        elif stops := barrier(person.name, grounds, load):
            found[person.pk] = stops
    return found


def barrier(name: str, grounds: Iterable[Ground], load: Load) -> Refusal | None:
    """What ties the reviewer to the case, or else that they have as many as they can have."""
    ties = list(grounds)
    if is_ruled(ties):
        text = _("%(name)s har förklarats jävig i ärendet.") % {"name": name}
        return Refusal("conflict", text, field="reviewers")
    if ties:
        text = _("%(name)s kan vara jävig och kan inte tillfrågas innan det är avgjort. %(grounds)s")
        told = text % {"name": name, "grounds": " ".join(tie.text for tie in ties)}
        return Refusal("conflict", told, helper=_("du eller en kollega"), field="reviewers", link="rule_tie")
    if load.is_full:
        text = _("%(name)s %(full)s.") % {"name": name, "full": load.why_full}
        return Refusal("full", text, field="reviewers")
    return None


def _taken(person: Person, assignment: Assignment) -> Refusal:
    text = _("%(reviewer)s tillfrågades %(when)s av %(who)s.")
    told = {"reviewer": person.name, "when": when(assignment.assigned_at), "who": assignment.assigned_by.name}
    return Refusal("taken", text % told, field="reviewers")
