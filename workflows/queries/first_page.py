"""Where a person begins: the first entry of their own in the menu."""

from django.urls import reverse

from grants.organisations.models import Person
from reviewers.models import PoolPlace


def first_page(person: Person) -> str:
    """The address of the inbox, of the queue of reviews or of one's own cases."""
    if person.is_staff:
        return reverse("inbox")
    return reverse("review_queue" if PoolPlace.objects.active().filter(person=person).exists() else "my_cases")
