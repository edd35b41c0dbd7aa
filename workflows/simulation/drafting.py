"""Filling an application so that it passes every rule of its call, from the call's own definition."""

import random
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import yaml

from grants.applications.agreements import disagreements, months_between, value_of
from grants.applications.answers import Value, fault, save_answer
from grants.applications.checklist import contents
from grants.applications.models import Answer, Application, Attachment, Party
from grants.budgets import sheets
from grants.models import StoredFile
from grants.money import ORE_PER_KRONA, kronor, share_of
from grants.organisations.models import Person
from grants.programmes.definition import BudgetRules, CallDefinition, PartyRole, PartyRule
from grants.programmes.questions import Asked, Question
from workflows.commands.base import run
from workflows.models import Invitation
from workflows.simulation.people import organisation

EXAMPLES = Path(__file__).with_name("examples.yaml")


@cache
def examples() -> dict[str, Any]:
    """Example titles and answers by question id, for demonstrations."""
    return dict(yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))) if EXAMPLES.exists() else {}


@cache
def pdf_of(pages: int) -> bytes:
    """A small, readable PDF."""
    import io

    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def fill(case: Application, person: Person, rng: random.Random, first_organisation: int, title: str = "") -> None:
    """Make a draft complete: basics, parties, answers, budget, files; partners confirm by their links if the call asks."""
    definition = case.definition
    titles = examples().get("titles") or ["Exempelprojekt"]
    case.title = title or titles[rng.randrange(len(titles))]
    case.starts_on, case.ends_on = project_dates(definition, rng)
    case.save(update_fields=["title", "starts_on", "ends_on"])
    add_parties(case, definition, first_organisation)
    fill_budget(case, definition, rng)
    answer_all(case, person, rng)  # after what conditions can ask about
    agree(case, person)
    for rule in definition.files:
        if rule.required:
            file = StoredFile.keep(pdf_of(2), "application/pdf")
            Attachment.objects.update_or_create(
                application=case,
                rule=rule.id,
                defaults={"file": file, "name": f"{rule.id}.pdf", "pages": 2, "uploaded_by": person},
            )
    if definition.stages.partner_confirmation:
        confirm_partners(case, person)


def project_dates(definition: CallDefinition, rng: random.Random) -> tuple[date, date]:
    """A start and an end that the call allows."""
    project = definition.project
    start = project.earliest_start + timedelta(
        days=rng.randrange((project.latest_start - project.earliest_start).days + 1)
    )
    end = min(project.latest_end, start + timedelta(days=project.max_months * 30))
    while months_between(start, end) > project.max_months:
        end -= timedelta(days=1)
    return start, end


def add_parties(case: Application, definition: CallDefinition, first: int) -> None:
    """As many parties as the call asks for at least, and two at least, each of a kind that may take part."""
    Party.objects.filter(application=case, signatory_email="").update(
        signatory_name="Firmatecknare Exempel", signatory_email="firmatecknare@exempel.invalid"
    )
    rule = definition.rule_for(PartyRole.PARTICIPANT)
    if rule is None:
        return
    wanted = max(rule.least, 2, definition.need_owners - 1)
    for i in range(min(wanted, rule.most)):
        owner = i < definition.need_owners - 1
        body = organisation(first + i, _kind(rule, i, owner))
        Party.objects.get_or_create(
            application=case,
            organisation=body,
            defaults={
                "role": PartyRole.PARTICIPANT,
                "is_need_owner": owner,
                "position": i + 1,
                "contact_name": "Kontaktperson Exempel",
                "contact_email": f"kontakt-{body.number[-4:]}@exempel.invalid",
                "signatory_name": body.signatory_name,
                "signatory_email": body.signatory_email,
            },
        )


def _kind(rule: PartyRule, i: int, need_owner: bool) -> str:
    """Need owners are public bodies or associations; the others take turns."""
    kinds = [str(k) for k in rule.kinds]
    return kinds[0] if need_owner else kinds[(i + 3) % len(kinds)]


def answer_all(case: Application, person: Person, rng: random.Random) -> None:
    """Answer every question that is shown."""
    parties = list(case.parties.all())
    for question in case.definition.questions():
        for party in parties if question.per_party else [None]:
            if question.show_if is None or contents(case).shown.has(question, party.pk if party else None):
                save_answer(case, question, party.pk if party else None, answer_to(question, rng), person, None)


def answer_to(question: Asked, rng: random.Random) -> Any:
    """A plausible answer of the question's kind."""
    match question.kind:
        case "table" if isinstance(question, Question):
            count = min(question.most_rows, max(question.least_rows, 2))
            return [{c.id: answer_to(c, rng) for c in question.columns} for _n in range(count)]
        case "yesno":
            return rng.choice(["yes", "no"])
        case "choice":
            return rng.choice(question.options).id
        case "choices":
            return [o.id for o in question.options if rng.random() < 0.6] or [question.options[0].id]
        case "number" | "money":
            least, most = question.least or 0, question.most or 100
            return str(round(least + (most - least) * rng.random() / 4))
        case "date":
            return "2022-10-03"
    texts = (examples().get("answers") or {}).get(question.id) or examples().get("fallback") or ["Vi prövar och lär."]
    return str(rng.choice(texts))[: question.length_limit]


def fill_budget(case: Application, definition: CallDefinition, rng: random.Random) -> None:
    """Budgets within every rule, for about nine tenths of what may be asked for."""
    parties = list(case.parties.all())
    rules = definition.budget
    assert case.starts_on is not None
    assert case.ends_on is not None
    years = list(range(case.starts_on.year, case.ends_on.year + 1))
    target = _grant(definition, rng)
    shares = [3, *([1] * (len(parties) - 1))]
    asked = [target * weight // sum(shares) // kronor(1000) * kronor(1000) for weight in shares]
    asked[0] += target - sum(asked)
    for party, applied in zip(parties, asked, strict=True):
        total = -(-applied * 10_000 // max(rules.max_share_bp - 500, 1000))
        costs = spread_costs(rules, total, years)
        sheets.write(case.pk, party.pk, costs, min(applied, share_of(sum(costs.values()), rules.max_share_bp)))


def _grant(definition: CallDefinition, rng: random.Random) -> int:
    """What to ask for: in öre, no less and no more than the call and its checks allow."""
    rules = definition.budget
    wanted = kronor(round(rules.max_grant * rng.uniform(0.7, 0.92) / 1000) * 1000)
    low, high = kronor(rules.min_grant), rules.max_grant_ore
    for check in definition.checks:
        if check.left == "budget.applied" and not isinstance(check.right, str):
            bound = round(check.right * ORE_PER_KRONA)
            more = kronor(1) if check.relation in ("before", "after") else 0
            low = max(low, bound + more) if check.relation in ("at_least", "after", "equal") else low
            high = min(high, bound - more) if check.relation in ("at_most", "before", "equal") else high
    return min(max(wanted, low), high)


def agree(case: Application, person: Person) -> None:
    """Change answers until the call's checks hold: each that does not takes the other side's value, or the next to it."""
    for _round in case.definition.checks:  # one may upset another
        found = contents(case)
        for check in disagreements(found):
            for name, other, nearer in ((check.left, check.right, 1), (check.right, check.left, -1)):
                question_id, _dot, column = str(name).partition(".")
                question, wanted = case.definition.question(question_id), value_of(other, found)
                if question is None or wanted is None:
                    continue
                value = _moved(wanted, {"after": nearer, "before": -nearer}.get(check.relation, 0))
                if column or not fault(question, value):
                    _give(case, question, column, value, person)
                    break


def _moved(value: Value, by: int) -> str:
    return (value + timedelta(days=by)).isoformat() if isinstance(value, date) else f"{value + by:f}"


def _give(case: Application, question: Question, column: str, value: str, person: Person) -> None:
    """The value as the answer, or as the sum of a table's column."""
    row = Answer.objects.get(application=case, question=question.id, party=None)
    given: Any = value
    if column and row.value:
        share = Decimal(value) / len(row.value)
        given = [{**cells, column: f"{share.quantize(Decimal('0.01'), ROUND_FLOOR):f}"} for cells in row.value]
        rest = Decimal(value) - sum(Decimal(cells[column]) for cells in given[1:])
        given[0][column] = f"{rest:f}"
    save_answer(case, question, None, given, person, row.version)


def spread_costs(rules: BudgetRules, total: int, years: list[int]) -> dict[tuple[str, int], int]:
    """A party's total over cost types and years: mostly the first type, and every capped type well below its cap."""
    parts = {c.id: 0.04 for c in rules.cost_types}
    first = rules.cost_types[0].id
    for cap in rules.caps:
        parts[cap.cost] = min(parts[cap.cost], cap.percent / 100 * 0.5)
    parts[first] = 1 - sum(share for kind, share in parts.items() if kind != first)
    return {
        (kind, year): round(total * share / len(years)) // kronor(100) * kronor(100)
        + (kronor(100) if kind == first else 0)
        for kind, share in parts.items()
        for year in years
        if share
    }


def confirm_partners(case: Application, person: Person) -> None:
    """Each partner is asked, and confirms by its link."""
    for party in case.parties.exclude(role=PartyRole.COORDINATOR).filter(confirmed_at=None):
        run("invite_party", person, party)
        link = Invitation.objects.get(purpose=Invitation.Purpose.CONFIRM, subject_id=party.pk, ended_at=None)
        run("confirm_part", None, party, link=link, name=party.signatory_name, confirm=True)
