"""Logs without secrets and personal data: addresses, organisation and personal numbers and link tokens are masked."""

import logging
import re

_MASKS = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\b\d{6,8}[-+]\d{4}\b"), "[number]"),
    (re.compile(r"(/lank/)[^/\s]+"), r"\1[token]"),
    (re.compile(r"(?i)(password|token|key|secret)=[^&\s]+"), r"\1=[hidden]"),
)


def masked(text: str) -> str:
    """`text` without what must not be in a log."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


class WithoutPersonalData(logging.Filter):
    """Masks the finished message of every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask, and let the record through."""
        record.msg, record.args = masked(record.getMessage()), None
        return True
