"""Every verb of the house. Importing the package registers the commands."""

from workflows.commands import (
    applying,
    calls,
    checking,
    deadlines,
    deciding,
    hearing,
    members,
    organisations,
    parties,
    projects,
    publishing,
    reviewing,
)
from workflows.commands.base import COMMANDS, Act, Command, barred, prepare, refusals, run, why_not

__all__ = [
    "COMMANDS",
    "Act",
    "Command",
    "applying",
    "barred",
    "calls",
    "checking",
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
    "reviewing",
    "run",
    "why_not",
]
