"""Applications at every limit of their call and one step beyond it: what is tried in a dry run, and what should come of it.

Each probe changes a complete draft in one respect. It is made from the call's definition, so a new call brings its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from grants.applications.agreements import months_between
from grants.applications.models import Application, Party
from grants.budgets import sheets
from grants.money import kronor
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Organisation
from grants.programmes.definition import BudgetRules, CallDefinition, Cap, PartyRole, PartyRule, ProjectRules
from grants.programmes.models import Call
from grants.programmes.questions import Question
from workflows.simulation import answering
from workflows.simulation.people import organisation

Change = Callable[[Application], object]
ACCEPTED = ""
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
KRONA = kronor(1)
SMALL = kronor(1000)  # what each other party's part costs


@dataclass(frozen=True)
class Probe:
    """One change and what a submission then meets: acceptance, or a refusal with the code `expects`."""

    name: str
    expects: str
    change: Change
    at: datetime | None = None  # when it is submitted, unless at once


def probes(call: Call, first_organisation: int) -> list[Probe]:
    """Every boundary of the call and every step beyond one, in the order of an application's parts."""
    definition = call.definition
    return [
        *_window(call),
        *_basics(definition.project),
        *(probe for question in definition.questions() for probe in _question(definition, question)),
        *(p for rule in definition.parties for p in _parties(definition, rule, first_organisation)),
        *_budget(definition.budget),
        *_files(definition),
    ]


def _nothing(case: Application) -> None:
    """The application as it is."""


def _window(call: Call) -> Iterator[Probe]:
    assert call.opens_at is not None
    yield Probe("submitted a second before the call opens", "not_open", _nothing, call.opens_at - SECOND)
    for cutoff in call.definition.window.cutoffs:
        yield Probe(f"submitted a second before the cut-off of {cutoff:%Y-%m-%d}", ACCEPTED, _nothing, cutoff - SECOND)
    if call.closes_at is not None:
        yield Probe("submitted a second before the call closes", ACCEPTED, _nothing, call.closes_at - SECOND)
        yield Probe("submitted as the call closes", "closed", _nothing, call.closes_at)


def _basics(rules: ProjectRules) -> Iterator[Probe]:
    def dates(start: date, end: date) -> Change:
        def change(case: Application) -> None:
            Application.objects.filter(pk=case.pk).update(starts_on=start, ends_on=end)

        return change

    first, last = rules.earliest_start, rules.latest_start
    yield Probe("no title", "incomplete_title", lambda c: Application.objects.filter(pk=c.pk).update(title=""))
    yield Probe("project starts on the first day", ACCEPTED, dates(first, longest_end(rules, first)))
    yield Probe("project starts before the first day", "incomplete_start", dates(first - DAY, first + 20 * DAY))
    if last + DAY < longest_end(rules, last):
        yield Probe("project starts on the last day", ACCEPTED, dates(last, longest_end(rules, last)))
    yield Probe("project starts after the last day", "incomplete_start", dates(last + DAY, last + 20 * DAY))
    yield Probe("project ends when it starts", "incomplete_end", dates(first, first))
    yield Probe("project ends after the last day", "incomplete_end", dates(last, rules.latest_end + DAY))
    end = longest_end(rules, first)
    if end < rules.latest_end:
        yield Probe("project is a month too long", "incomplete_length", dates(first, end + DAY))


def longest_end(rules: ProjectRules, start: date) -> date:
    """The last day of the longest project that starts on this day."""
    end = min(rules.latest_end, start + timedelta(days=31 * rules.max_months))
    while months_between(start, end) > rules.max_months:
        end -= DAY
    return end


def _question(definition: CallDefinition, question: Question) -> Iterator[Probe]:
    def answer(value: Any) -> Change:
        return lambda case: answering.give(case, question, value)

    def probe(name: str, value: Any, expects: str = ACCEPTED) -> Probe:
        return Probe(f"{question.id}: {name}", expects, answer(value))

    wrong = "incomplete_answer"
    if question.kind != "file":
        yield probe("no answer", None, wrong if question.required else ACCEPTED)
    match question.kind:
        case "short" | "long":
            yield probe(f"{question.length_limit} characters", "x" * question.length_limit)
            yield probe("one character too many", "x" * (question.length_limit + 1), wrong)
        case "number" | "money":
            if question.least is not None:
                yield probe(f"{question.least:g}", question.least)
                yield probe("less than the least", question.least - 1, wrong)
            if question.most is not None:
                yield probe(f"{question.most:g}", question.most)
                yield probe("more than the most", question.most + 1, wrong)
            yield probe("no number", "många", wrong)
            if question.kind == "money":
                yield probe("less than nothing", "-1", wrong)
        case "date":
            yield probe("no day", "2024-02-30", wrong)
        case "yesno":
            yield from (probe(value, value) for value in ("yes", "no"))
            yield probe("neither yes nor no", "kanske", wrong)
        case "choice":
            yield from (probe(option.id, option.id) for option in question.options)
            yield probe("no option", "-", wrong)
        case "choices":
            yield probe("every option", [option.id for option in question.options])
        case "table":
            for rows in {max(1, question.least_rows), question.most_rows}:
                yield probe(f"{rows} rows", answering.rows_of(question, rows))
            if question.least_rows > 1:
                yield probe("a row too few", answering.rows_of(question, question.least_rows - 1), wrong)


def _parties(definition: CallDefinition, rule: PartyRule, first: int) -> Iterator[Probe]:
    unfit = next((kind for kind in OrganisationKind if kind not in rule.kinds), None)
    if unfit is not None:
        name = f"{rule.role}: an organisation that may not have the role"
        yield Probe(name, "incomplete_kind", lambda case: _become(case, rule.role, unfit))
    if rule.role == PartyRole.COORDINATOR:
        yield Probe(
            "coordinator: no signatory",
            "incomplete_signatory",
            lambda case: case.parties.filter(role=rule.role).update(signatory_email=""),
        )
        return
    if rule.least > 0:
        yield Probe("a partner too few", "incomplete_too_few", lambda case: _resize(case, rule, rule.least - 1, first))
    if rule.least >= definition.need_owners - 1:
        yield Probe("the fewest partners", ACCEPTED, lambda case: _resize(case, rule, rule.least, first))
    yield Probe("the most partners", ACCEPTED, lambda case: _resize(case, rule, rule.most, first))
    yield Probe("a partner too many", "incomplete_too_many", lambda case: _resize(case, rule, rule.most + 1, first))
    if definition.need_owners > 0:
        yield Probe(
            "nobody has the need", "incomplete_need_owners", lambda case: case.parties.update(is_need_owner=False)
        )
    if definition.stages.partner_confirmation and rule.least > 0:
        yield Probe(
            "a partner has not confirmed",
            "incomplete_confirmation",
            lambda case: case.parties.filter(role=rule.role).update(confirmed_at=None),
        )


def _become(case: Application, role: PartyRole, kind: OrganisationKind) -> None:
    """The first organisation in this role turns out to be of another kind."""
    party = case.parties.filter(role=role).first()
    if party is not None:
        Organisation.objects.filter(pk=party.organisation_id).update(kind=kind)


def _add(case: Application, body: int, position: int) -> Party:
    made: Party = Party.objects.create(
        application=case,
        organisation_id=body,
        role=PartyRole.PARTICIPANT,
        position=position,
        contact_name="Kontaktperson Exempel",
        contact_email="kontakt@exempel.invalid",
        signatory_name="Firmatecknare Exempel",
        signatory_email=f"firmatecknare-{position}@exempel.invalid",
    )
    return made


def _resize(case: Application, rule: PartyRule, wanted: int, first: int) -> None:
    """So many partners, each with answers, a small budget and, if the call asks, a confirmation."""
    partners = list(case.parties.filter(role=rule.role))
    for party in partners[wanted:]:
        party.delete()
    for n in range(len(partners), wanted):
        party = _add(case, organisation(first + n, rule.kinds[0]).pk, n + 1)
        sheets.write(case.pk, party.pk, _cost(case, SMALL), 0)
    answering.complete(case)


def _cost(case: Application, ore: int) -> dict[tuple[str, int], int]:
    """An amount on the cost type that has no ceiling."""
    assert case.starts_on is not None
    return {(free_type(case.definition.budget) or case.definition.budget.cost_types[0].id, case.starts_on.year): ore}


def free_type(rules: BudgetRules) -> str | None:
    """A cost type without a ceiling of its own."""
    capped = {cap.cost for cap in rules.caps}
    return next((c.id for c in rules.cost_types if c.id not in capped), None)


def _budget(rules: BudgetRules) -> Iterator[Probe]:
    def asks(applied: int, cost: int) -> Change:
        return lambda case: _write(case, applied, _cost(case, cost))

    ample = -(-rules.max_grant_ore * 10_000 // max(rules.max_share_bp, 1)) + SMALL
    most, least = rules.max_grant_ore, max(KRONA, kronor(rules.min_grant))
    yield Probe("no costs", "incomplete_budget_no_costs", lambda case: _write(case, least, {}))
    yield Probe("no grant asked for", "incomplete_budget_nothing_applied", asks(0, ample))
    if free_type(rules) is None:
        return  # no budget of one type can be right
    yield Probe("the largest grant", ACCEPTED, asks(most, ample))
    yield Probe("a krona above the largest grant", "incomplete_budget_max_grant", asks(most + KRONA, 2 * ample))
    yield Probe("the smallest grant", ACCEPTED, asks(least, ample))
    if rules.min_grant > 1:
        yield Probe("a krona below the smallest grant", "incomplete_budget_min_grant", asks(least - KRONA, ample))
    yield Probe("more than the costs", "incomplete_budget_more_than_cost", asks(least + KRONA, least))
    if rules.max_share_bp < 10_000:
        yield Probe("the largest share", ACCEPTED, lambda case: _at_share(case, 0))
        yield Probe("more than the largest share", "incomplete_budget_max_share", lambda case: _at_share(case, KRONA))
    for cap in rules.caps:
        yield from _cap(rules, cap, ample)


def _at_share(case: Application, less: int) -> None:
    """The largest grant with just the costs that its share asks for, or so much less."""
    rules = case.definition.budget
    needed = -(-rules.max_grant_ore * 10_000 // rules.max_share_bp)
    others = (case.parties.count() - 1) * SMALL if rules.share_of == "project" else 0
    _write(case, rules.max_grant_ore, _cost(case, needed - others - less))


def _cap(rules: BudgetRules, cap: Cap, ample: int) -> Iterator[Probe]:
    """A capped cost at its ceiling and a krona above, where the rest stands on the type that has none."""
    free = free_type(rules)
    if cap.of not in ("total", free):
        return
    whole = ample // kronor(10_000) * kronor(10_000) * 2
    part = whole * round(cap.percent * 100) // 10_000

    def costs(more: int) -> Change:
        def change(case: Application) -> None:
            assert case.starts_on is not None
            assert free is not None
            year = case.starts_on.year
            rest = whole - part - more if cap.of == "total" else whole
            _write(case, max(KRONA, kronor(rules.min_grant)), {(free, year): rest, (cap.cost, year): part + more})

        return change

    yield Probe(f"{cap.cost}: at its ceiling", ACCEPTED, costs(0))
    yield Probe(f"{cap.cost}: a krona above its ceiling", f"incomplete_budget_cap_{cap.cost}", costs(KRONA))


def _write(case: Application, applied: int, costs: dict[tuple[str, int], int]) -> None:
    """The coordinator asks for everything; every other party has a small part of its own."""
    for party in case.parties.all():
        if party.role == PartyRole.COORDINATOR:
            sheets.write(case.pk, party.pk, costs, applied)
        else:
            sheets.write(case.pk, party.pk, _cost(case, SMALL) if costs else {}, 0)


def _files(definition: CallDefinition) -> Iterator[Probe]:
    for rule in definition.files:
        yield Probe(
            f"without the file {rule.id}",
            "incomplete_attachment" if rule.required else ACCEPTED,
            lambda case, key=rule.id: case.attachments.filter(rule=key).delete(),  # type: ignore[misc]
        )
