"""Deeds on applications: `cases` for one person's case, `rosters` for a workbook of many."""

from jiangjie.applications.services.cases import (
    add_evidence,
    assign_tickets,
    close_intake,
    judge,
    remove_evidence,
    review,
    save_draft,
    start_application,
    submit,
    withdraw,
)
from jiangjie.applications.services.rosters import apply_roster, check_roster, open_roster

__all__ = [
    "add_evidence",
    "apply_roster",
    "assign_tickets",
    "check_roster",
    "close_intake",
    "judge",
    "open_roster",
    "remove_evidence",
    "review",
    "save_draft",
    "start_application",
    "submit",
    "withdraw",
]
