"""The line ornament of the certificate sheet, computed once and kept as `certificate.svg`.

`python -m jiangjie.documents.ornament` writes the file anew; a test holds the two together. It is a
file because the compiler reads it once per process, while ten thousand points computed inside a
template slow down every later sheet. Few, long Bézier spans keep a certificate near 70 KB.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi, sin
from pathlib import Path

FILE = Path(__file__).parent / "certificate.svg"
WIDTH, HEIGHT = 210.0, 297.0  # A4, millimetres
UNITS = 100  # drawing units a millimetre: integers keep the file small and exact
# Handle of the cubic that follows a sine from crest to trough, as a part of the span.
HANDLE = 0.3642

Vector = tuple[float, float]
Track = Callable[[float], tuple[Vector, Vector]]  # place on a line -> (point, unit normal)


@dataclass(frozen=True, slots=True)
class Wave:
    """A sine laid along a closed track of `length` mm."""

    track: Track
    length: float
    waves: int
    amplitude: float  # mm
    shift: float  # radians

    def point(self, s: float) -> Vector:
        (x, y), (nx, ny) = self.track(s % self.length)
        swing = self.amplitude * sin(2 * pi * self.waves * s / self.length + self.shift)
        return x + nx * swing, y + ny * swing

    def slope(self, s: float) -> Vector:
        """How the point moves for a millimetre of track."""
        step = 1e-4
        (ax, ay), (bx, by) = self.point(s - step), self.point(s + step)
        return (bx - ax) / (2 * step), (by - ay) / (2 * step)

    def path(self) -> str:
        """One Bézier span from each crest to the next trough, as an SVG path."""
        span = self.length / self.waves / 2
        first = (pi / 2 - self.shift) / (2 * pi) * self.length / self.waves
        places = [first + span * k for k in range(2 * self.waves + 1)]
        text = ["M", _pair(self.point(places[0]))]
        for start, end in pairwise(places):
            (ax, ay), (adx, ady) = self.point(start), self.slope(start)
            (bx, by), (bdx, bdy) = self.point(end), self.slope(end)
            reach = span * HANDLE
            text += [
                "C",
                _pair((ax + adx * reach, ay + ady * reach)),
                _pair((bx - bdx * reach, by - bdy * reach)),
                _pair((bx, by)),
            ]
        return " ".join(text) + "Z"


def _pair(point: Vector) -> str:
    return f"{round(point[0] * UNITS)} {round(point[1] * UNITS)}"


def rounded_rectangle(inset: float, radius: float) -> tuple[Track, float]:
    """The track `inset` mm inside the sheet's edge, and its length."""
    across, down = WIDTH - 2 * inset - 2 * radius, HEIGHT - 2 * inset - 2 * radius
    bend = pi / 2 * radius
    left, top, right, bottom = inset, inset, WIDTH - inset, HEIGHT - inset
    sides = (
        ((left + radius, top), (1, 0), across),
        ((right, top + radius), (0, 1), down),
        ((right - radius, bottom), (-1, 0), across),
        ((left, bottom - radius), (0, -1), down),
    )

    def track(s: float) -> tuple[Vector, Vector]:
        for (x, y), (dx, dy), length in sides:
            if s <= length:
                return (x + dx * s, y + dy * s), (dy, -dx)
            s -= length
            if s <= bend:
                turn = s / radius
                nx = dy * cos(turn) + dx * sin(turn)
                ny = -dx * cos(turn) + dy * sin(turn)
                cx = x + dx * length - dy * radius
                cy = y + dy * length + dx * radius
                return (cx + radius * nx, cy + radius * ny), (nx, ny)
            s -= bend
        raise ValueError("beyond the end of the track")

    return track, 2 * (across + down) + 4 * bend


def circle(centre: Vector, radius: float) -> tuple[Track, float]:
    def track(s: float) -> tuple[Vector, Vector]:
        normal = cos(s / radius), sin(s / radius)
        return (centre[0] + radius * normal[0], centre[1] + radius * normal[1]), normal

    return track, 2 * pi * radius


def _strands(
    line: tuple[Track, float], waves: int, amplitude: float, count: int, width: float, colour: str
) -> Iterator[str]:
    """`count` waves, each shifted against the last, in one path."""
    track, length = line
    paths = (Wave(track, length, waves, amplitude, 2 * pi * k / count).path() for k in range(count))
    yield (
        f'<path d="{"".join(paths)}" fill="none" stroke="{colour}"'
        f' stroke-width="{round(width * UNITS)}"/>'
    )


def drawing() -> str:
    """The whole sheet's ornament as SVG."""
    weave = rounded_rectangle(14, 7)
    middle = (WIDTH / 2, 163.0)
    parts = [
        *_strands(weave, 66, 3.2, 5, 0.095, "#bb9560"),
        *_strands(weave, 66, 1.5, 2, 0.11, "#56708f"),
        *_strands(circle(middle, 44), 20, 15, 5, 0.1, "#f1eadd"),
        *_strands(circle(middle, 24), 12, 8, 4, 0.1, "#f1eadd"),
        *_strands(circle(middle, 11), 8, 4.5, 3, 0.1, "#f1eadd"),
    ]
    size = f'width="{WIDTH:.0f}mm" height="{HEIGHT:.0f}mm"'
    box = f'viewBox="0 0 {WIDTH * UNITS:.0f} {HEIGHT * UNITS:.0f}"'
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>', *parts, "</svg>", ""]
    )


if __name__ == "__main__":
    FILE.write_text(drawing(), encoding="utf-8")
