"""What a letter costs, as ratios: to the same layout without tags, to another maker of PDF, and of two workers to one.

Everything is measured in rounds in which each thing has its turn, on the time of the processor where that is what counts.
"""

import gc
import multiprocessing
import os
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from grants.letters.decision import compose, render_decision
from grants.letters.layout import make_pdf
from workflows.simulation import letters

LETTERS = 1_000  # made by two workers together
TURN = 50  # letters of a worker between two looks at the clock
WARM = 3  # rounds that are not counted
ROUNDS = 20
OTHERS = 1_000_000  # from here on other letters, of the same length
TAGGED, WEASYPRINT, WORKERS, GROWTH = 1.3, 4.0, 1.4, 1.1  # what is wanted

Seal = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Ratio:
    """One ratio, what is wanted of it, and whether it is so; None where it could not be measured, with the reason."""

    name: str
    ratio: float | None
    wanted: str
    held: bool | None
    note: str = ""


class _Untagged(Canvas):  # type: ignore[misc]  # reportlab has no types
    """The same drawing, with neither tags nor archive parts."""

    _leaves: tuple[()] = ()
    page_index = 0

    def __init__(self, filename: Any, *, root: object, record: object, **kwargs: Any) -> None:
        super().__init__(filename, **kwargs)

    @contextmanager
    def leaf(self, elem: object) -> Iterator[None]:
        """Nothing is marked."""
        yield

    pagination = leaf

    def page_number(self, x: float, y: float, label: str, font: str, size: float) -> None:
        """The number alone: how many pages there are is not known yet."""
        self.setFont(font, size)
        self.drawString(x, y, f"{label} {self.getPageNumber()}")

    def link(self, elem: object, url: str, rect: tuple[float, float, float, float]) -> None:
        """A link that belongs to nothing."""
        self.linkURL(url, rect, relative=1)


def measure(
    say: Callable[[str], object] = lambda text: None, *, seal: Seal | None = None, count: int = LETTERS
) -> list[Ratio]:
    """Every ratio. `seal` makes of a rendered letter what is sent; without it only rendering is measured."""
    say("letters: with and without tags")
    found = [*_made_in_turn(say), _again()]
    say(f"{count} letters by two workers")
    return [*found, *_by_workers(seal or bytes, count)]


def _made_in_turn(say: Callable[[str], object]) -> list[Ratio]:
    ways: dict[str, Callable[[int], object]] = {
        "tagged": lambda n: render_decision(letters.letter(n), "sv"),
        # another number, for what a process keeps of a letter would make the second one cheap
        "untagged": lambda n: make_pdf(*compose(letters.letter(n + OTHERS), "sv"), canvas=_Untagged),
    }
    other, why = _weasyprint()
    if other:
        ways["weasyprint"] = other
    else:
        say(f"without WeasyPrint: {why}")
    times: dict[str, list[float]] = defaultdict(list)
    for number in range(WARM + ROUNDS):
        for name, way in ways.items():
            started = time.process_time()
            way(number)
            if number >= WARM:
                times[name].append(time.process_time() - started)
    medians = {name: statistics.median(spent) for name, spent in times.items()}
    tagged = medians["tagged"] / medians["untagged"]
    slower = medians["weasyprint"] / medians["tagged"] if other else None
    return [
        Ratio("a letter, to the same layout untagged", round(tagged, 2), f"≤ {TAGGED}", tagged <= TAGGED),
        Ratio(
            "WeasyPrint's PDF/A letter, to ours",
            round(slower, 1) if slower else None,
            f"≥ {WEASYPRINT}",
            slower >= WEASYPRINT if slower else None,
            why,
        ),
    ]


def _weasyprint() -> tuple[Callable[[int], object] | None, str]:
    """WeasyPrint's way of making the same letter, or why there is none here."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
    except ImportError:
        return None, "it is not installed (requirements/bench.txt)"
    except OSError as missing:  # a library of the system
        return None, f"it does not find Pango, which the system must have: {str(missing).splitlines()[0]}"
    fonts = FontConfiguration()
    first = letters.letter(0)
    sheet = CSS(string=letters.style(first, "sv"), font_config=fonts)

    def made(number: int) -> object:
        written = HTML(string=letters.page(letters.letter(number), "sv"))
        return written.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/a-3a")

    return made, ""


def _again() -> Ratio:
    """Whether the same letters come out byte for byte."""
    same = sum(
        render_decision(letters.letter(n), "sv").sha256 == render_decision(letters.letter(n), "sv").sha256
        for n in range(TURN)
    )
    return Ratio("letters that come out the same again", same / TURN, "= 1", same == TURN)


def _by_workers(seal: Seal, count: int) -> list[Ratio]:
    """One worker and two in turn, on letters of their own, and how the memory of the first grows meanwhile."""
    # two workers gain nothing on a machine whose processors are taken, and the figure must not hide why
    busy = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors when it began"
    context = multiprocessing.get_context("fork")
    pipes: list[Connection] = []
    workers = []
    for n in range(2):
        ours, theirs = context.Pipe()
        workers.append(context.Process(target=_work, args=(theirs, seal, n * OTHERS), daemon=True))
        workers[-1].start()
        pipes.append(ours)
    try:
        gained: list[float] = []
        memory: list[int] = []
        for _round in range(1 + max(1, count // (2 * TURN))):
            one = _turn(pipes[:1], memory)
            two = _turn(pipes, memory)
            gained.append(2 * one / two)  # twice the letters in that time
        first, last = memory[1], memory[-1]
    finally:
        for pipe in pipes:
            pipe.send(0)
        for worker in workers:
            worker.join(10)
    gain, growth = statistics.median(gained[1:]), last / first
    return [
        Ratio("two workers' letters a second, to one worker's", round(gain, 2), f"≥ {WORKERS}", gain >= WORKERS, busy),
        Ratio("a worker's memory at the end, to that at the start", round(growth, 2), f"≤ {GROWTH}", growth <= GROWTH),
    ]


def _turn(pipes: list[Connection], memory: list[int]) -> float:
    """The seconds until each of these workers has made its letters."""
    started = time.perf_counter()
    for pipe in pipes:
        pipe.send(TURN)
    told = [pipe.recv() for pipe in pipes]
    memory.append(told[0])
    return time.perf_counter() - started


def _work(pipe: Connection, seal: Seal, number: int) -> None:
    """A worker: make as many letters as it is told, and tell how much memory that takes; 0 ends it."""
    while wanted := pipe.recv():
        for _letter in range(wanted):
            number += 1
            seal(render_decision(letters.letter(number), "sv").content)
        gc.collect()
        pipe.send(_resident())


def _resident() -> int:
    """Bytes of memory in use by this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
