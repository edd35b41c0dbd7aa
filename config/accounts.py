"""How accounts are made and mailed: allauth, with our language and our queue."""

import logging
from smtplib import SMTPException
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.http import HttpRequest

from grants.organisations.models import Person
from workflows import jobs
from workflows.queries.first_page import first_page

log = logging.getLogger("anslag.mail")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Stores the name that the sign-up form asks for."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send at once; when the mail server is down the step succeeds, and the mail waits and is tried again."""
        message = self.render_mail(
            template_prefix, email, {"request": allauth_context.request, "email": email} | context
        )
        try:
            message.send()
        except (OSError, SMTPException) as error:
            log.warning("a mail about an account waits (%s)", type(error).__name__)
            jobs.defer_mail(message.subject, str(message.body), email)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where one's own work is; whoever was on the way to a page goes on to that."""
        return first_page(cast(Person, request.user))

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Save the person with the name and the language they signed up in."""
        user = super().save_user(request, user, form, commit=False)
        user.name = form.cleaned_data.get("name", "")
        user.language = (getattr(request, "LANGUAGE_CODE", "sv") or "sv")[:2]
        if commit:
            user.save()
        return user
