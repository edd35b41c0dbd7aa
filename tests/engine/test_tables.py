"""The tables that everything reads are complete and agree: moves, turns, sentences, notices, commands, transitions."""

import ast
import inspect
from collections import defaultdict
from types import ModuleType
from typing import Any

import pytest

from grants.applications.models import FINAL_STATES, PHASE_OF, Application, CaseState
from grants.decisions.models import Acceptance, AcceptanceState, Decision, DecisionState
from grants.projects.models import Duty, DutyState
from reviewers.models import OPEN_ASSIGNMENT, Assignment, AssignmentState
from workflows import commands, flows
from workflows.commands import COMMANDS
from workflows.matrix import FLOW_NOUNS, MOVES, NOUN_STATES, ROLE_NAMES, TURNS, Noun, Role, allowed, turn_kinds
from workflows.models import Event, Task
from workflows.notices.table import NOTICES, Recipient
from workflows.nouns import NOUNS
from workflows.queries.sides import APPLICANT_SEES
from workflows.rights import ASSIGNMENT_RIGHT, LINK_PURPOSE
from workflows.sweeps import SWEEPS
from workflows.wording import HAPPENED

MODULES: tuple[ModuleType, ...] = (
    commands.applying, commands.assessing, commands.assigning, commands.calls, commands.checking, commands.conflicts,
    commands.deadlines, commands.deciding, commands.accepting, commands.later, commands.delivering, commands.hearing,
    commands.members, commands.organisations, commands.parties, commands.projects, commands.publishing,
    commands.blindly, commands.finding, commands.pool,
    commands.panel, commands.panel_closing, commands.panel_items,
)  # fmt: skip
MACHINES: dict[Noun, type[Any]] = {
    Noun.CASE: Application,
    Noun.ASSIGNMENT: Assignment,
    Noun.DECISION: Decision,
    Noun.ACCEPTANCE: Acceptance,
    Noun.DUTY: Duty,
}
FINAL: dict[Noun, frozenset[str]] = {
    Noun.CASE: frozenset(FINAL_STATES),
    Noun.ASSIGNMENT: frozenset(AssignmentState.values) - frozenset(OPEN_ASSIGNMENT) - {AssignmentState.LODGED},
    Noun.ACCEPTANCE: frozenset({AcceptanceState.ACCEPTED, AcceptanceState.DECLINED}),
    Noun.DECISION: frozenset({DecisionState.VOID, DecisionState.REPLACED, "in_case"}),
    Noun.DUTY: frozenset({DutyState.APPROVED}),
}

# States in which nobody holds the pen of the noun itself, and who moves on from there.
NO_TURN: dict[tuple[Noun, str], str] = {
    (Noun.CASE, CaseState.DRAFT): "a draft costs no task; the applicant submits or the clock lets it lapse",
    (Noun.CASE, CaseState.DECIDED): "the clock dispatches",
    (Noun.CASE, CaseState.ACCEPTING): "the turns are those of the acceptances",
    (Noun.CASE, CaseState.REPORTING): "the turns are those of the duties",
    (Noun.DECISION, DecisionState.DECIDED): "the clock dispatches",
    (Noun.DECISION, DecisionState.DISPATCHED): "it stands until a later version replaces it",
    (Noun.DUTY, DutyState.PLANNED): "the clock opens it",
    (Noun.ASSIGNMENT, AssignmentState.LODGED): "lodged; only a conflict of interest that is found later changes it",
}

# What is told to nobody, on purpose: the actor knows, or a turn in somebody's inbox says it.
UNTOLD = {
    "create_draft", "unlock", "drop_copy", "end_copy", "discard",  # the applicant's own doing, or nothing changed
    "take_case", "hand_over", "appoint_deputy",  # the tasks move from inbox to inbox
    "pass_formal", "pass_unchecked",  # nothing to do for anybody before the decision
    "invite_member",  # whom it is about is told by "asked_member"
    "state_aid", "drop_aid",  # the officer's own notes
    "record_interview", "record_panel",  # written by whose turn it is
    "assign",  # each reviewer is told by "offered"
    "declare", "lodge", "reopened_assessment",  # the officer's turn; "report_conflict" has told why
    "approve", "voided_decision",  # nobody outside knows of a decision before "dispatch"
    "resend_letter",  # the letter itself tells
    "approve_later", "drop_later", "voided_later",  # the same
    "replaced_decision",  # told with what replaces it, by "dispatch" or "dispatch_later"
    "accept",  # "started_reporting" tells when all have
    "plan_meeting", "note_absence", "make_agenda", "order_agenda", "adopt_trial",  # on the meeting's own page
    "declare_panel", "panel_conflict", "take_up", "close_item", "panel_result",  # seen by all at the table, and in the case
    "decided_call", "note_phase", "give_office", "claim_organisation",  # on the calls' own pages
    "invite_reviewer",  # whom it is about is told by "asked_reviewer"
    "change_profile", "add_affiliation", "end_affiliation", "accept_terms", "declare_parties",  # one's own
    "follow_declaration", "rule_tie",  # the officer's turn says it, or it is the officer's own
}  # fmt: skip
CONSEQUENCES = {  # events without a command of their own
    "create_draft", "asked_member", "offered", "ended_unlodged", "reopened_assessment", "voided_decision", "asked_acceptance",
    "panel_result", "started_reporting", "closed_case", "decided_call", "give_office", "claim_organisation",
    "asked_reviewer", "replaced_decision", "voided_later",
}  # fmt: skip
BY_POST = {"note_undelivered"}  # done when the post gives a letter back, not when a time comes
AFTER_ALL = {
    "propose_recovery",
    "write_off",
    "resend_letter",
    "note_undelivered",
}  # begin another decision about what is over, and leave its state


def transitions(model: type[Any]) -> dict[str, tuple[set[str], str]]:
    """Each transition's method with its sources and its target."""
    found: dict[str, tuple[set[str], str]] = {}
    for name, method in inspect.getmembers(model, lambda member: hasattr(member, "_django_fsm")):
        rows = method._django_fsm.transitions
        found[name] = ({str(source) for source in rows}, str(next(iter(rows.values())).target))
    return found


def strings_of(module: ModuleType) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def called_in(module: ModuleType) -> set[str]:
    return {
        node.func.attr
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


class TestCommands:
    def test_every_row_is_a_command_and_every_command_a_row(self) -> None:
        assert set(COMMANDS) == set(MOVES)

    @pytest.mark.parametrize("name", sorted(MOVES))
    def test_a_row_names_states_and_roles_that_exist(self, name: str) -> None:
        move = MOVES[name]
        assert COMMANDS[name].noun == move.noun
        assert move.sources
        assert move.sources <= set(NOUN_STATES[move.noun])
        assert move.targets <= set(NOUN_STATES[move.noun])
        assert move.roles

    def test_the_clock_shares_no_command_and_a_link_only_with_who_speaks_for_the_party(self) -> None:
        for name, move in MOVES.items():
            assert Role.CLOCK not in move.roles or move.roles == {Role.CLOCK}, name
            # whoever speaks for the party may also be signed in; nobody else can do what a link is for
            assert Role.HOLDER not in move.roles or move.roles <= {Role.HOLDER, Role.PARTNER}, name

    def test_an_outsider_and_an_auditor_move_nothing(self) -> None:
        for name, move in MOVES.items():
            assert not move.roles & {Role.OUTSIDER, Role.AUDITOR}, name

    def test_a_holder_only_acts_on_what_a_link_can_be_about(self) -> None:
        assert {m.noun for m in MOVES.values() if Role.HOLDER in m.roles} == set(LINK_PURPOSE)

    def test_everything_the_clock_does_is_done_by_a_sweep(self) -> None:
        of_the_clock = {name for name, move in MOVES.items() if Role.CLOCK in move.roles}
        assert of_the_clock - BY_POST == {s.command for s in SWEEPS}
        assert of_the_clock >= BY_POST

    def test_who_prepares_a_decision_never_makes_it(self) -> None:
        for makes in ("approve", "return_proposal", "approve_later", "return_later"):
            assert MOVES[makes].roles == {Role.DECIDER}
        later = ("propose_change", "propose_withdrawal", "propose_recovery", "write_off")
        for prepares in ("propose", "propose_rejection", *later):
            assert MOVES[prepares].roles == {Role.OFFICER}

    def test_a_final_state_allows_nothing(self) -> None:
        for noun, states in FINAL.items():
            for name, move in MOVES.items():
                assert name in AFTER_ALL or move.noun != noun or not move.sources & states, name


class TestTransitions:
    @pytest.mark.parametrize("noun", MACHINES)
    def test_each_is_used_by_a_command(self, noun: Noun) -> None:
        written = set[str]().union(*(strings_of(m) for m in MODULES))
        assert set(transitions(MACHINES[noun])) <= written

    def test_each_of_a_decision_is_used_by_a_command(self) -> None:
        used = set[str]().union(*(called_in(m) | strings_of(m) for m in MODULES))
        assert set(transitions(Decision)) <= used

    @pytest.mark.parametrize("noun", MACHINES)
    def test_the_rows_lead_where_transitions_lead(self, noun: Noun) -> None:
        steps = {(s, target) for sources, target in transitions(MACHINES[noun]).values() for s in sources}
        for name, move in MOVES.items():
            if move.noun == noun:
                for target in move.targets:
                    assert any((source, target) in steps for source in move.sources), (name, target)
                for source in move.sources if move.targets else ():
                    assert any((source, target) in steps for target in move.targets), (name, source)

    @pytest.mark.parametrize("noun", MACHINES)
    def test_every_step_is_one_of_a_row_or_of_a_consequence(self, noun: Noun) -> None:
        rows = {
            (source, target)
            for move in MOVES.values()
            if move.noun == noun
            for source in move.sources
            for target in move.targets
        }
        by_consequence = {
            Noun.CASE: {("accepting", "reporting"), ("reporting", "closed"), ("assessed", "assessing")},
            Noun.ASSIGNMENT: {(s, "ended") for s in OPEN_ASSIGNMENT},
            Noun.ACCEPTANCE: set[tuple[str, str]](),
            Noun.DECISION: {("dispatched", "replaced"), ("decided", "void")},  # by what is sent, and by who applied
            Noun.DUTY: set[tuple[str, str]](),
        }
        steps = {(s, target) for sources, target in transitions(MACHINES[noun]).values() for s in sources}
        assert steps - rows <= by_consequence[noun]

    def test_every_state_of_a_decision_can_be_reached(self) -> None:
        targets = {target for _sources, target in transitions(Decision).values()}
        assert targets | {DecisionState.PROPOSED} == set(DecisionState.values)


class TestTurns:
    @pytest.mark.parametrize(("noun", "state"), [(n, s) for n in FLOW_NOUNS for s in NOUN_STATES[n]])
    def test_a_state_has_a_pen_holder_and_a_way_out_or_is_final(self, noun: Noun, state: str) -> None:
        out = {
            source for sources, target in transitions(MACHINES[noun]).values() for source in sources if source != target
        }
        if state in FINAL[noun]:
            assert (noun, state) not in TURNS
            assert state not in out
            return
        assert state in out
        assert ((noun, state) in TURNS) != ((noun, state) in NO_TURN)
        if turn := TURNS.get((noun, state)):
            can = {
                role for move in MOVES.values() if move.noun == noun and state in move.sources for role in move.roles
            }
            answers_by_link = turn.role == Role.PARTNER and Role.HOLDER in can
            assert turn.role in can or answers_by_link

    def test_turns_are_of_states_that_exist(self) -> None:
        assert all(noun in FLOW_NOUNS and state in NOUN_STATES[noun] for noun, state in TURNS)

    def test_the_flows_have_a_node_for_each_turn_and_nothing_more(self) -> None:
        assert set(flows.FLOWS) == set(FLOW_NOUNS)
        for noun, made in flows.FLOWS.items():
            assert {node.name for node in made.instance.nodes()} == set(turn_kinds(noun)) | {"start", "end"}

    def test_kinds_fit_their_column(self) -> None:
        longest = Task._meta.get_field("kind").max_length or 0
        assert all(len(turn.kind) <= longest for turn in TURNS.values())


class TestWords:
    def test_every_event_has_its_sentence(self) -> None:
        assert set(HAPPENED) == set(COMMANDS) | CONSEQUENCES

    def test_every_consequence_is_written_by_a_command(self) -> None:
        written = set[str]().union(*(strings_of(m) for m in MODULES))
        assert written >= CONSEQUENCES

    def test_every_event_is_told_or_is_silent_on_purpose(self) -> None:
        assert set(NOTICES) & UNTOLD == set()
        assert set(HAPPENED) == set(NOTICES) | UNTOLD
        assert all(NOTICES.values())

    def test_every_recipient_is_somebody(self) -> None:
        used = {recipient for row in NOTICES.values() for recipient in row}
        assert used <= set(Recipient)

    def test_the_applicants_side_sees_only_events_that_exist(self) -> None:
        assert set(APPLICANT_SEES) <= set(HAPPENED)

    def test_roles_and_nouns_have_names(self) -> None:
        assert set(ROLE_NAMES) == set(Role)
        assert set(NOUN_STATES) == set(Noun)
        assert all(str(name).strip() for name in (*ROLE_NAMES.values(), *HAPPENED.values()))

    @pytest.mark.parametrize("name", sorted(COMMANDS))
    def test_a_command_says_what_it_is(self, name: str) -> None:
        spec = COMMANDS[name]
        assert str(spec.title).strip()
        assert inspect.getdoc(spec.body)
        assert all(inspect.getdoc(guard) for guard in spec.guards)

    def test_names_fit_their_columns(self) -> None:
        assert max(map(len, HAPPENED)) <= (Event._meta.get_field("name").max_length or 0)
        for noun in MACHINES:
            assert max(map(len, NOUN_STATES[noun])) <= (Event._meta.get_field("target").max_length or 0)


class TestRights:
    def test_what_a_reviewer_may_see_follows_the_assignment(self) -> None:
        assert ASSIGNMENT_RIGHT == {"offered": "declare_case", "cleared": "review_case", "lodged": "review_case"}
        blind = set(AssignmentState.values) - set(ASSIGNMENT_RIGHT)
        assert blind == {"unsure", "conflicted", "declined", "removed", "ended"}

    def test_every_state_is_at_one_of_the_five_stations(self) -> None:
        assert set(PHASE_OF) == set(CaseState.values)

    def test_the_matrix_is_a_table_and_not_a_list_of_everything(self) -> None:
        cells: dict[Role, int] = defaultdict(int)
        for name, move in MOVES.items():
            for state in NOUN_STATES[move.noun]:
                for role in Role:
                    cells[role] += allowed(name, state, role)
        assert cells[Role.OUTSIDER] == cells[Role.AUDITOR] == 0
        assert all(
            cells[r] for r in (Role.APPLICANT, Role.OFFICER, Role.DECIDER, Role.REVIEWER, Role.HOLDER, Role.CLOCK)
        )


@pytest.mark.django_db
@pytest.mark.parametrize("noun", Noun)
def test_a_noun_is_fetched_with_what_it_names_and_no_more(noun: Noun, django_assert_num_queries: Any) -> None:
    kind = NOUNS[noun]
    named = {path.rsplit("__", n)[0] for path in kind.related for n in range(path.count("__") + 1)}
    with django_assert_num_queries(1) as captured, pytest.raises(kind.model.DoesNotExist):
        kind.fetch(0)
    assert captured[0]["sql"].count(" JOIN ") == len(named)
