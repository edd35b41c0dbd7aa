"""How far a long command has come, on the terminal or, now and then, in a log."""

import time

from django.core.management.base import OutputWrapper

from grants import clock


class Progress:
    """Called with how many are done of how many: one line that is written over on a terminal, else a line now and then."""

    def __init__(self, stream: OutputWrapper) -> None:
        self.stream, self.on_screen = stream, stream.isatty()
        self.shown = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Tell of it if it is time to."""
        if done != total and time.monotonic() - self.shown < (1 if self.on_screen else 10):
            return
        self.shown = time.monotonic()
        text = f"{clock.today()}  {done} of {total} lives are over"
        # the last line stays on the screen
        self.stream.write(
            f"\r{text}" if self.on_screen else text, ending="" if self.on_screen and done != total else "\n"
        )
        self.stream.flush()
