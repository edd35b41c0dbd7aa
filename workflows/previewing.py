"""The letter that a proposal would make, before it is handed in."""

from typing import Any

from django.db import transaction
from pydantic import ValidationError

from grants.decisions.models import Decision
from grants.letters.data import Language
from grants.letters.decision import render_decision
from grants.letters.text import TextTooLongError
from grants.organisations.models import Person
from workflows.commands.base import run
from workflows.papers import letter_data


class NoLetterError(Exception):
    """A name or a text does not fit in the letter."""


def letter_of(command: str, actor: Person, pk: int, data: dict[str, Any], language: Language) -> bytes:
    """The proposal is made by its own command and undone, so that what is shown is what would come of it; the same refusals
    stand in its way. Drawn afterwards: nobody waits for a lock meanwhile.

    Raises what `run` does, and NoLetterError.
    """
    try:
        with transaction.atomic():
            event = run(command, actor, pk, **data)
            said = letter_data(Decision.objects.get(pk=event.data["decision"]), language)
            transaction.set_rollback(True)
        return render_decision(said, language, preview=True).content
    except (ValidationError, TextTooLongError):
        raise NoLetterError from None


def letter_of_proposal(decision: Decision, language: Language) -> bytes:
    """The letter of a proposal that has been handed in, marked as a preview; nothing is stored. Raises NoLetterError."""
    try:
        return render_decision(letter_data(decision, language), language, preview=True).content
    except (ValidationError, TextTooLongError):
        raise NoLetterError from None
