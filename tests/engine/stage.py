"""Every noun in every state, made once by the real commands, with somebody in every role; for tests that ask about cells."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest

from grants import clock
from grants.applications.models import Application, CaseMember
from grants.decisions.models import Acceptance, Outcome
from grants.letters.data import RenderedPdf
from grants.organisations.models import Membership, Organisation, Person
from grants.projects.models import Duty
from reviewers.models import Assignment, PoolPlace
from reviewers.panels import Item, Meeting
from tests.engine import herd, panels
from tests.engine.calls import SLUG, make_call
from tests.factories import World
from workflows import issuing, jobs, rights
from workflows.commands import run
from workflows.commands.organisations import claim_organisation
from workflows.integrity import letters
from workflows.matrix import Noun, Role
from workflows.models import Invitation
from workflows.simulation import life, people

START = datetime(2023, 6, 20, 10, 0, tzinfo=clock.SWEDEN)
Cell = tuple[Noun, str]


def quick_letters(patch: pytest.MonkeyPatch) -> None:
    """Letters of one line: how they look is tested elsewhere."""

    def render(data: Any, language: str) -> RenderedPdf:
        content = f"%PDF-1.7 {data.number} {language}".encode()
        return RenderedPdf(content, hashlib.sha256(content).hexdigest(), ())

    patch.setattr(issuing, "render_decision", render)
    patch.setattr(issuing, "render_receipt", render)
    patch.setattr(letters, "render_decision", render)  # where a sample of them is made again
    patch.setattr(issuing, "sealed", lambda unsealed: (unsealed + b" sealed", b"certificate"))


class Stage:
    """The nouns by kind and state, the persons by role, and the moment at which it all stands."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        quick_letters(patch)
        self.world = World()
        self.nouns: dict[Cell, Any] = {}
        self.persons = self._persons()
        herd_of_closed = iter(herd.submitted(self.world, 20))
        self._assessments(herd_of_closed)
        self._decisions(herd_of_closed)
        self.now: datetime = clock.now()
        with clock.at(START):  # drafts of a call that has closed would have lapsed
            self._early()
            for_the_panel = self._for_the_panel()
        self._panels(for_the_panel)
        for case in Application.objects.all():
            self._join(case)
        draft = self.nouns[(Noun.CASE, "draft")]
        self.nouns[(Noun.MEMBER, "invited")] = draft.members.get(joined_at=None)

    def _persons(self) -> dict[Role, Person]:
        world = self.world
        outsider, _body = world.other_applicant()
        pending = people.make_person("pia", "Pia Väntar")
        claim_organisation(pending, world.organisation.number)
        return {
            Role.APPLICANT: world.karin,
            Role.PENDING: pending,
            Role.PARTNER: people.make_person("paul", "Paul Part"),
            Role.REVIEWER: world.mira,
            Role.READER: people.make_person("lars", "Lars Läsare"),
            Role.INVITED: people.make_person("ivar", "Ivar Inbjuden"),
            Role.OFFICER: world.sara,
            Role.DECIDER: world.eva,
            Role.AUDITOR: world.rolf,
            Role.OUTSIDER: outsider,
        }

    def _join(self, case: Application) -> None:
        """Somebody unconfirmed, somebody from another party, a reader and somebody who has not joined are in every case."""
        rights_of = CaseMember.Right
        for role, right in (
            (Role.PENDING, rights_of.EDIT),
            (Role.PARTNER, rights_of.PARTY),
            (Role.READER, rights_of.READ),
        ):
            party = case.parties.last() if right == rights_of.PARTY else None
            if right == rights_of.PARTY and party is None:
                continue  # a lapsed draft is erased with its parties
            CaseMember.objects.create(application=case, person=self.persons[role], right=right, party=party)
        CaseMember.objects.create(
            application=case, email=self.persons[Role.INVITED].email, right=rights_of.READ, joined_at=None
        )
        rights.settle(case)

    def _keep(self, noun: Noun, row: Any) -> None:
        fresh = type(row).objects.get(pk=row.pk)
        state = str(getattr(fresh, "state", ""))
        self.nouns[(noun, state)] = fresh

    def _early(self) -> None:
        """What is there while the call is open, and what belongs to no case."""
        world = self.world
        draft, lapsed, submitted, withdrawn, *asking = herd.drafts(world, 8)
        asked = draft.parties.exclude(role="coordinator").order_by("pk")
        if asked[0].confirmed_at is None:
            run("invite_party", world.karin, asked[0])
            run("confirm_part", None, asked[0], link=link_to(asked[0].pk, "confirm"), name="Exempel", confirm=True)
        run("invite_party", world.karin, asked[1])
        self.nouns[(Noun.PARTY, "confirmed")] = draft.parties.get(pk=asked[0].pk)
        self.nouns[(Noun.PARTY, "open")] = draft.parties.get(pk=asked[1].pk)
        self._keep(Noun.CASE, draft)
        self._members(draft)
        run("discard", world.karin, lapsed)
        self._keep(Noun.CASE, lapsed)
        for case in (submitted, withdrawn):
            life.submit(case, world.karin)
        run("withdraw", world.karin, withdrawn, reason="")
        self._keep(Noun.CASE, withdrawn)
        self._requests(asking)
        self._places()
        for state, n in (("pending", 31), ("confirmed", 32), ("ended", 33)):
            person, body = people.make_person(state, state.title()), people.organisation(n, Organisation.Kind.COMPANY)
            claim_organisation(person, body.number)
            membership = Membership.objects.get(person=person)
            if state != "pending":
                by = {"confirmed": "confirm_membership", "ended": "refuse_membership"}[state]
                run(by, world.sara, membership, **({"reason": "Nej."} if state == "ended" else {}))
            self.nouns[(Noun.MEMBERSHIP, state)] = Membership.objects.get(pk=membership.pk)

    def _members(self, case: Application) -> None:
        """A place in the application in each state."""
        ended = people.make_person("eskil", "Eskil Färdig")
        for state, person in (("joined", self.world.ali), ("ended", ended)):
            run("invite_member", self.world.karin, case, email=person.email, right="read")
            member = case.members.get(email=person.email)
            run("join_case", person, member)
            if state == "ended":
                run("remove_member", self.world.karin, member)
            self.nouns[(Noun.MEMBER, state)] = member

    def _places(self) -> None:
        """A place in the pool in each state, with an invitation to who is invited elsewhere too."""
        authority = self.world.call().programme.authority
        for state in ("joined", "ended", "invited"):
            person = people.make_person(f"plats-{state}", f"Plats {state.title()}")
            person = self.persons[Role.INVITED] if state == "invited" else person
            run("invite_reviewer", self.world.sara, authority, email=person.email)
            place = PoolPlace.objects.get(email=person.email)
            if state != "invited":
                run("join_pool", person, place)
            if state == "ended":
                run("end_place", self.world.sara, place)
            self.nouns[(Noun.PLACE, state)] = PoolPlace.objects.get(pk=place.pk)

    def _requests(self, cases: list[Application]) -> None:
        """A request for more time in each state."""
        for state, case in zip(("asked", "granted", "refused", "past"), cases, strict=True):
            run("ask_extension", self.world.karin, case, reason="Inloggningen låg nere.")
            asked = case.extensions.get()
            if state == "granted":
                later = self.world.call().closes_at + timedelta(days=300)
                run("grant_extension", self.world.sara, asked, due=later, reason="Ja.")
            elif state == "refused":
                run("refuse_extension", self.world.sara, asked, reason="Nej.")
            elif state == "past":
                life.submit(case, self.world.karin)
            self.nouns[(Noun.EXTENSION, state)] = case.extensions.get()

    def _assessments(self, cases: Any) -> None:
        world = self.world
        submitted, completing, assessing, assessed, more = (next(cases) for _ in range(5))
        self._keep(Noun.CASE, submitted)
        run("ask_completion", world.sara, completing, request_text="Intyg.", due=clock.now() + timedelta(days=400))
        self._keep(Noun.CASE, completing)
        for case in (assessing, assessed, more):
            run("pass_formal", world.sara, case)
        for assignment in world.assigned(assessing, "mira", "tove", "hugo", "ines"):
            answer = {"Tove": "unsure", "Hugo": "no", "Ines": "no"}.get(assignment.reviewer.name.split()[0])
            if answer:
                run("declare", assignment.reviewer, assignment, answer=answer, text="Vet inte.")
            if assignment.reviewer == world.ines:
                life.score(assignment, world.rng)
                run("lodge", world.ines, assignment)
            self._keep(Noun.ASSIGNMENT, assignment)
        self._keep(Noun.CASE, assessing)
        mira, tove, hugo, ines = world.assigned(more, "mira", "tove", "hugo", "ines")
        run("declare", mira.reviewer, mira, answer="yes", text="Min bror.")
        run("decline_assignment", tove.reviewer, tove, reason="Hinner inte.")
        run("remove_reviewer", world.sara, hugo, reason="Fel.")
        for assignment in (mira, tove, hugo):
            self._keep(Noun.ASSIGNMENT, assignment)
        mira, tove, hugo = world.assigned(assessed, "mira", "tove", "hugo")
        for assignment in (mira, tove):
            life.review(assignment, world.rng)
        run("end_assessment", world.sara, assessed)
        self._keep(Noun.ASSIGNMENT, hugo)
        self._keep(Noun.CASE, assessed)

    def _decisions(self, cases: Any) -> None:
        world = self.world
        proposed, rejected, decided, accepting, declined, *reporting = (next(cases) for _ in range(9))
        for case in (proposed, rejected):
            run("propose_rejection", world.sara, case, reasons="Nej.", participants="ingen annan")
        life.approve(rejected, world.eva)
        jobs.run_pending()
        for case in (decided, accepting, declined, *reporting):
            run("pass_formal", world.sara, case)
            for assignment in world.assigned(case, "mira", "tove"):
                life.review(assignment, world.rng)
            later = clock.now() + timedelta(days=300)
            life.propose(case, world.sara, hold_until=later if case == decided else None, lines=self._lines(case))
            life.approve(case, world.eva)
        jobs.run_pending()
        run("decline_grant", world.karin, declined, reason="")
        self._acceptances(accepting)
        for case, upto in zip(reporting, ("open", "filed", "returned", "approved"), strict=True):
            life.accept_all(case)
            self._duties(case, upto)
        for case in (proposed, rejected, decided, accepting, declined, reporting[0]):
            self._keep(Noun.CASE, case)
        self._later(cases)

    def _later(self, cases: Any) -> None:
        """Decisions after the first, in each state, and a case on the reserve list."""
        world, (reserve, *projects) = self.world, [next(cases) for _ in range(6)]
        for case in (reserve, *projects):
            run("pass_formal", world.sara, case)
            for assignment in world.assigned(case, "mira", "tove"):
                life.review(assignment, world.rng)
            if case == reserve:
                life.propose(case, world.sara, Outcome.RESERVE)
            else:
                life.propose(case, world.sara, lines=self._lines(case))
            life.approve(case, world.eva)
        jobs.run_pending()
        self._keep(Noun.CASE, reserve)
        for case, upto in zip(projects, ("proposed", "returned", "decided", "void", "dispatched"), strict=True):
            life.accept_all(case)
            hold = clock.now() + timedelta(days=300) if upto == "decided" else None
            decision = life.reconsider(case, world.sara, "propose_change", hold_until=hold)
            if upto in ("decided", "dispatched"):
                life.approve_later(decision, world.eva)
                jobs.run_pending()
            elif upto != "proposed":
                run("return_later", world.eva, decision, reason="Mer.")
            if upto == "void":
                run("drop_later", world.sara, decision)
            self._keep(Noun.DECISION, decision)
        again = life.reconsider(case, world.sara, "propose_withdrawal", 0)
        life.approve_later(again, world.eva)
        jobs.run_pending()
        self._keep(Noun.DECISION, decision)
        self._keep(Noun.DECISION, again)
        self.nouns[(Noun.DECISION, "in_case")] = reserve.decisions.get()

    def _lines(self, case: Application) -> list[dict[str, Any]]:
        """A little for each, so that the call's money is enough for all."""
        basis = case.definition.decision.aid_bases[0].id
        return [
            {"party": pk, "max_amount_ore": 1_000_000, "intensity_bp": 5000, "aid_basis": basis}
            for pk in case.parties.values_list("pk", flat=True)
        ]

    def _acceptances(self, case: Application) -> None:
        accepted, late, waiting = case.acceptances.order_by("pk")
        run("accept", None, accepted, link=link_to(accepted.pk, "accept"), name="Exempel", confirm=True)
        with clock.at(late.due + timedelta(seconds=1)):
            run("pass_date", None, late)
        for acceptance in (accepted, late, waiting):
            self._keep(Noun.ACCEPTANCE, acceptance)
        other = Acceptance.objects.filter(state="declined").first()
        assert other is not None
        self._keep(Noun.ACCEPTANCE, other)

    def _for_the_panel(self) -> list[Application]:
        """Submitted to a call that has a panel, while it is open."""
        make_call(self.world, stages={"panel": True})
        cases = herd.drafts(self.world, 4, SLUG)
        for case in cases:
            life.submit(case, self.world.karin)
        return [life.fresh(case) for case in cases]

    def _panels(self, cases: list[Application]) -> None:
        """A meeting and an item in each state, with the same three at every table."""
        world, sara = self.world, self.world.sara
        panel = panels.Panel(world, panels.assessed(world, cases[:1], [5]), SLUG)
        panel.open().agree_on_all()
        run("close_meeting", sara, panel.meeting)
        self.nouns[(Noun.MEETING, "closed")] = Meeting.objects.get(pk=panel.meeting.pk)
        panel = panels.Panel(world, panels.assessed(world, cases[1:], [5, 4, 3]), SLUG).open()
        done, up, waiting = panel.items
        panel.agree(done)
        run("take_up", sara, up)
        for item in (done, up, waiting):
            fresh = Item.objects.get(pk=item.pk)
            self.nouns[(Noun.ITEM, str(fresh.state))] = fresh
        self.nouns[(Noun.MEETING, "open")] = Meeting.objects.get(pk=panel.meeting.pk)
        self.nouns[(Noun.MEETING, "planned")] = panels.Panel(world, [], SLUG).meeting
        self.persons |= {Role.CHAIR: panel.chair, Role.PANEL: panel.petra}

    def _duties(self, case: Application, upto: str) -> None:
        duty, later = Duty.objects.filter(application=case).order_by("n")[:2]
        with clock.at(duty.opens_at):
            run("open_duty", None, duty)
        if upto != "open":
            life.report(duty, self.world.karin, self.world.rng)
        if upto == "returned":
            run("return_report", self.world.sara, duty, reason="Mer.")
        if upto == "approved":
            run("approve_report", self.world.sara, duty)
        self._keep(Noun.DUTY, duty)
        self._keep(Noun.DUTY, later)


def link_to(subject_id: int, purpose: str) -> Invitation:
    """The link that is good now."""
    return Invitation.objects.get(subject_id=subject_id, purpose=purpose, ended_at=None)


def reviewer_of(assignment: Assignment) -> Person:
    return Person.objects.get(pk=assignment.reviewer_id)
