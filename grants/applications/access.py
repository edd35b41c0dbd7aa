"""Grants on cases and offices on calls, by the direct-foreign-key models of django-guardian.

Permission ids are read once a process: they never change after the migrations have run.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from grants.applications.models import ApplicationUserObjectPermission
from grants.organisations.models import Person
from grants.programmes.models import CallUserObjectPermission

CASE_CODENAMES = ("declare_case", "review_case", "read_case", "edit_case", "party_case")
READING = ("review_case", "read_case", "edit_case", "party_case")  # declare_case shows title and parties only
OFFICES = ("handle_call", "decide_call", "audit_call")

_ids: dict[str, int] = {}


def permission_id(codename: str) -> int:
    """The key of one of our own permissions."""
    if codename not in _ids:
        found = Permission.objects.filter(
            codename__in=(*CASE_CODENAMES, *OFFICES), content_type__app_label__in=("applications", "programmes")
        )
        _ids.update(found.values_list("codename", "pk"))
    return _ids[codename]


def forget_permission_ids() -> None:
    """For tests that rebuild the tables."""
    _ids.clear()


def case_grants(user: Person, codenames: Iterable[str] = READING) -> QuerySet[ApplicationUserObjectPermission]:
    """The person's grants on cases, of these kinds."""
    ids = [permission_id(name) for name in codenames]
    return ApplicationUserObjectPermission.objects.filter(user=user, permission_id__in=ids)


def office_grants(user: Person, codenames: Iterable[str] = OFFICES) -> QuerySet[CallUserObjectPermission]:
    """The person's offices on calls, of these kinds."""
    ids = [permission_id(name) for name in codenames]
    return CallUserObjectPermission.objects.filter(user=user, permission_id__in=ids)


def grants_on(user: Person, case_id: int, call_id: int) -> set[str]:
    """The codenames of everything that the person is granted on this case and its call; two queries."""
    permission_id("edit_case")
    names = {pk: name for name, pk in _ids.items()}
    case = ApplicationUserObjectPermission.objects.filter(user=user, content_object_id=case_id)
    office = CallUserObjectPermission.objects.filter(user=user, content_object_id=call_id)
    rows = case.values_list("permission_id").union(office.values_list("permission_id"))
    return {names[pk] for (pk,) in rows if pk in names}
