"""Admission tickets (准考证) as PDF/A-2b, two on a page of A4."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jiangjie.documents.pictures import framed_photograph
from jiangjie.documents.typesetting import typeset


@dataclass(frozen=True, slots=True)
class Ticket:
    """One candidate. `sessions`: (part, time, place), in the order in which they are taken."""

    number: str
    name: str
    id_masked: str
    unit: str
    trade: str
    level: str
    photo: bytes | None  # JPEG or PNG
    sessions: Sequence[tuple[str, str, str]]


def render_tickets(
    *, title: str, subtitle: str, tickets: Sequence[Ticket], notes: Sequence[str], author: str,
    printed_at: datetime,
) -> bytes:  # fmt: skip
    """Raises CannotTypeset and BadPicture."""
    return typeset(
        "tickets",
        {
            "title": title,
            "subtitle": subtitle,
            "author": author,
            "notes": list(notes),
            "tickets": [
                {
                    "number": each.number,
                    "name": each.name,
                    "id-masked": each.id_masked,
                    "unit": each.unit,
                    "trade": each.trade,
                    "level": each.level,
                    "photo": framed_photograph(each.photo) if each.photo else None,
                    "sessions": [list(session) for session in each.sessions],
                }
                for each in tickets
            ],
        },
        printed_at=printed_at,
        tagged=False,
    )
