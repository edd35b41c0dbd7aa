"""The two-minute check: may we apply? The answers travel in the address and are stored nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from grants.cleaning import clean_line
from grants.programmes.consistency import NO, YES
from grants.programmes.definition import CallDefinition, Eligibility


@dataclass(frozen=True)
class Checked:
    """A question of the check and what was answered: 'yes', 'no' or nothing."""

    rule: Eligibility
    answer: str

    @property
    def path(self) -> str:
        """Where the question stands in the definition, for the demo mark."""
        return f"eligibility.{self.rule.id}"

    @property
    def glyph(self) -> str:
        """The shape of the answer."""
        return {YES: "done", NO: "stop"}.get(self.answer, "empty")


@dataclass(frozen=True)
class Check:
    """The whole check. Yes lets the applicant go on; one no is enough to stop."""

    questions: list[Checked]

    @property
    def begun(self) -> bool:
        """Whether anything has been answered."""
        return any(q.answer for q in self.questions)

    @property
    def refused(self) -> list[Checked]:
        """The questions that stand in the way."""
        return [q for q in self.questions if q.answer == NO]

    @property
    def left(self) -> int:
        """How many questions have no answer."""
        return sum(not q.answer for q in self.questions)

    @property
    def passed(self) -> bool:
        """Whether every question has the answer yes."""
        return bool(self.questions) and all(q.answer == YES for q in self.questions)


def check(definition: CallDefinition, given: Mapping[str, str]) -> Check:
    """The check with the answers of a query string; anything but yes and no counts as no answer."""
    questions = []
    for rule in definition.eligibility:
        answer = clean_line(given.get(rule.id, ""))
        questions.append(Checked(rule, answer if answer in (YES, NO) else ""))
    return Check(questions)
