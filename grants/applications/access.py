"""Grants on cases and offices on calls, by the direct-foreign-key models of django-guardian.

Permission ids are read once a process: they never change after the migrations have run.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, Q, QuerySet

from grants.applications.models import Application, ApplicationUserObjectPermission, CaseMember, Party
from grants.organisations.models import Membership, Person
from grants.programmes.models import CallUserObjectPermission, staff_of

# What those who work in an application are granted on it; the rest see it by an office or as reviewers.
WORKING = ("read_case", "edit_case", "party_case")
CASE_CODENAMES = ("declare_case", "review_case", "panel_case", "read_case", "edit_case", "party_case")
# declare_case shows title and parties only, panel_case what a panel's meeting shows of an item and nothing else
READING = ("review_case", "read_case", "edit_case", "party_case")
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


def _rows_of(relation: str) -> QuerySet[Any]:
    """The rows that an application has by this name. They belong to a layer above, so they are asked for by the name alone;
    asked for through Application, "not in this state" would speak of all of them and not of one (Django's `exclude`)."""
    model: Any = Application._meta.get_field(relation).related_model
    found: QuerySet[Any] = model._default_manager.all()
    return found


def kinds_of_offices(user: Person) -> set[str]:
    """The codenames of the offices that the person holds on some call; one query, and none for who is not staff."""
    if not user.is_staff:  # an office makes one staff (workflows/commands/calls.py: give_office)
        return set()
    names = {permission_id(name): name for name in OFFICES}
    held = office_grants(user).order_by().values_list("permission_id").distinct()
    return {names[pk] for (pk,) in held}


def is_own_case(person: Any, case: Any) -> Q:
    """That a case is the person's own: they work or worked in it, belong to one of its parties, whether or not the
    membership has been confirmed, or are or were a reviewer of it, also one who declared a conflict, or stand outside it at a
    panel's table. There an office gives nothing, neither steps nor sight (jäv, FL 16 and 17 §§).

    Both may be values or OuterRefs. It is read from the nouns each time, so a membership that begins and a party that is
    added count at once and nothing has to be kept right. That an applicant has written somebody's e-mail address on a
    party is not asked here: who is shut out cannot see why, so an applicant could choose away whom they liked among the
    officers, unseen. That stops every step instead, with the reason (workflows/commands/disqualified.py).
    """
    worked = CaseMember.objects.filter(person=person, application=case)  # also who has left
    belongs = Party.objects.filter(
        application=case, organisation__memberships__person=person, organisation__memberships__until=None
    )
    # who only was asked, and never read anything, has taken no part
    judged = ~Q(state__in=("declined", "removed")) | Q(first_read_at__isnull=False)
    reviewed = _rows_of("assignments").filter(judged, application=case, reviewer=person)
    out = _rows_of("panel_items").filter(
        application=case, declarations__member__person=person, declarations__answer__in=("unsure", "yes")
    )
    return Q(Exists(worked)) | Q(Exists(belongs)) | Q(Exists(reviewed)) | Q(Exists(out))


def with_files_for(person: Person) -> QuerySet[Application]:
    """The cases whose submitted files this person may open: those they may read, and those they weigh at a panel's table."""
    weighed = case_grants(person, ["panel_case"]).filter(content_object=OuterRef("pk"))
    read = Application.objects.visible_to(person).values("pk")
    found: QuerySet[Application] = Application.objects.filter(Q(pk__in=read) | Exists(weighed))
    return found


def is_named(person: Person) -> Q:
    """Of parties: that the person signs for it or is its contact. It stops the steps of an office, and takes no sight away."""
    return Q(signatory_email__iexact=person.email) | Q(contact_email__iexact=person.email)


def office_counts(user: Person, codenames: Iterable[str] = OFFICES, case: str = "pk", call: str = "call_id") -> Q:
    """That the person holds one of these offices on the call, and the case is not their own. `case` and `call` are where
    the row has them."""
    held = office_grants(user, codenames).filter(content_object=OuterRef(call))
    return Q(Exists(held)) & ~is_own_case(user.pk, OuterRef(case))


def is_confirmed(person: Person, case: Application) -> bool:
    """Whether the person is a confirmed member of the organisation that coordinates the application, and may submit."""
    coordinating = case.parties.filter(role="coordinator").values("organisation")
    confirmed = Membership.objects.filter(person=person, until=None, confirmed_at__isnull=False)
    return confirmed.filter(organisation__in=coordinating).exists()


def staff_in(case: Application, codename: str) -> QuerySet[Person]:
    """Who holds this office on the case's call, but for those whose own case it is."""
    return staff_of(case.call, codename).filter(~is_own_case(OuterRef("pk"), case.pk))


def grants_on(user: Person, case_id: int, call_id: int) -> set[str]:
    """The codenames of what the person is granted on this case, and by office on its call where that counts; one query."""
    permission_id("edit_case")
    names = {pk: name for name, pk in _ids.items()}
    case = ApplicationUserObjectPermission.objects.filter(user=user, content_object_id=case_id)
    office = CallUserObjectPermission.objects.filter(user=user, content_object_id=call_id)
    office = office.filter(~is_own_case(user.pk, case_id))
    rows = case.values_list("permission_id").union(office.values_list("permission_id"))
    return {names[pk] for (pk,) in rows if pk in names}
