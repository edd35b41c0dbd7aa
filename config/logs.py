"""Logs without secrets and personal data: addresses, organisation and personal numbers and link tokens are masked."""

import logging
import re

_MASKS = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\b\d{6,8}[-+]\d{4}\b"), "[number]"),
    (re.compile(r"(/lank/|/confirm-email/|/reset/key/)[^/\s]+"), r"\1[token]"),
    (re.compile(r"(?i)(password|token|key|secret)=[^&\s]+"), r"\1=[hidden]"),
)


def masked(text: str) -> str:
    """`text` without what must not be in a log."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


class WithoutPersonalData(logging.Filter):
    """Masks the finished message of every record, and the error that comes with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask, and let the record through."""
        record.msg, record.args = masked(record.getMessage()), None
        if record.exc_info:
            record.exc_text = masked(
                logging.Formatter().formatException(record.exc_info)
            )  # the formatter takes it as is
        return True
