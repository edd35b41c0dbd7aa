"""What becomes of the demonstration's cases, by where their call is in its life."""

from dataclasses import dataclass

from grants.applications.models import CaseState as S
from grants.decisions.models import Outcome
from reviewers.models import AssignmentState as A


@dataclass(frozen=True)
class Fate:
    """How far a case gets, and by which turns."""

    until: str
    outcome: str | None = None
    home: str = ""  # the persona whose case it is; else somebody new
    title: str = ""
    incomplete: int = 0  # answers that are still missing in a draft
    unlocked: bool = False
    completes: bool = False
    returned: bool = False
    asked: bool = True  # whether reviewers have been asked
    assignments: tuple[str, ...] = ()  # states that the first reviewers' assignments reach
    later: str = ""  # the command of a decision after the first, which is made too
    report: str = ""  # "written", "filed", "returned" or "approved": what becomes of the first report
    report_after: int = 20  # days after it opened
    days: int = 80  # from the call's closing to the decision's acceptance


_G, _R, _F = Outcome.GRANT, Outcome.REJECTION, Outcome.FORMAL_REJECTION

# A call whose decisions were made long ago.
LATE: tuple[Fate, ...] = (
    Fate(S.REPORTING, _G, home="ali", title="Rätt stöd till den som söker hjälp", report="written", report_after=45),
    Fate(S.REPORTING, _G, report="filed", report_after=40),
    Fate(S.REPORTING, _G, report="filed", report_after=50, completes=True),
    Fate(S.REPORTING, _G, report="approved", later="propose_change"),
    Fate(S.REPORTING, _G, report="returned", report_after=35, returned=True),
    Fate(S.REPORTING, _G),
    Fate(S.CLOSED, _R),
    Fate(S.CLOSED, _R, returned=True),
    Fate(S.CLOSED, _F),
    Fate(S.DECLINED, _G),
    Fate(S.WITHDRAWN, later="write_off"),
    Fate(S.DRAFT, incomplete=4),  # lapses when the call closes
)

# A call that closed a few weeks ago: under review and partly decided.
RECENT: tuple[Fate, ...] = (
    Fate(S.ACCEPTING, _G, home="karin", title="Snittfri ärendekö i tre kommuner", days=17),
    Fate(S.ACCEPTING, _G, days=18),
    Fate(S.REPORTING, _G, days=16),
    Fate(S.DECIDED, _G, days=19),
    Fate(S.CLOSED, _R, days=18),
    Fate(S.RESERVE, Outcome.RESERVE, days=18),
    Fate(S.PROPOSED, _G, days=20),
    Fate(S.PROPOSED, _R, days=20),
    Fate(S.PROPOSED, _G, days=20, returned=False),
    Fate(S.ASSESSED, _G, days=20),
    Fate(S.ASSESSED, _R, days=20),
    Fate(S.ASSESSED, _G, days=20),
    Fate(S.ASSESSED, _G, days=20),
    Fate(S.ASSESSED, _R, days=20),
    Fate(S.ASSESSING, assignments=(A.OFFERED, A.CLEARED, A.LODGED), days=20),
    Fate(S.ASSESSING, assignments=(A.UNSURE, A.OFFERED, A.CLEARED), days=20),
    Fate(S.ASSESSING, assignments=(A.CLEARED, A.OFFERED, A.CONFLICTED), days=20),
    Fate(S.ASSESSING, assignments=(A.LODGED, A.LODGED, A.OFFERED), days=20),
    Fate(S.COMPLETING, home="ali", title="Lokala möten med stöd av språkteknik", days=20),
    Fate(S.SUBMITTED, days=20),
    Fate(S.SUBMITTED, days=20),
    Fate(S.WITHDRAWN, days=20),
    Fate(S.ASSESSING, asked=False, days=20),
    Fate(S.ASSESSING, asked=False, days=20),
)

# A call that is open.
OPEN: tuple[Fate, ...] = (
    Fate(S.DRAFT, home="karin", title="Rätt ärende till rätt handläggare", incomplete=3),
    Fate(S.DRAFT, incomplete=6),
    Fate(S.DRAFT),
    Fate(S.SUBMITTED),
    Fate(S.SUBMITTED, home="ali", title="Fler får svar på sitt eget språk"),
    Fate(S.SUBMITTED, unlocked=True),
)
