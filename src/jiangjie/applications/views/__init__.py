"""Screens: `own` for the worker on his phone, `cases` for reviewers, `rosters` for clerks."""

from jiangjie.applications.views.cases import (
    case_detail,
    case_export,
    case_form,
    case_list,
    close,
    evidence,
    photo,
    review,
    summary,
    tickets,
)
from jiangjie.applications.views.own import (
    edit,
    evidence_add,
    evidence_remove,
    live_verdict,
    mine,
    own,
    start,
    submit,
    withdraw,
)
from jiangjie.applications.views.rosters import (
    roster_apply,
    roster_detail,
    roster_list,
    roster_template,
    roster_workbook,
)

__all__ = [
    "case_detail",
    "case_export",
    "case_form",
    "case_list",
    "close",
    "edit",
    "evidence",
    "evidence_add",
    "evidence_remove",
    "live_verdict",
    "mine",
    "own",
    "photo",
    "review",
    "roster_apply",
    "roster_detail",
    "roster_list",
    "roster_template",
    "roster_workbook",
    "start",
    "submit",
    "summary",
    "tickets",
    "withdraw",
]
