"""Where somebody works next, once they have carried out a command."""

from django.urls import reverse

from grants.organisations.models import Person
from reviewers.models import AssignmentState
from reviewers.panels import Meeting
from workflows.commands.base import Act
from workflows.matrix import STAFF, Noun
from workflows.nouns import noun_of
from workflows.queries.acts import case_page_of


def next_page(act: Act, person: Person) -> str:
    """Where this person works next, once the command is carried out."""
    subject, noun = act.subject, noun_of(act.subject)
    if noun == Noun.ASSIGNMENT and subject.reviewer_id == person.pk:
        subject.refresh_from_db(fields=["state"])
        return (
            reverse("review", args=[subject.pk])
            if subject.state == AssignmentState.CLEARED
            else reverse("review_queue")
        )
    if noun == Noun.PARTY:
        return reverse("workspace_step", args=[subject.application_id, "parter"])
    if noun == Noun.MEMBER:
        return _after_member(act, person)
    if act.command == "invite_member":
        return reverse("case_members", args=[subject.pk])
    if noun == Noun.DUTY:
        return reverse("report", args=[subject.pk])
    if noun == Noun.MEMBERSHIP:
        return reverse("memberships")
    if noun == Noun.AUTHORITY or act.command in ("end_place", "invite_reviewer_again"):
        return reverse("reviewers_pool" if act.roles & STAFF else "my_cases")
    if noun == Noun.PLACE:
        return reverse("my_cases" if act.command == "refuse_pool" else "reviewer_profile")
    if act.command == "accept_terms":
        return reverse("review_queue")
    if act.command == "plan_meeting":
        return reverse("meeting", args=[Meeting.objects.filter(call=subject).latest("pk").pk])
    if noun == Noun.MEETING:
        return reverse("meeting", args=[subject.pk])
    if noun == Noun.ITEM:
        taken_up = act.command == "take_up"
        return reverse("panel_item", args=[subject.pk]) if taken_up else reverse("meeting", args=[subject.meeting_id])
    if noun == Noun.CALL:
        return reverse("call_edit" if act.command == "publish_version" else "call", args=[subject.slug])
    if noun in (Noun.PERSON, Noun.EXTENSION):
        return reverse("inbox")
    if act.command == "discard":
        return reverse("my_cases")
    return case_page_of(act)


def _after_member(act: Act, person: Person) -> str:
    case, left = act.the_case, act.subject.person_id == person.pk and act.command == "remove_member"
    if act.command == "refuse_invitation" or left:
        return reverse("my_cases")
    return reverse("workspace" if act.command == "join_case" else "case_members", args=[case.pk])
