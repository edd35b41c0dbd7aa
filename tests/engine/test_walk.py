"""A walk of 500 steps over all commands, persons and the clock. Whatever people do, in whatever order: a step either has
its whole effect or is refused and has none, and everything that must hold, holds."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from grants import clock
from grants.applications.models import Application, CaseMember, CaseState, Party
from grants.decisions.models import Acceptance, Decision, Outcome
from grants.letters.deliveries import Delivery
from grants.money import kronor
from grants.organisations.models import Membership, Organisation, Person
from grants.programmes.models import Call
from grants.projects.models import Duty
from grants.refusal import NotVisible, Refused
from reviewers.models import Assignment, AssignmentState, TermsAccepted
from tests.engine import herd
from tests.engine.stage import quick_letters
from tests.factories import World
from workflows import integrity, jobs, rights, stepping
from workflows.aid_forms import stated_in
from workflows.assigning_forms import not_asked_yet
from workflows.commands import COMMANDS, Act, refusals, run
from workflows.commands.organisations import claim_organisation
from workflows.matrix import FLOW_NOUNS, MOVES, Move, Noun, Role
from workflows.models import Event, Invitation, Task
from workflows.nouns import NOUNS, noun_of, state_of
from workflows.simulation import life, people
from workflows.turns import turn_in

STEPS = 500
ENDINGS = {
    "discard",
    "withdraw",
    "decline_grant",
    "decline_part",
    "refuse_membership",
}  # seldom, or all is over at once
SIDE_STEPS = {
    "hand_over", "take_case", "unlock", "drop_copy", "invite_party", "decline_assignment", "remove_reviewer",
    "report_conflict", "invite_member", "invite_again", "change_member", "remove_member",
    "propose_rejection", "propose_withdrawal", "drop_later", "recall_completion", "extend_completion", "extend_acceptance",
}  # fmt: skip
READS = "review_case"
LATER = {"propose_change", "propose_withdrawal", "propose_recovery", "write_off"}


class Walk:
    """What can be done next, and what must hold afterwards."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.done, self.refused = Counter[str](), Counter[str]()
        self.shunned: set[str] = set()
        self.pattern = world.draft()
        other, _body = world.other_applicant()
        keys = ("karin", "sara", "jonas", "eva", "per", "rolf", "mira", "tove", "hugo", "ines")
        self.persons: list[Person] = [*(world.people[k] for k in keys), other]
        for n in (51, 52):
            claim_organisation(other, people.organisation(n, Organisation.Kind.COMPANY).number)
        for call in Call.objects.all():  # what is refused for this alone would say nothing of the rest
            for key in ("mira", "tove", "hugo", "ines"):
                TermsAccepted.objects.get_or_create(person=world.people[key], call=call, version=call.version)
        self._earlier()
        for n in range(8):
            case = herd.copy(self.pattern)
            if n % 2:
                life.submit(case, world.karin)

    def _earlier(self) -> None:
        """A project of the call before, so that reports come due from the first day on."""
        opens = self.world.call("starta-2022").opens_at
        assert opens is not None
        with clock.at(opens + timedelta(days=1)):
            case = self.world.submitted("starta-2022")
        self.world.onwards(case, CaseState.REPORTING)

    def step(self) -> None:
        kind = self.chance.random()
        if kind < 0.06:
            self._wait()
        elif kind < 0.10:
            jobs.run_pending()
        elif kind < 0.16:
            self._write()
        elif kind < 0.24:
            self._try(*self._anything())
        elif kind < 0.34:
            self._by_link()
        else:
            self._something_useful()

    def _wait(self) -> None:
        """A while passes; the letters, the mail and the sweeps come when they are due."""
        days = self.chance.choice((0.1, 1, 3, 10, 60))
        stepping.walk(clock.now() + timedelta(days=days), clock.move, jobs.run_pending)
        self.done["(clock)"] += 1

    def _write(self) -> None:
        """Reviewers and projects write what they lodge and file later."""
        for assignment in (
            Assignment.objects.filter(state=AssignmentState.CLEARED).select_related("reviewer").order_by("pk")
        ):
            if self.chance.random() < 0.7:
                life.score(assignment, self.chance)
        for duty in Duty.objects.filter(state__in=("open", "returned")).order_by("pk"):
            if self.chance.random() < 0.7:
                life.write_report(duty, self.world.karin, self.chance)

    def _nouns(self) -> list[Any]:
        """Every noun there is."""
        rows: list[Any] = []
        for kind in NOUNS.values():
            if kind.noun not in (Noun.CALL, Noun.PERSON):
                rows += kind.model._default_manager.select_related(*kind.related).order_by("pk")
        return [*rows, *self.persons]

    def _anything(self) -> tuple[str, Person | None, Any]:
        """Any command on any noun by anybody."""
        row = self.chance.choice(self._nouns())
        names = [name for name, move in MOVES.items() if move.noun == noun_of(row) and self._is_there(move, row)]
        return self.chance.choice(names), self.chance.choice([*self.persons, None]), row

    def _is_there(self, move: Move, row: Any) -> bool:
        """Whether the row's call has the step at all."""
        return not isinstance(row, Application) or move.is_there(row.definition.stages)

    def _something_useful(self) -> None:
        """A command that somebody can carry out now, as the pages would offer it; one that was seldom done if there is."""
        nouns = [row for row in self._nouns() if isinstance(row, self._livelier())]
        found: list[tuple[str, Person, Any]] = []
        seldom, never = self.chance.random() < 0.25, self.chance.random() > 0.015
        self.shunned = (set() if seldom else SIDE_STEPS) | (ENDINGS if never else set())
        for row in self.chance.sample(nouns, len(nouns)):
            for person in self._likely(row):
                found += [(name, person, row) for name in self._open_to(person, row)]
            if len(found) > 2:
                break
        if found:
            self._try(*min(found, key=lambda step: self.done[step[0]] * self.chance.random()))
        else:  # nobody has anything to do
            self._wait()

    def _open_to(self, person: Person, row: Any) -> list[str]:
        """What `why_not` would offer; the state is asked first, for it costs nothing."""
        noun, state, case = noun_of(row), state_of(row), getattr(row, "application", row)
        names = [name for name, move in MOVES.items() if move.noun == noun and state in move.sources]
        names = [name for name in names if name not in self.shunned]
        case = case if isinstance(case, Application) else None
        roles = rights.roles_of(person, row, case, None) if names else frozenset()
        acts = [Act(name, person, roles, row, case, clock.now()) for name in names if MOVES[name].roles & roles]
        return [act.command for act in acts if not refusals(act)]

    def _livelier(self) -> tuple[type, ...]:
        """Kinds of nouns that most happens to; parties and memberships only now and then."""
        lively = (Application, Assignment, Acceptance, Decision, Duty)
        return (*lively, Party, Membership, CaseMember) if self.chance.random() < 0.1 else lively

    def _likely(self, row: Any) -> list[Person]:
        """Who may have something to do with it."""
        world = self.world
        if isinstance(row, Application):
            return [
                world.karin,
                self.chance.choice((world.sara, world.jonas)),
                self.chance.choice((world.eva, world.per)),
            ]
        if isinstance(row, Assignment):
            return [row.reviewer, world.sara]
        if isinstance(row, CaseMember):
            return [world.ali, world.karin]
        if isinstance(row, Decision):
            return [world.sara, world.eva]
        return [world.karin, world.sara]

    def _by_link(self) -> None:
        links = list(Invitation.objects.order_by("-pk"))
        if links:
            link = self.chance.choice(links)
            model, names = {
                "confirm": (NOUNS[Noun.PARTY].model, ("confirm_part",)),
                "accept": (Acceptance, (*("accept",) * 11, "decline_part")),
            }[link.purpose]
            row = model._default_manager.filter(pk=link.subject_id).first()
            if row is not None:
                self._try(self.chance.choice(names), None, row, link=link)

    def _try(self, name: str, person: Person | None, row: Any, **options: Any) -> None:
        """The step has its whole effect, or none and a reason."""
        before, events = state_of(row), Event.objects.count()
        try:
            event = self._carry_out(name, person, row, options)
        except (Refused, NotVisible) as answer:
            assert Event.objects.count() == events, name
            if isinstance(answer, Refused):
                self._says_why(name, answer)
            self.refused[name] += 1
            return
        self.done[name] += 1
        assert event.name == name
        fresh = type(row)._default_manager.get(pk=row.pk)
        before = str(event.source) or before
        assert before in MOVES[name].sources, (name, before)
        if MOVES[name].targets:
            assert event.target in MOVES[name].targets, (name, event.target)
            assert state_of(fresh) in {event.target, *self._goes_on(name)}, (name, state_of(fresh))

    def _says_why(self, name: str, refused: Refused) -> None:
        assert all(refusal.code and str(refusal.text).strip() for refusal in refused.refusals), name

    def _goes_on(self, name: str) -> set[str]:
        """States that the same step may lead on to."""
        return {"approve_report": {"approved"}, "dispatch": {"reporting"}}.get(name, set())

    def _carry_out(self, name: str, person: Person | None, row: Any, options: dict[str, Any]) -> Event:
        if name == "propose" and person is not None and isinstance(row, Application):
            if not row.submissions.exists():
                return run(name, person, row, outcome=Outcome.REJECTION, lines=[], reasons="R", participants="P")
            outcome = self.chance.choice((Outcome.GRANT, Outcome.GRANT, Outcome.REJECTION, Outcome.RESERVE))
            hold = self.chance.choice((None, None, clock.now() + timedelta(days=2)))
            return life.propose(row, person, outcome, hold_until=hold)
        if name in LATER and person is not None and isinstance(row, Application):
            return self._reconsidered(name, person, row)
        make = DATA.get(name)
        data = make(self, row) if make else {}
        return run(
            name, person, row, key=self.chance.choice((None, None, f"key-{self.chance.random()}")), **options, **data
        )

    def _reconsidered(self, name: str, person: Person, case: Application) -> Event:
        """What is proposed after the first decision, with amounts that the grant in force gives."""
        life.reconsider(case, person, name, self.chance.choice((0, 0.3, 0.9)))
        return Event.objects.filter(stream=f"case:{case.pk}", name=name).latest("seq")

    def holds(self, n: int) -> None:
        """What is cheap is asked after every step, all of it after every twentieth."""
        self.turns_follow_states()
        self.reviewers_read_after_declaring()
        self.people_see_what_their_roles_say()
        self.money_is_within_the_budgets()
        if n % 20 == 0 or n == STEPS:
            jobs.run_pending()
            assert not list(integrity.check())

    def turns_follow_states(self) -> None:
        open_tasks = {(t.flow_task.flow_class.noun, t.subject_id): t.kind for t in Task.objects.filter(finished=None)}
        expected = {}
        for noun in FLOW_NOUNS:
            for row in NOUNS[noun].model._default_manager.select_related(*NOUNS[noun].related):
                if turn := turn_in(row):
                    expected[(noun, row.pk)] = turn.kind
        dropped = {key for key in expected.keys() - open_tasks.keys() if key[0] == Noun.ACCEPTANCE}
        assert open_tasks.items() <= expected.items()
        assert expected.keys() - open_tasks.keys() == dropped

    def reviewers_read_after_declaring(self) -> None:
        waiting = list(Assignment.objects.exclude(state__in=("cleared", "lodged")))
        granted = rights.existing({assignment.application_id for assignment in waiting})
        for assignment in waiting:
            assert (assignment.reviewer_id, READS) not in granted[assignment.application_id]

    def people_see_what_their_roles_say(self) -> None:
        cases = self.chance.sample(list(Application.objects.order_by("pk")), 2)
        for person in self.chance.sample(self.persons, 1):
            seen = set(Application.objects.visible_to(person).values_list("pk", flat=True))
            for case in cases:
                roles = rights.roles_on_case(person, case)
                if Role.REVIEWER in roles:
                    granted = rights.existing([case.pk])[case.pk]
                    roles = roles if (person.pk, READS) in granted else roles - {Role.REVIEWER}
                assert (case.pk in seen) == bool(roles), (person, case.pk, roles)

    def money_is_within_the_budgets(self) -> None:
        call = self.world.call()
        made = Decision.objects.filter(application__call=call, state__in=("decided", "dispatched"))
        made = made.filter(outcome__in=("grant", "withdrawal")).exclude(application__state=CaseState.DECLINED)
        newest = {d.application_id: d for d in made.prefetch_related("lines").order_by("version")}
        total = sum(decision.total_ore for decision in newest.values())
        assert call.definition.call_budget is not None
        assert total <= kronor(call.definition.call_budget)
        for decision in Decision.objects.exclude(decided_by=None):
            assert decision.decided_by_id != decision.prepared_by_id


def _soon(walk: Walk, _row: Any) -> dict[str, Any]:
    return {"due": clock.now() + timedelta(days=walk.chance.choice((1, 5, 20)))}


def _reason(_walk: Walk, _row: Any) -> dict[str, Any]:
    return {"reason": "Ett skäl."}


def _named(_walk: Walk, _row: Any) -> dict[str, Any]:
    return {"name": "Firmatecknare Exempel", "confirm": True, "reason": ""}


def _reviewers(walk: Walk, case: Application) -> dict[str, Any]:
    act = Act("assign", walk.world.sara, frozenset(), case, case, clock.now())
    pool = list(not_asked_yet(act))
    return {"reviewers": walk.chance.sample(pool, min(len(pool), walk.chance.choice((1, 2, 3)))), **_soon(walk, case)}


def _signed(walk: Walk, case: Application) -> dict[str, Any]:
    decision = case.decisions.prefetch_related("lines").order_by("-version").first()
    stale = walk.chance.random() < 0.1
    return {"version": (decision.version if decision else 1) + stale, "total": decision.total_ore if decision else 0}


def _member(walk: Walk, case: Application) -> dict[str, Any]:
    party = walk.chance.choice([None, *case.parties.values_list("pk", flat=True)])
    right = walk.chance.choice(("read", "edit") if party is None else (f"party:{party}", f"confirm:{party}"))
    return {"email": walk.chance.choice((walk.world.ali.email, "ny@exempel.invalid")), "right": right}


def _aid(walk: Walk, case: Application) -> dict[str, Any]:
    party = case.parties.select_related("organisation").first()
    return {
        "party": party,
        "granter": "En annan myndighet",
        "day": clock.today(),
        "amount": walk.chance.choice((100, 10**9)),
    }


def _again(_walk: Walk, case: Application) -> dict[str, Any]:
    delivery = Delivery.objects.filter(decision__application=case).order_by("pk").last()
    return {"delivery": delivery, "address": "ny@exempel.invalid"}


DATA: dict[str, Callable[[Walk, Any], dict[str, Any]]] = {
    "submit": lambda walk, row: {"confirm": True},
    "state_aid": _aid,
    "drop_aid": lambda walk, row: {"aid": stated_in(row).first()},
    "withdraw": _reason,
    "decline_grant": _reason,
    "confirm_part": _named,
    "accept": _named,
    "decline_part": _named,
    "hand_over": lambda walk, row: {"colleague": walk.chance.choice((walk.world.sara, walk.world.jonas))},
    "ask_completion": lambda walk, row: {"request_text": "Intyg saknas.", **_soon(walk, row)},
    "extend_completion": _soon,
    "extend_acceptance": _soon,
    "propose_rejection": lambda walk, row: {"reasons": "Nej.", "participants": "ingen annan"},
    "assign": _reviewers,
    "declare": lambda walk, row: {
        "answer": walk.chance.choice(("no", "no", "no", "no", "unsure", "yes")),
        "text": "Kusin.",
    },
    "invite_reviewer": lambda walk, row: {"email": walk.chance.choice((walk.world.ali.email, "ny@exempel.invalid"))},
    "change_profile": lambda walk, row: {"languages": ["sv"], "load_cap": 5},
    "add_affiliation": lambda walk, row: {
        "number": "000000-7777",
        "name": "Nya AB",
        "kind": "company",
        "relation": "employed",
        "since": None,
        "until": None,
    },
    "end_affiliation": lambda walk, row: {"affiliation": "0", "until": clock.today()},
    "rule_tie": lambda walk, row: {"reviewer": walk.world.ines, "conflicted": "no", "reason": "Skäl."},
    "rule_conflict": lambda walk, row: {"conflicted": walk.chance.choice(("no", "no", "yes")), "reason": "Skäl."},
    "report_conflict": _reason,
    "decline_assignment": _reason,
    "remove_reviewer": _reason,
    "extend_review": _soon,
    "replace_reviewer": lambda walk, row: {
        "reviewer": walk.chance.choice([walk.world.ines, walk.world.hugo]),
        "reason": "Skäl.",
        **_soon(walk, row),
    },
    "reopen_sheet": lambda walk, row: {"reason": "Ett skäl.", **_soon(walk, row)},
    "comment_sheet": lambda walk, row: {"text": "En kommentar."},
    "approve": _signed,
    "return_proposal": _reason,
    "approve_later": lambda walk, row: {"version": row.version, "total": row.total_ore},
    "return_later": _reason,
    "resend_letter": _again,
    "return_report": _reason,
    "refuse_membership": _reason,
    "invite_member": _member,
    "change_member": lambda walk, row: {"right": _member(walk, row.application)["right"]},
    "ask_extension": _reason,
    "grant_extension": lambda walk, row: {"reason": "Ja.", **_soon(walk, row)},
    "refuse_extension": _reason,
    "propose": lambda walk, row: {"outcome": Outcome.REJECTION, "lines": [], "reasons": "R", "participants": "P"},
    "appoint_deputy": lambda walk, row: {
        "deputy": walk.world.jonas if row != walk.world.jonas else walk.world.sara,
        "since": clock.today(),
        "until": clock.today() + timedelta(days=7),
    },
}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1])
def test_five_hundred_steps_keep_every_invariant(world: World, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    quick_letters(monkeypatch)
    walk = Walk(world, random.Random(seed))
    for n in range(1, STEPS + 1):
        walk.step()
        walk.holds(n)
    for year in ("2022", "2023"):
        drawn = Application.objects.filter(number__contains=f" {year}-").values_list("number", flat=True)
        assert sorted(int(number[-5:]) for number in drawn) == list(range(1, len(drawn) + 1))
    assert len(set(walk.done) & set(COMMANDS)) >= 25, f"{walk.done}"
    assert len(walk.refused) >= 15
    assert walk.done["file_report"]
    assert Membership.objects.exists()
