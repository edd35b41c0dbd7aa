"""Staff sign in by two factors; and the checker of accessibility itself is checked."""

import re
import time
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth

from tests.browser.visitor import Visitor
from tests.factories import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "granskogens tysta stigar"


def code_now(secret: str) -> str:
    """What the app in the phone shows."""
    return str(auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30)))


def test_staff_set_up_a_second_factor_before_anything_else(visit: Callable[..., Visitor], world: World) -> None:
    world.sara.set_password(PASSWORD)
    world.sara.save()
    EmailAddress.objects.create(user=world.sara, email=world.sara.email, verified=True, primary=True)
    visitor = visit("staff").go("/konto/login/?next=/inkorg/")
    visitor.answer("login", world.sara.email)
    visitor.answer("password", PASSWORD)
    visitor.send()
    visitor.go("/arenden/")
    assert "/konto/reauthenticate/" in visitor.page.url  # what protects the account is changed by its holder only
    visitor.answer("password", PASSWORD)
    visitor.send()
    assert "/2fa/" in visitor.page.url
    found = re.search(r"\b[A-Z2-7]{32}\b", visitor.page.content())
    assert found is not None
    visitor.answer("code", code_now(found[0]))
    visitor.send()
    visitor.go("/inkorg/")
    visitor.answer("code", code_now(found[0]))  # that one has a second factor is not yet to have shown it
    visitor.send()
    assert visitor.page.url.endswith("/inkorg/")
    visitor.page.locator(".an-head__menu summary").click()
    visitor.click(visitor.page.locator("header").get_by_role("button", name="Logga ut"))
    visitor.go("/konto/login/?next=/inkorg/")
    visitor.answer("login", world.sara.email)
    visitor.answer("password", PASSWORD)
    visitor.send()
    assert visitor.page.locator('main [name="code"]').is_visible()


def test_the_checker_sees_faults(visit: Callable[..., Visitor]) -> None:
    visitor = visit("public")
    visitor.page.goto("/")
    visitor.page.locator("main").evaluate(
        "(e) => { e.innerHTML = '<img src=\"/static/anslag/favicon.svg\"><p>' + 'å'.repeat(500) + '</p>'; }"
    )
    visitor.examine()
    found, visitor.faults = "\n".join(visitor.faults), []
    assert "image-alt" in found
    assert "page-has-heading-one" in found
    assert "wide" in found
