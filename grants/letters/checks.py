"""`manage.py check --deploy`: whether the seal that production is started with will seal."""

from datetime import timedelta
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register

from grants import clock

from . import seal
from .seal_keys import DEMO_NAME, SealError

SOON = timedelta(days=60)


@register(Tags.security, deploy=True)
def check_seal(**_kwargs: Any) -> list[CheckMessage]:
    """The key can be opened, its certificate is somebody's and in its time, and may be used for a seal."""
    try:
        certificate = seal.current().certificate
    except SealError as error:
        return [Error(str(error), id="anslag.E001")]
    found: list[CheckMessage] = []
    now = clock.now()
    last = certificate.not_valid_after
    if not seal.is_valid(certificate, now):
        valid = f"from {certificate.not_valid_before:%Y-%m-%d} to {last:%Y-%m-%d}"
        found.append(Error(f"The seal's certificate is only valid {valid}.", id="anslag.E002"))
    elif last - now < SOON:
        found.append(Warning(f"The seal's certificate ends {last:%Y-%m-%d}: renew it.", id="anslag.W001"))
    if certificate.subject.native.get("common_name") == DEMO_NAME:
        found.append(Error("The seal is that of a demonstration.", id="anslag.E003"))
    usage = certificate.key_usage_value
    if usage is not None and not {"digital_signature", "non_repudiation"} & usage.native:
        found.append(Error("The seal's certificate is not for signatures.", id="anslag.E004"))
    return found
