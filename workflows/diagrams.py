"""The state machine of a call, drawn with live counts: nodes and edges come from the transitions of the application itself
and from the stages that the call has switched on; nothing is drawn by hand.

The drawing is numbered and a table says what each number is, so that the picture never has to be read alone.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l

from grants.applications.models import PHASE_OF, Application, CasePhase, CaseState
from grants.programmes.definition import CallDefinition, Stages
from grants.programmes.models import Call
from workflows.commands import COMMANDS
from workflows.matrix import MOVES, ROLE_NAMES, Noun

C = CaseState
WIDTH, HEIGHT = 112, 54  # of a node
COLUMN, ROWS, EDGE = 136, (16, 158, 300), 22  # from column to column, tops of the rows, margin at the sides
# Where each state stands: column, row. The main path is the middle row; what is asked for is above, what ends is below.
PLACES: dict[str, tuple[int, int]] = {
    C.DRAFT: (0, 1),
    C.SUBMITTED: (1, 1),
    C.ASSESSING: (2, 1),
    C.ASSESSED: (3, 1),
    C.PROPOSED: (4, 1),
    C.DECIDED: (5, 1),
    C.ACCEPTING: (6, 1),
    C.REPORTING: (7, 1),
    C.COMPLETING: (1, 0),
    C.RESERVE: (4, 0),
    C.LAPSED: (0, 2),
    C.WITHDRAWN: (1, 2),
    C.DECLINED: (6, 2),
    C.CLOSED: (7, 2),
}
WIDE = {C.WITHDRAWN: 3 * COLUMN}  # reached from every state above it, so it lies under all of them
EXITS: dict[str, CasePhase] = {
    C.LAPSED: CasePhase.DRAFT,
    C.WITHDRAWN: CasePhase.SUBMITTED,
    C.DECLINED: CasePhase.DECIDED,
}
# Transitions that no command makes by itself: what they follow from.
FOLLOWS: dict[tuple[str, str], Promise] = {
    (C.ASSESSED, C.ASSESSING): _l("följer av att jäv upptäcks sent"),
    (C.ACCEPTING, C.REPORTING): _l("följer av att den sista parten godkänner"),
    (C.REPORTING, C.CLOSED): _l("följer av att den sista rapporten godkänns"),
}


@dataclass(frozen=True)
class Node:
    """A state with the number of cases in it, and its box in the drawing."""

    state: str
    word: str
    count: int
    x: int
    y: int
    width: int
    is_end: bool

    @property
    def middle(self) -> int:
        """Where the text stands."""
        return self.x + self.width // 2


@dataclass(frozen=True)
class Edge:
    """A transition: its number in the drawing, its ends, what carries it out and who."""

    n: int
    source: str
    source_word: str
    target: str
    target_word: str
    steps: str
    who: str
    path: str
    label_x: int
    label_y: int


@dataclass(frozen=True)
class Sub:
    """A state inside a station of the overview."""

    word: str
    count: int
    state: str


@dataclass(frozen=True)
class Stop:
    """A station of the overview: a phase with its states and exits."""

    word: str
    count: int
    is_now: bool
    states: tuple[Sub, ...]
    exits: tuple[Sub, ...]


@dataclass(frozen=True)
class Machine:
    """The whole picture."""

    nodes: list[Node]
    edges: list[Edge]
    stops: list[Stop]
    total: int
    width: int
    height: int
    node_height: int = HEIGHT


def states_of(definition: CallDefinition) -> list[str]:
    """The states that a case of this call can be in."""
    absent = set[str]()
    if not definition.stages.formal_check:
        absent.add(C.COMPLETING)
    if not definition.stages.review:
        absent.add(C.ASSESSING)
    if not definition.stages.acceptance:
        absent |= {C.ACCEPTING, C.DECLINED}
    return [state for state in C.values if state not in absent]


def transitions(definition: CallDefinition) -> list[tuple[str, str]]:
    """Source and target of every transition that a case of this call can take."""
    states = states_of(definition)
    found = {
        (str(t.source), str(t.target))
        for t in Application._meta.get_field("state").get_all_transitions(Application)
        if t.source in states and t.target in states
    }
    if definition.stages.review:
        found.discard((C.SUBMITTED, C.ASSESSED))
    if not definition.stages.formal_check:
        found -= {(C.SUBMITTED, C.PROPOSED), (C.PROPOSED, C.SUBMITTED)}
    if definition.stages.acceptance:
        found.discard((C.DECIDED, C.REPORTING))
    return sorted(found, key=lambda pair: (states.index(pair[0]), states.index(pair[1])))


def counts_of(call: Call) -> dict[str, int]:
    """How many cases of the call are in each state; one query."""
    rows = Application.objects.filter(call=call).values_list("state").annotate(n=Count("pk")).order_by()
    return defaultdict(int, dict(rows))


def machine_of(call: Call) -> Machine:
    """The call's state machine as it stands now."""
    counts, definition = counts_of(call), call.definition
    nodes = [_node(state, counts) for state in states_of(definition)]
    edges = [
        _edge(n, source, target, definition.stages) for n, (source, target) in enumerate(transitions(definition), 1)
    ]
    columns = max(x for x, _y in PLACES.values())
    width, height = EDGE * 2 + columns * COLUMN + WIDTH, ROWS[-1] + HEIGHT + 4
    return Machine(nodes, edges, _stops(counts, definition), sum(counts.values()), width, height)


def _node(state: str, counts: dict[str, int]) -> Node:
    x, y = _corner(state)
    return Node(
        state, str(C(state).label), counts[state], x, y, WIDTH + WIDE.get(C(state), 0), state in (*EXITS, C.CLOSED)
    )


def _corner(state: str) -> tuple[int, int]:
    column, row = PLACES[state]
    return EDGE + column * COLUMN, ROWS[row]


def _edge(n: int, source: str, target: str, stages: Stages) -> Edge:
    carriers = [
        name
        for name, move in MOVES.items()
        if move.noun == Noun.CASE and source in move.sources and target in move.targets and move.is_there(stages)
    ]
    roles = list(dict.fromkeys(role for name in carriers for role in sorted(MOVES[name].roles)))
    steps = [str(COMMANDS[name].title) for name in carriers] or [str(FOLLOWS.get((source, target), ""))]
    path, x, y = _route(source, target)
    return Edge(
        n,
        source,
        str(C(source).label),
        target,
        str(C(target).label),
        ", ".join(steps),
        "; ".join(str(ROLE_NAMES[role]) for role in roles),
        path,
        x,
        y,
    )


def _route(source: str, target: str) -> tuple[str, int, int]:
    """A path from box to box and where its number stands."""
    (sx, sy), (tx, ty) = _corner(source), _corner(target)
    (sc, sr), (tc, tr) = PLACES[source], PLACES[target]
    if source == target:
        return _loop(sx, sy)
    if sr == tr:
        return _beside(sx, tx, sy) if tc == sc + 1 else _arc(sx, tx, sy, tc - sc)
    if source == C.COMPLETING and target == C.WITHDRAWN:  # past the state between them, on its left side
        x, y = sx - 14, sy + HEIGHT // 2
        path = f"M{sx} {y} Q{x} {y} {x} {y + 24} L{x} {ty + 3} Q{x} {ty + HEIGHT // 2} {tx} {ty + HEIGHT // 2}"
        return path, x, ty - 50
    if source == C.RESERVE and target == C.WITHDRAWN:  # the same, between the states of the main path
        x, y = sx - 14, sy + HEIGHT // 2
        return f"M{sx} {y} Q{x} {y} {x} {y + 24} L{x} {ty}", x, ty - 50
    if tr < sr and tc < sc:  # back, and up from above the box
        x, y = sx + WIDTH // 2, ty + HEIGHT // 2
        return f"M{x} {sy} Q{x} {y} {tx + WIDTH} {y}", x - 10, y + 26
    if sc == tc or target == C.WITHDRAWN:
        shift = 22 if tr > sr and source == C.COMPLETING else -22 if tr < sr else 0
        x, start, end = sx + WIDTH // 2 + shift, *((sy + HEIGHT, ty) if tr > sr else (sy, ty + HEIGHT))
        return f"M{x} {start} L{x} {end}", x, (start + end) // 2 + (26 if target == C.WITHDRAWN else 0)
    x1, x2, top = sx + WIDTH // 2, tx + WIDTH // 2, sy + HEIGHT
    bend = (top + ty) // 2 - 40
    # its number stands three tenths along the curve, clear of the straight lines
    x, y = (78 * x1 + 22 * x2) // 100, (34 * top + 47 * ty + 19 * bend) // 100
    return f"M{x1} {top} C{x1} {ty} {x2} {bend} {x2 - 8} {ty}", x, y


def _loop(x: int, y: int) -> tuple[str, int, int]:
    """Back to the same state, under its box."""
    bottom = y + HEIGHT
    return f"M{x + 12} {bottom} C{x + 4} {bottom + 34} {x + 44} {bottom + 34} {x + 36} {bottom}", x + 24, bottom + 25


def _beside(sx: int, tx: int, y: int) -> tuple[str, int, int]:
    """To the state that comes next."""
    return f"M{sx + WIDTH} {y + HEIGHT // 2} L{tx} {y + HEIGHT // 2}", (sx + WIDTH + tx) // 2, y + HEIGHT // 2 - 17


def _arc(sx: int, tx: int, y: int, columns: int) -> tuple[str, int, int]:
    """Over the boxes to a state further on or just before; under them to one further back."""
    if columns > 0:
        x1, x2, bend = sx + WIDTH - 12, tx + WIDTH // 2, y - 92
    elif columns == -1:
        x1, x2, bend = sx + 24, tx + WIDTH - 24, y - 40
    else:
        x1, x2, y, bend = sx + 30, tx + WIDTH - 24, y + HEIGHT, y + HEIGHT + 66
    return f"M{x1} {y} C{x1} {bend} {x2} {bend} {x2} {y}", (x1 + x2) // 2, y + (bend - y) * 3 // 4


def _stops(counts: dict[str, int], definition: CallDefinition) -> list[Stop]:
    """The overview: the five stations, and the end."""
    known = states_of(definition)
    ongoing = {
        p: sum(counts[s] for s in known if PHASE_OF[s] == p and s not in EXITS and s != C.CLOSED) for p in CasePhase
    }
    busiest = max((n for p, n in ongoing.items() if p != CasePhase.DRAFT), default=0)
    is_clear = list(ongoing.values()).count(busiest) == 1
    stops = []
    for phase in CasePhase:
        inside = [s for s in known if PHASE_OF[s] == phase and s not in EXITS and s != C.CLOSED]
        exits = tuple(Sub(str(C(s).label), counts[s], s) for s, at in EXITS.items() if at == phase and s in known)
        total = ongoing[phase]
        now = bool(busiest) and is_clear and total == busiest and phase != CasePhase.DRAFT
        subs = tuple(Sub(str(C(s).label), counts[s], s) for s in inside) if len(inside) > 1 else ()
        stops.append(Stop(str(phase.label), total, now, subs, exits))
    stops.append(Stop(str(C.CLOSED.label), counts[C.CLOSED], False, (), ()))
    return stops
