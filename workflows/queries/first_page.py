"""Where a person begins: the first entry of their own in the menu."""

from django.urls import reverse

from grants.organisations.models import Person


def first_page(person: Person) -> str:
    """The address of the inbox, of the queue of reviews or of one's own cases."""
    if person.is_staff:
        return reverse("inbox")
    return reverse("review_queue" if person.groups.filter(name="reviewers").exists() else "my_cases")
