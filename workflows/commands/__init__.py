"""Every verb of the house. Importing the package registers the commands."""

from workflows.commands import (
    applying,
    assessing,
    assigning,
    calls,
    checking,
    conflicts,
    deadlines,
    deciding,
    hearing,
    members,
    organisations,
    parties,
    projects,
    publishing,
)
from workflows.commands.base import COMMANDS, Act, Command, barred, prepare, refusals, run, why_not

__all__ = [
    "COMMANDS",
    "Act",
    "Command",
    "applying",
    "assessing",
    "assigning",
    "barred",
    "calls",
    "checking",
    "conflicts",
    "deadlines",
    "deciding",
    "hearing",
    "members",
    "organisations",
    "parties",
    "prepare",
    "projects",
    "publishing",
    "refusals",
    "run",
    "why_not",
]
