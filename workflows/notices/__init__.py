"""Who is told what: a table from event to recipients, rows written with the event, mail sent by a job."""

from workflows.notices.table import NOTICES, Recipient
from workflows.notices.writing import write

__all__ = ["NOTICES", "Recipient", "write"]
