"""Ways in and ways round that a hostile reader found, each closed and kept closed by a test."""

import io
import logging
import os
import re
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal

import pikepdf
import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.test import Client
from django.urls import reverse

from config.logs import WithoutPersonalData
from grants import clock, money
from grants.applications import pdf
from grants.applications.models import CaseMember, CaseState
from grants.organisations.models import Deputy
from grants.refusal import NotVisible
from tests.factories import World
from workflows import rights
from workflows.commands import run
from workflows.commands.calls import give_office
from workflows.matrix import Role
from workflows.models import Notice, Task
from workflows.queries.turns import mine
from workflows.simulation import life, people

S = CaseState


def with_factor(client: Client) -> Client:
    session = client.session
    session["second_factor"] = True
    session.save()
    return client


class TestParties:
    """What was not submitted again does not count: neither parties nor who answers for them."""

    def test_parties_of_a_dropped_copy_are_as_submitted(self, world: World) -> None:
        case = world.submitted()
        stood = list(case.parties.order_by("pk").values_list("pk", "signatory_email", "is_need_owner"))
        added = people.organisation(77, "company")
        run("unlock", world.karin, case)
        first = case.parties.get(role="coordinator")
        first.signatory_email, first.confirmed_name = "angripare@exempel.invalid", "Ingen"
        first.save()
        case.parties.create(organisation=added, role="participant", position=9)
        run("drop_copy", world.karin, case)
        assert list(case.parties.order_by("pk").values_list("pk", "signatory_email", "is_need_owner")) == stood

    def test_a_party_that_was_taken_away_comes_back_with_its_budget(self, world: World) -> None:
        case = world.draft()
        party = case.parties.exclude(role="coordinator").first()
        if party is None:
            pytest.skip("the draft has one party")
        life.submit(case, world.karin)
        stood = dict(case.cost_lines.values_list("party", "amount_ore"))
        run("unlock", world.karin, case)
        case.parties.get(pk=party.pk).delete()
        run("drop_copy", world.karin, life.fresh(case))
        assert case.parties.get(pk=party.pk).organisation_id == party.organisation_id
        assert dict(case.cost_lines.values_list("party", "amount_ore")) == stood

    def test_whoever_acted_for_an_added_party_sees_the_case_no_longer(self, world: World) -> None:
        case = world.submitted()
        run("unlock", world.karin, case)
        party = case.parties.create(organisation=people.organisation(77, "company"), role="participant", position=9)
        paul = people.make_person("paul", "Paul Part")
        CaseMember.objects.create(application=case, person=paul, party=party, right=CaseMember.Right.PARTY)
        rights.settle(case)
        assert rights.roles_on_case(paul, case) == {Role.PARTNER}
        run("drop_copy", world.karin, life.fresh(case))
        assert rights.roles_on_case(paul, life.fresh(case)) == frozenset()


class TestOwnCase:
    """An office gives nothing in a case that one applies in oneself."""

    def test_an_officer_who_applies_is_an_applicant_only(self, world: World, sign_in) -> None:
        give_office(world.call(), world.karin, "handle_call")
        give_office(world.call(), world.karin, "decide_call")
        case = world.case(S.PROPOSED)
        assert rights.roles_on_case(world.karin, case) == {Role.APPLICANT}
        client = with_factor(sign_in(world.karin))
        page = client.get(reverse("case", args=[case.pk])).content.decode()
        assert "Mira Dahl" not in page
        assert "förslag till beslut" not in page
        assert client.get(reverse("letter_preview", args=[case.pk, "sv"])).status_code == 404
        assert case.title not in client.get(reverse("cases")).content.decode()
        assert case.title not in client.get(reverse("inbox")).content.decode()
        assert not Notice.objects.filter(case=case, person=world.karin, kind__in=("propose", "end_assessment")).exists()

    def test_a_reviewer_who_gets_an_office_sees_no_more_of_the_case(self, world: World, sign_in) -> None:
        case = world.case(S.ASSESSING)
        world.assigned(case, "mira", "tove", "hugo")
        give_office(world.call(), world.mira, "handle_call")
        assert rights.roles_on_case(world.mira, case) == {Role.REVIEWER}
        client = with_factor(sign_in(world.mira))
        for name in ("case", "preview"):
            assert client.get(reverse(name, args=[case.pk])).status_code == 404
        others = case.assignments.exclude(reviewer=world.mira).first()
        with pytest.raises(NotVisible):
            run("remove_reviewer", world.mira, others, reason="Nej.")

    def test_a_case_is_not_handed_over_to_its_applicant(self, world: World, sign_in) -> None:
        give_office(world.call(), world.karin, "handle_call")
        case = world.submitted()
        client = with_factor(sign_in(world.sara))
        answer = client.post(reverse("act", args=["hand_over", case.pk]), {"colleague": world.karin.pk, "key": "k"})
        assert answer.status_code == 422


def test_a_deputy_sees_only_turns_of_calls_that_they_handle_too(world: World) -> None:
    case = world.case(S.ASSESSED)
    outsider = people.make_person("utan", "Utan Uppdrag")
    for deputy in (outsider, world.jonas):
        Deputy.objects.create(
            person=world.sara,
            deputy=deputy,
            since=clock.now() - timedelta(days=1),
            until=clock.now() + timedelta(days=1),
        )
    assert Task.objects.filter(mine(world.jonas), case=case).exists()
    assert not Task.objects.filter(mine(outsider)).exists()


class TestSecondFactor:
    """That a person has a second factor says nothing of the session that has only their password."""

    def test_a_session_without_it_is_asked_for_it(self, world: World, client: Client) -> None:
        client.force_login(world.sara, backend="django.contrib.auth.backends.ModelBackend")
        TOTP.activate(world.sara, "JBSWY3DPEHPK3PXP")
        answer = client.get(reverse("cases"))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("mfa_reauthenticate"))
        page = client.get(answer["Location"])
        assert page.status_code == 200
        client.post(answer["Location"], {"code": "000000"})
        assert client.get(reverse("cases")).status_code == 302

    def test_a_session_that_has_used_it_goes_on(
        self, world: World, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client.force_login(world.sara, backend="django.contrib.auth.backends.ModelBackend")
        TOTP.activate(world.sara, "JBSWY3DPEHPK3PXP")
        monkeypatch.setattr(TOTP, "validate_code", lambda self, code: True)
        onward = client.get(reverse("cases"))["Location"]
        assert client.post(onward, {"code": "123456"})["Location"] == reverse("cases")
        assert client.get(reverse("cases")).status_code == 200

    def test_whoever_takes_it_away_needs_a_new_one(self, world: World, sign_in) -> None:
        client = with_factor(sign_in(world.sara))
        assert client.get(reverse("cases")).status_code == 200
        client.get(reverse("mfa_index"))
        assert client.get(reverse("cases"))["Location"] == reverse("mfa_activate_totp")


class TestNumbers:
    @pytest.mark.parametrize("text", ["1e999999", "1e9999999", "-1e999999", "1e99999999999999999999"])
    def test_an_exponent_beyond_reckoning_is_not_an_amount(self, text: str) -> None:
        with pytest.raises(ValueError, match="e"):
            money.read(text)
        assert money.read("12 000") == int(Decimal("12000") * 100)

    def test_a_key_of_thousands_of_digits_is_a_page_that_does_not_exist(self, world: World, sign_in) -> None:
        case = world.draft()
        client = sign_in(world.karin)
        answer = client.post(reverse("save_answer", args=[case.pk]), {"name": "x-" + "9" * 5000, "value": "x"})
        assert answer.status_code == 404

    def test_an_amount_in_the_budget_is_refused_at_its_field(self, world: World, sign_in) -> None:
        case = world.draft()
        party = case.parties.get(role="coordinator")
        address = reverse("workspace_step", args=[case.pk, "budget"])
        answer = sign_in(world.karin).post(address, {f"a-{party.pk}": "1e999999"})
        assert answer.status_code == 422


class TestFiles:
    def made(self, **root: object) -> bytes:
        with pikepdf.new() as made:
            made.add_blank_page()
            for name, value in root.items():
                made.Root[f"/{name}"] = value
            out = io.BytesIO()
            made.save(out)
        return out.getvalue()

    def test_a_script_far_down_a_chain_of_actions_is_not_let_in(self) -> None:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        for _n in range(pdf.DEEPEST + 5):
            action = pikepdf.Dictionary(S=pikepdf.Name.GoTo, Next=action)
        with pytest.raises(pdf.Unfit):
            pdf.pages_of(self.made(OpenAction=action))

    def test_a_form_with_scripts_of_its_own_is_not_let_in(self) -> None:
        form = pikepdf.Dictionary(Fields=pikepdf.Array(), XFA=pikepdf.Array())
        with pytest.raises(pdf.Unfit):
            pdf.pages_of(self.made(AcroForm=form))
        assert pdf.pages_of(self.made()) == 1


class TestLogs:
    def written(self, record: logging.LogRecord) -> str:
        WithoutPersonalData().filter(record)
        return logging.Formatter("%(message)s").format(record)

    def test_an_error_is_masked_like_the_message(self) -> None:
        try:
            raise ValueError("Key (email)=(nagon@exempel.se) already exists")
        except ValueError:
            record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", None, sys.exc_info())
        text = self.written(record)
        assert "nagon@exempel.se" not in text
        assert "ValueError" in text

    @pytest.mark.parametrize(
        "path", ["/konto/confirm-email/HEMLIG/", "/konto/password/reset/key/HEMLIG/", "/lank/HEMLIG/"]
    )
    def test_keys_in_addresses_are_masked(self, path: str) -> None:
        record = logging.LogRecord("x", logging.WARNING, __file__, 1, "Not Found: %s", (path,), None)
        assert "HEMLIG" not in self.written(record)


class TestStart:
    """A start that would give the house away is refused."""

    def start(self, **environment: str) -> str:
        names = ("ANSLAG_", "DATABASE_URL", "DJANGO_")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(names)}
        needed = {"DATABASE_URL": "postgres://x@127.0.0.1/x", "ANSLAG_SECRET_KEY": "x" * 60}
        made = subprocess.run(
            [sys.executable, "-c", "import config.settings"],
            cwd=settings.BASE_DIR,
            env={**clean, **needed, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return made.stderr

    def test_a_demo_whose_own_address_is_public(self) -> None:
        assert "ANSLAG_DEMO" in self.start(ANSLAG_DEMO="1", ANSLAG_BASE_URL="https://anslag.example")
        assert self.start(ANSLAG_DEMO="1", ANSLAG_BASE_URL="http://127.0.0.1:8000") == ""

    def test_the_tests_settings_in_production(self) -> None:
        assert "ANSLAG_TESTING" in self.start(ANSLAG_TESTING="1", ANSLAG_PRODUCTION="1")

    def test_production_without_https(self) -> None:
        hosts = {"ANSLAG_HOSTS": "anslag.example", "ANSLAG_PRODUCTION": "1", "ANSLAG_SEAL_KEY": "/etc/anslag/seal.p12"}
        assert "https" in self.start(ANSLAG_BASE_URL="http://anslag.example", **hosts)
        assert self.start(ANSLAG_BASE_URL="https://anslag.example", **hosts) == ""

    def test_production_without_a_seal(self) -> None:
        address = {"ANSLAG_BASE_URL": "https://anslag.example", "ANSLAG_HOSTS": "anslag.example"}
        assert "ANSLAG_SEAL_KEY" in self.start(ANSLAG_PRODUCTION="1", **address)
        assert self.start(ANSLAG_PRODUCTION="1", ANSLAG_SEAL_PKCS11="/usr/lib/token.so", **address) == ""


@pytest.mark.django_db
def test_a_party_that_has_confirmed_is_asked_again_when_its_part_changes(world: World, sign_in) -> None:
    case = world.draft("gemensamma-2023")
    party = case.parties.exclude(confirmed_at=None).first()
    client = sign_in(world.karin)
    page = client.get(reverse("workspace_step", args=[case.pk, "budget"])).content.decode()
    stamp = re.search(rf'name="s-{party.pk}" value="([^"]*)"', page)
    typed = {f"a-{party.pk}": "1 000", **({f"s-{party.pk}": stamp[1]} if stamp else {})}
    client.post(reverse("workspace_step", args=[case.pk, "budget"]), typed)
    party.refresh_from_db()
    assert party.applied_grant.amount_ore == 100_000
    assert party.confirmed_at is None
