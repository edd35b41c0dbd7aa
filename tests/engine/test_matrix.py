"""Every cell of the matrix over HTTP: what it allows is not refused for role or state, what it does not allow is refused
with a reason or does not exist, and then nothing has changed. And every address has its row in the table of access."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client, TestCase
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from grants import clock
from grants.applications.models import Attachment, CaseState
from grants.letters.models import Document
from grants.organisations.models import Person
from grants.programmes.loading import PARTS, read_files, store
from reviewers.models import PoolPlace
from tests.engine.stage import START, Stage, reviewer_of
from tests.signing_in import signed_in
from workflows import links
from workflows.commands import COMMANDS
from workflows.matrix import MOVES, NOUN_STATES, Noun, Role, allowed
from workflows.models import Event, Invitation
from workflows.nouns import state_of
from workflows.pages.access_table import EVERYONE, URLS
from workflows.standing import Standing

# refusals of the matrix itself; all others are of guards. "declared" says of the state how to go on from it
BEFORE_ANYTHING = {"role", "state", "membership", "declared"}
PEOPLE = [r for r in Role if r not in (Role.HOLDER, Role.SELF, Role.CLOCK, Role.INVITED)]
STAFF = {Role.OFFICER, Role.DECIDER, Role.AUDITOR}
WORKERS = {Role.APPLICANT, Role.PENDING, Role.PARTNER, Role.READER}
SIDES = STAFF | WORKERS
TESTED = (
    Noun.CASE,
    Noun.PARTY,
    Noun.ASSIGNMENT,
    Noun.ACCEPTANCE,
    Noun.DECISION,
    Noun.DUTY,
    Noun.MEMBERSHIP,
    Noun.EXTENSION,
    Noun.MEMBER,
    Noun.PLACE,
    Noun.MEETING,
    Noun.ITEM,
)


class OnStage(TestCase):
    """The stage is built once for a class; what a test does to it has not happened in the next."""

    stage: ClassVar[Stage]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.patch = pytest.MonkeyPatch()
        # the frame of each page counts one's turns; here pages are asked for thousands of times
        cls.patch.setattr("config.shell.standing_of", Standing)
        with clock.at(START):
            store(read_files([settings.BASE_DIR / "fixtures" / part for part in PARTS]))
            cls.stage = Stage(cls.patch)
        connection.check_constraints()  # once for all rows of the stage; each test would check them again

    @classmethod
    def tearDownClass(cls) -> None:
        cls.patch.undo()
        super().tearDownClass()

    def setUp(self) -> None:
        self.enterContext(clock.at(self.stage.now))


def exists_for(noun: Noun, state: str, role: Role, row: Any) -> bool:
    """Whether this role may know of this noun: the plain rules, not the code's."""
    if noun == Noun.MEMBERSHIP:
        return role == Role.OFFICER
    if noun == Noun.MEMBER:  # not the authority's business
        return role in WORKERS or (role == Role.INVITED and state == "invited")
    if noun == Noun.PLACE:  # the authority's business, and that of who is asked
        return role in STAFF or (role == Role.INVITED and state == "invited")
    if noun == Noun.EXTENSION:  # about a draft, but asked of those who handle the call
        return role in SIDES
    if noun == Noun.DECISION:  # nobody outside knows of it before its letter
        return role in STAFF
    if noun in (Noun.MEETING, Noun.ITEM):  # all of them have been let into the items
        return role in STAFF | {Role.PANEL, Role.CHAIR}
    case_state = state if noun == Noun.CASE else row.application.state
    if role in STAFF:
        return case_state not in (CaseState.DRAFT, CaseState.LAPSED)
    if noun == Noun.ASSIGNMENT:
        return role == Role.REVIEWER
    if case_state == CaseState.LAPSED and role == Role.PARTNER:
        return False  # a draft is erased with its parties, and with whoever acted for them
    if role == Role.REVIEWER:
        return noun == Noun.CASE and state == CaseState.ASSESSING  # Mira is offered this case
    return role in SIDES


def person_of(stage: Stage, noun: Noun, role: Role, row: Any) -> Person:
    return reviewer_of(row) if noun == Noun.ASSIGNMENT and role == Role.REVIEWER else stage.persons[role]


def codes(response: Any) -> set[str]:
    return {refusal.code for refusal in response.context["refusals"]}


def _try(client: Client, command: str, row: Any, state: str, role: Role, exists: bool) -> None:
    address, where = reverse("act", args=[command, row.pk]), f"{command} in {state} by {role}"
    events = Event.objects.count()
    with transaction.atomic():
        response = client.post(address, {})
        if not exists or not MOVES[command].roles - {Role.HOLDER, Role.CLOCK}:
            assert response.status_code == 404, where
        elif allowed(command, state, role):
            assert response.status_code in (302, 409, 422), where
            assert response.status_code != 409 or not codes(response) & BEFORE_ANYTHING, where
            # who said no knows of it no longer
            left = response.status_code == 302 and command in ("refuse_invitation", "refuse_pool")
            assert client.get(address).status_code == (404 if left else 200), where
        else:
            assert response.status_code == 409, where
            assert codes(response) <= BEFORE_ANYTHING, where
            assert all(str(refusal.text).strip() for refusal in response.context["refusals"]), where
        if response.status_code != 302:
            assert Event.objects.count() == events, where
            assert state_of(type(row).objects.get(pk=row.pk)) == state, where
        transaction.set_rollback(True)


class Links:
    """Personal links, as part of the tests below."""

    stage: Stage

    def test_every_command_in_every_state(self) -> None:
        for noun in (Noun.PARTY, Noun.ACCEPTANCE):
            for state in NOUN_STATES[noun]:
                row = self.stage.nouns[(noun, state)]
                link = Invitation.objects.filter(subject_id=row.pk, party=getattr(row, "party", row)).latest("pk")
                for command, move in MOVES.items():
                    if move.noun == noun and Role.HOLDER in move.roles:
                        self._answer(command, state, link)

    def _answer(self, command: str, state: str, link: Invitation) -> None:
        events = Event.objects.count()
        answer = {"command": command, "name": "Firmatecknare Exempel", "confirm": "on"}
        with transaction.atomic():
            response = Client().post(reverse("personal_link", args=[links.token(link)]), answer)
            may = allowed(command, state, Role.HOLDER)
            assert response.status_code == (200 if may else 410), (command, state)  # 410: it has been answered
            assert (Event.objects.count() > events) == may, (command, state)
            transaction.set_rollback(True)

    def test_a_link_opens_its_own_commands_only(self) -> None:
        link = Invitation.objects.filter(purpose="accept", ended_at=None).latest("pk")
        events = Event.objects.count()
        for command in set(COMMANDS) - {"accept", "decline_part"}:
            response = Client().post(reverse("personal_link", args=[links.token(link)]), {"command": command})
            assert response.status_code == 422, command
        assert Event.objects.count() == events

    def test_a_link_that_was_not_made_here_does_not_exist(self) -> None:
        for token in ("x", "1:2:3", "W10:aaa:bbb", "ÅÄÖ", "a" * 4000):
            assert Client().get(reverse("personal_link", args=[token])).status_code == 404, token

    def test_a_noun_that_is_not_there_does_not_exist(self) -> None:
        client = signed_in(self.stage.persons[Role.OFFICER])
        for pk in (0, 2**31, 2**63, 10**30):
            for command in COMMANDS:
                assert client.post(reverse("act", args=[command, pk])).status_code == 404, (command, pk)


def names(patterns: Any) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield str(pattern.name)


def objects_of(stage: Stage) -> dict[str, list[Any]]:
    """Somebody else's objects, for each address that is about one."""
    case, draft = stage.nouns[(Noun.CASE, "reporting")], stage.nouns[(Noun.CASE, "draft")]
    assignment, duty = stage.nouns[(Noun.ASSIGNMENT, "cleared")], stage.nouns[(Noun.DUTY, "open")]
    attachment = Attachment.objects.filter(application=case).latest("pk")
    document = Document.objects.filter(application=case).latest("pk")
    meeting, item = stage.nouns[(Noun.MEETING, "closed")], stage.nouns[(Noun.ITEM, "up")]
    return {
        "workspace": [draft.pk], "workspace_step": [draft.pk, "budget"], "save_answer": [draft.pk],
        "answer_history": [draft.pk, "x"], "reuse": [draft.pk], "preview": [case.pk], "project": [case.pk], "case": [case.pk],
        "case_submission": [case.pk, 1], "letter_preview": [stage.nouns[(Noun.CASE, "proposed")].pk, "sv"],
        "case_members": [draft.pk],
        "act": ["withdraw", case.pk], "report": [duty.pk], "save_report": [duty.pk], "review": [assignment.pk],
        "save_sheet": [assignment.pk], "attachment": [attachment.pk], "document": [document.pk],
        "reviewer_card": [PoolPlace.objects.filter(ended_at=None).latest("pk").pk],
        "reading_pack": [assignment.pk], "case_sheets": [stage.nouns[(Noun.CASE, "assessed")].pk],
        "meeting": [meeting.pk], "meeting_poll": [meeting.pk], "meeting_minutes": [meeting.pk],
        "panel_item": [item.pk], "panel_item_poll": [item.pk], "save_panel_item": [item.pk],
        "case_file": [case.pk, attachment.file_id], "interview_calendar": [case.pk],
    }  # fmt: skip


# Addresses with a part that names no case: public pages of a call, a page that asks for an office, keys of links.
OTHER_PARTS: dict[str, list[Any]] = {
    "call": ["starta-2023"], "call_calendar": ["starta-2023"], "eligibility": ["starta-2023"],
    "call_sheet": ["starta-2023"], "call_source": ["starta-2023"], "call_form": ["starta-2023"],
    "start_application": ["starta-2023"], "machine": ["starta-2023"], "call_edit": ["starta-2023"],
    "board": ["starta-2023"], "board_pictures": ["starta-2023"], "board_xlsx": ["starta-2023"], "assignments": ["starta-2023"],
    "decision_batch": ["starta-2023"], "signing": ["starta-2023"],
    "board_csv": ["starta-2023", "poang"],
    "call_proposal": [1], "call_trial": [1], "call_open": [1],
    "personal_link": ["x"], "verify_code": ["x"], "account_confirm_email": ["x"], "account_reset_password_from_key": ["1", "x"],
}  # fmt: skip


class Addresses:
    """Every address, as part of the tests below."""

    stage: Stage

    def test_every_address_is_in_the_table(self) -> None:
        assert set(names(get_resolver().url_patterns)) == set(URLS)

    def test_every_address_can_be_made_from_what_is_tried(self) -> None:
        """So no address about an object escapes the tests below."""
        parts = objects_of(self.stage) | OTHER_PARTS
        for name in URLS:
            assert reverse(name, args=parts.get(name, []))
        for name in parts:
            with pytest.raises(NoReverseMatch):
                reverse(name)

    def test_somebody_elses_object_does_not_exist(self) -> None:
        outsider = signed_in(self.stage.persons[Role.OUTSIDER])
        for name, arguments in objects_of(self.stage).items():
            for method in ("get", "post"):
                address = reverse(name, args=arguments)
                assert getattr(outsider, method)(address).status_code in (404, 405), (name, method)
                self._asked_who(getattr(Client(), method)(address), name)

    def _asked_who(self, response: Any, name: str) -> None:
        assert response.status_code in (302, 404, 405), name
        if response.status_code == 302:
            assert response["Location"].startswith(reverse("account_login")), name

    def test_what_needs_a_person_asks_who_it_is(self) -> None:
        parts = objects_of(self.stage) | OTHER_PARTS
        for name, row in URLS.items():
            if row.who == EVERYONE or name.startswith(("account_", "mfa_", "demo_")):
                continue
            address = reverse(name, args=parts.get(name, []))
            self._asked_who(Client().get(address), name)

    def test_what_only_a_demonstration_has_is_not_there(self) -> None:
        for name in ("demo_role", "demo_clock", "demo_tour"):
            assert {Client().get(reverse(name)).status_code, Client().post(reverse(name)).status_code} <= {404, 405}, (
                name
            )

    def test_an_outsider_meets_no_error_anywhere(self) -> None:
        outsider, parts = signed_in(self.stage.persons[Role.OUTSIDER]), objects_of(self.stage) | OTHER_PARTS
        for name in URLS:
            if name != "account_logout":
                assert outsider.get(reverse(name, args=parts.get(name, []))).status_code < 500, name


class TestCells(Links, Addresses, OnStage):
    """All on one stage. A test for each noun, state and role, of every command, is added below."""


def _cells(noun: Noun, state: str, role: Role) -> Any:
    def test(self: TestCells) -> None:
        row = self.stage.nouns[(noun, state)]
        row = type(row).objects.get(pk=row.pk)
        assert state_of(row) == state
        client = signed_in(person_of(self.stage, noun, role, row))
        for command, spec in COMMANDS.items():
            if spec.noun == noun:
                _try(client, command, row, state, role, exists_for(noun, state, role, row))

    return test


for _noun in TESTED:
    for _state in NOUN_STATES[_noun]:
        for _role in [*PEOPLE, *([Role.INVITED] if _noun in (Noun.MEMBER, Noun.PLACE) else [])]:
            setattr(TestCells, f"test_{_noun}_{_state}_{_role}", _cells(_noun, _state, _role))
