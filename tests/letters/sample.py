"""Letters to test with: invented organisations, people and amounts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from grants.letters.data import (
    Authority,
    DecisionLetter,
    Earlier,
    GrantLine,
    Organisation,
    Passage,
    Payment,
    Receipt,
    Repayment,
    RepaymentTerms,
    ReportDue,
)

AUTHORITY = Authority(
    name="Innovationsmyndigheten (exempel)",
    short_name="Innovationsmyndigheten",
    orgnr="202100-0000",
    address=("Exempelgatan 1", "100 00 Stockholm"),
    contact="08-000 00 00, registrator@letters.example",
)

_LINES = (
    GrantLine(
        party_name="Björkdala kommun", orgnr="212000-0001", role="Koordinator",
        max_amount_ore=44_000_000, intensity_bp=7_800, aid_basis="Inte statsstöd",
    ),
    GrantLine(
        party_name="Föreningen Lillåns Grannar", orgnr="802400-0002", role="Behovsägare",
        max_amount_ore=10_000_000, intensity_bp=9_000, aid_basis="Inte statsstöd",
    ),
    GrantLine(
        party_name="Norrsken Analys AB", orgnr="556000-0003", role="Projektpart",
        max_amount_ore=4_000_000, intensity_bp=5_000, aid_basis="Stöd av mindre betydelse",
    ),
)  # fmt: skip

_GRANT: dict[str, Any] = {
    "lines": _LINES,
    "start": date(2023, 12, 1),
    "end": date(2024, 11, 30),
    "payments": (
        Payment(when="december 2023", condition="När alla parter har godkänt villkoren", amount_ore=34_800_000),
        Payment(when="juni 2024", condition="När årsrapporten är godkänd", amount_ore=11_600_000),
        Payment(
            when="januari 2025",
            condition="Efter slutrapport, lägsta av maxbelopp och verklig kostnad",
            amount_ore=11_600_000,
        ),
    ),
    "reports": (
        ReportDue(title="Årsrapport", due=date(2024, 5, 31)),
        ReportDue(title="Slutrapport och ekonomisk redovisning", due=date(2024, 12, 31)),
    ),
    "special_conditions": (
        "Lösningen ska beskrivas så att andra kommuner kan återanvända den, och beskrivningen ska publiceras öppet.",
        "Personuppgifter om barn får inte användas för träning.",
    ),
    "general_conditions": (
        "Allmänna villkor för bidrag gäller för samtliga projektparter och är en del av beslutet.",
        "Ändringar av budget, projekttid eller projektledare ska godkännas innan de genomförs.",
        "Myndigheten ska anges som finansiär när projektet presenteras.",
        "Om villkoren inte följs kan bidraget helt eller delvis krävas tillbaka.",
    ),
    "acceptance_due": date(2023, 12, 15),
}

KINDS = (
    "grant", "rejection", "formal_rejection", "written_off", "reserve", "change", "withdrawal", "recovery",
)  # fmt: skip
LANGUAGES = ("sv", "en")
WITH_TABLES = ("grant", "change", "withdrawal", "recovery")

EARLIER = Earlier(
    version=1,
    decided_at=datetime(2023, 11, 13, 9, 20, 5, tzinfo=UTC),
    lines=(
        *_LINES[:2],
        GrantLine(
            party_name="Sydkusten Data AB", orgnr="556000-0004", role="Projektpart",
            max_amount_ore=6_000_000, intensity_bp=5_000, aid_basis="Stöd av mindre betydelse",
        ),
    ),
)  # fmt: skip

_CHANGED = tuple(
    line.model_copy(update={"max_amount_ore": 41_000_000, "intensity_bp": 7_000})
    if line.role == "Koordinator"
    else line
    for line in _LINES
)

HOW_TO_APPEAL = Passage(
    text="Beslutet får överklagas till förvaltningsrätten. Skriv vilket beslut ni överklagar och varför det är fel. "
    "Skicka överklagandet till oss. Det ska ha kommit in inom tre veckor från den dag då ni fick del av beslutet.",
    verified=False,
)

_OWN: dict[str, dict[str, Any]] = {
    "grant": _GRANT,
    "reserve": {"reserve_place": 3},
    "change": _GRANT
    | {"lines": _CHANGED, "earlier": EARLIER, "version": 2, "decided_at": datetime(2024, 3, 4, 13, tzinfo=UTC)},
    "withdrawal": {
        "earlier": EARLIER,
        "version": 2,
        "appeal": HOW_TO_APPEAL,
        "legal_ground": "Ett bidrag som har beviljats på oriktiga uppgifter får upphävas.",
        "decided_at": datetime(2024, 3, 4, 13, tzinfo=UTC),
    },
    "recovery": {
        "earlier": EARLIER,
        "version": 3,
        "repayments": (
            Repayment(
                party_name="Björkdala kommun", orgnr="212000-0001", role="Koordinator",
                amount_ore=26_400_000, paid_ore=26_400_000,
            ),
            Repayment(
                party_name="Norrsken Analys AB", orgnr="556000-0003", role="Projektpart",
                amount_ore=1_250_050, paid_ore=2_400_000,
            ),
        ),
        "repayment": RepaymentTerms(
            due=date(2024, 5, 31), account="Bankgiro 000-0000", reference="EX 2023-00017, återkrav 1"
        ),
        "appeal": HOW_TO_APPEAL,
        "legal_ground": Passage(text="Bidrag som har betalats ut utan rätt krävs tillbaka.", verified=False),
        "decided_at": datetime(2024, 4, 22, 13, tzinfo=UTC),
    },
}  # fmt: skip

_REASONS = {
    "grant": (
        (
            "Projektet bygger på stora och välskötta data, har utpekade mottagare i två enheter och en trovärdig plan för "
            "att jämföra nyttan med dagens arbetssätt. Bidraget sänks med 10 000 kr eftersom en licens redan finns i "
            "kommunen."
        ),
        "Bedömarna framhåller att arbetssättet kan spridas till fler kommuner utan nya upphandlingar.",
    ),
    "rejection": (
        (
            "Ansökan visar ett angeläget behov men beskriver inte vilka data som finns eller vem som ska använda "
            "lösningen. Andra ansökningar bedömdes bättre mot kriteriet genomförbarhet."
        ),
    ),
    "formal_rejection": (
        (
            "Ansökan undertecknades inte av en behörig företrädare före den 20 september 2023 kl. 14.00, trots att ni fick "
            "tillfälle att komplettera den."
        ),
    ),
    "written_off": ("Ni återkallade er ansökan den 2 oktober 2023. Det finns därför inget kvar att pröva.",),
    "reserve": (
        "Ansökan bedömdes vara tillräckligt bra för ett bidrag, men utlysningens budget räcker inte till alla sådana.",
    ),
    "change": (
        "Ni har begärt att Norrsken Analys AB ska ersätta Sydkusten Data AB, som har lämnat projektet. Kommunens del minskar "
        "eftersom en av enheterna inte längre deltar.",
    ),
    "withdrawal": (
        "Kommunen har meddelat att projektet inte kommer att genomföras. Förutsättningarna för bidraget finns inte längre.",
        "Ni har fått tillfälle att yttra er och har inte haft något att invända.",
    ),
    "recovery": (
        "Projektet har avslutats i förtid. Det som har betalats ut men inte använts till kostnader som godkänns ska betalas "
        "tillbaka.",
        "Ni har fått tillfälle att yttra er. Det ni har anfört ändrar inte bedömningen.",
    ),
}


def decision(kind: str = "grant", **changes: Any) -> DecisionLetter:
    """A complete decision of the kind, with ``changes`` on top."""
    values: dict[str, Any] = {
        "authority": AUTHORITY,
        "number": "EX 2023-00017",
        "decided_at": datetime(2023, 11, 13, 9, 20, 5, tzinfo=UTC),
        "kind": kind,
        "project_title": "Rätt ärende till rätt handläggare",
        "call_title": "Starta er AI-resa 2023",
        "call_number": "EX 2023-00001",
        "programme_title": "Kraftsamling för AI i kommuner och civilsamhälle",
        "coordinator": Organisation(
            name="Björkdala kommun", orgnr="212000-0001", address=("Storgatan 2", "900 00 Björkdala")
        ),
        "signatory": "Lars Åkesson",
        "project_manager": "Karin Holm",
        "officer": "Sara Lindqvist",
        "decider": "Eva Norling",
        "decider_title": "enhetschef",
        "participants": ("Mikael Sjöö", "Amina Yusuf"),
        "reasons": _REASONS[kind],
        "legal_ground": "Förordning (2009:1101) med instruktion för myndigheten. Stöd av mindre betydelse lämnas "
        "enligt kommissionens förordning (EU) nr 1407/2013.",
        "appeal": "Beslutet får inte överklagas. "
        "Ett beslut om återkrav får överklagas till allmän förvaltningsdomstol.",
        "notice_to": ("Karin Holm, projektledare", "Lars Åkesson, firmatecknare", "Norrsken Analys AB"),
        "verify_url": "https://letters.example/kontroll/EX-2023-00017",
        "example": True,
    }
    return DecisionLetter.model_validate(values | _OWN.get(kind, {}) | changes)


def receipt(**changes: Any) -> Receipt:
    """A complete receipt, with ``changes`` on top."""
    values: dict[str, Any] = {
        "authority": AUTHORITY,
        "number": "EX 2023-00017",
        "call_title": "Starta er AI-resa 2023",
        "project_title": "Rätt ärende till rätt handläggare",
        "coordinator_name": "Björkdala kommun",
        "coordinator_orgnr": "212000-0001",
        "received_at": datetime(2023, 9, 20, 11, 59, 58, tzinfo=UTC),
        "submission_number": 2,
        "answers_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "submitted_by": "Karin Holm",
        "parties": ("Björkdala kommun", "Föreningen Lillåns Grannar", "Norrsken Analys AB"),
        "applied_ore": 59_000_050,
        "example": True,
    }
    return Receipt.model_validate(values | changes)
