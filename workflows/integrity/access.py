"""Grants against nouns: whoever may see a case or hold an office is exactly who should."""

from collections.abc import Iterator

from django.db.models import QuerySet
from guardian.models import GroupObjectPermission, UserObjectPermission

from grants.applications import access
from grants.applications.models import Application
from grants.programmes.models import Call, CallUserObjectPermission, Office
from workflows import rights
from workflows.integrity.faults import Fault, batches


def check_cases() -> Iterator[Fault]:
    """The grants on every case, by the one function that derives them."""
    for batch in batches(Application.objects.only("pk", "state")):
        should, have = rights.expected(batch), rights.existing(case.pk for case in batch)
        for case in batch:
            yield from _compare(f"case:{case.pk}", should.get(case.pk, set()), have.get(case.pk, set()))


def check_calls() -> Iterator[Fault]:
    """The grants on every call, by its offices; and that nobody was granted anything by another road."""
    for call in Call.objects.order_by("pk").only("pk"):
        should = set(Office.objects.filter(call=call, until=None).values_list("person_id", "role"))
        rows = CallUserObjectPermission.objects.filter(content_object=call)
        yield from _compare(f"call:{call.pk}", should, set(rows.values_list("user_id", "permission__codename")))
    roads: tuple[QuerySet[UserObjectPermission] | QuerySet[GroupObjectPermission], ...] = (
        UserObjectPermission.objects.all(),
        GroupObjectPermission.objects.all(),
    )
    ours = (*access.CASE_CODENAMES, *access.OFFICES)
    for rows_of in roads:
        for row in rows_of.filter(permission__codename__in=ours).order_by("pk").select_related("permission")[:100]:
            yield Fault("grant_elsewhere", f"grant:{row.pk}", f"{row.permission.codename} is granted outside its table")


def _compare(where: str, should: set[rights.Grant], have: set[rights.Grant]) -> Iterator[Fault]:
    for person, codename in sorted(have - should):
        yield Fault("grant_extra", where, f"person {person} is granted {codename} and should not be")
    for person, codename in sorted(should - have):
        yield Fault("grant_missing", where, f"person {person} should be granted {codename} and is not")
