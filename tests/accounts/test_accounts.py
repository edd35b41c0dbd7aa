"""Signing up and signing in: by e-mail, with a second factor for staff, whatever the mail server does."""

from urllib.parse import urlencode

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from grants.organisations.models import Person
from tests.factories import World
from workflows import jobs

SIGN_UP = {"name": "Nya Sökande", "email": "Ny@exempel.invalid", "password1": "en lång och egen mening"}


@pytest.fixture(autouse=True)
def no_tries_so_far() -> None:
    """The limits on tries are counted in the cache, which outlives a test."""
    cache.clear()


def confirm(client: Client, body: str) -> None:
    address = next(word for word in body.split() if "/konto/" in word)
    client.post("/konto/" + address.split("/konto/")[1])


@pytest.mark.django_db
def test_somebody_new_signs_up_and_in(client: Client) -> None:
    assert client.post(reverse("account_signup"), SIGN_UP).status_code == 302
    person = Person.objects.get(email="ny@exempel.invalid")
    assert person.name == "Nya Sökande"
    confirm(client, mail.outbox[0].body)
    client.logout()
    answer = client.post(reverse("account_login"), {"login": "NY@exempel.invalid", "password": SIGN_UP["password1"]})
    assert answer.status_code == 302
    assert client.get(reverse("my_cases")).status_code == 200


@pytest.mark.django_db
def test_a_mail_server_that_is_down_does_not_stop_a_sign_up(client: Client, settings: pytest.FixtureRequest) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens
    assert client.post(reverse("account_signup"), SIGN_UP).status_code == 302
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert jobs.run_pending() == 1
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == ["ny@exempel.invalid"]
    assert "/konto/" in mail.outbox[0].body


@pytest.mark.django_db
def test_staff_reach_nothing_before_they_have_a_second_factor(world: World, client: Client) -> None:
    client.force_login(world.sara, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("cases"))
    assert answer.status_code == 302
    assert answer.url == reverse("mfa_activate_totp")


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["name", "email"])
@pytest.mark.parametrize("value", ["\x00", "\ud800x", "a" * 5000, "<script>", "\u202e", ""])
def test_odd_input_is_answered_at_the_field(client: Client, field: str, value: str) -> None:
    typed = urlencode(SIGN_UP | {field: value}, errors="surrogatepass")
    answer = client.post(reverse("account_signup"), typed, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (200, 302)
