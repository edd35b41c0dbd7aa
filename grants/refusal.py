"""A guard's answer. A refused step says which rule, who can help and when it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """Why a command cannot be carried out now.

    `code` is stable and names the rule, `text` is for the person in their language, `helper` says who can help and
    `changes_at` when the answer may become another. `field` points at the field of the command's form, if one is to blame.
    """

    code: str
    text: str
    helper: str = ""
    changes_at: datetime | None = None
    field: str = ""
    link: str = ""


class Refused(Exception):  # noqa: N818 (a refusal is an answer, not an error of the program)
    """Raised by a command whose guards said no; carries every refusal, in order of weight."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(", ".join(r.code for r in refusals))
        self.refusals = tuple(refusals)


class NotVisible(Exception):  # noqa: N818 (the same answer as for something that does not exist)
    """The object does not exist for this person; a page answers 404."""

    def __init__(self, what: Any = None) -> None:
        super().__init__(type(what).__name__)
