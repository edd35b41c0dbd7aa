"""A ceiling on what one request may upload: Django has none of its own."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class Ceiling(FileUploadHandler):
    """Stops reading when the files of a request grow past settings.UPLOAD_CEILING bytes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count, and pass the chunk on to the next handler."""
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_CEILING:
            raise RequestDataTooBig("The files are larger than the service takes.")
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""
        return None
