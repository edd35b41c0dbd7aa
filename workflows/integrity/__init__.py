"""Whether everything in the database agrees with everything else. Nothing here changes anything.

Each check walks its rows in batches, so that memory stays the same however many there are, and yields what it finds.
"""

from collections.abc import Callable, Iterator

from django.db import connection, transaction

from workflows.integrity import access, facts, history, letters, money, papers, turns
from workflows.integrity.faults import Fault

__all__ = ["CHECKS", "Fault", "check"]

CHECKS: dict[str, Callable[[], Iterator[Fault]]] = {
    "turns": turns.check,
    "grants": access.check_cases,
    "offices": access.check_calls,
    "chains": history.check_chains,
    "states": history.check_states,
    "facts": facts.check,
    "parts": facts.check_parts,
    "submissions": papers.check_submissions,
    "reports": papers.check_reports,
    "sheets": papers.check_sheets,
    "files": papers.check_files,
    "letters": papers.check_letters,
    "issued": letters.check,
    "definitions": papers.check_definitions,
    "decisions": money.check_decisions,
    "budgets": money.check_budgets,
    "numbers": money.check_numbers,
}


def check(report: Callable[[str], object] = lambda name: None) -> Iterator[Fault]:
    """Run every check on one unmoving picture of the database. `report` hears the name of each as it begins."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:  # others go on writing meanwhile, and two tables read at two moments would seem to disagree
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for name, run in CHECKS.items():
            report(name)
            yield from run()
