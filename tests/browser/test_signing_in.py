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


def test_staff_set_up_a_second_factor_before_anything_else(visit: Callable[..., Visitor], world: World) -> None:
    world.sara.set_password(PASSWORD)
    world.sara.save()
    EmailAddress.objects.create(user=world.sara, email=world.sara.email, verified=True, primary=True)
    visitor = visit("staff").go("/konto/login/?next=/inkorg/")
    visitor.answer("login", world.sara.email)
    visitor.answer("password", PASSWORD)
    visitor.send()
    assert "/2fa/" in visitor.page.url
    visitor.go("/arenden/")
    assert "/2fa/" in visitor.page.url
    found = re.search(r"\b[A-Z2-7]{32}\b", visitor.page.content())
    assert found is not None
    visitor.answer("code", auth.format_hotp_value(auth.hotp_value(found[0], int(time.time()) // 30)))
    visitor.send()
    visitor.go("/inkorg/")
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
