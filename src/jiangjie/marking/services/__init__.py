"""Deeds: `rounds` (open, share out, sum, check, release), `marks` (a marker's), `slips`,
`rechecks`, `bank` (statistics back to the bank)."""

from jiangjie.marking.services.bank import send_statistics
from jiangjie.marking.services.marks import give_mark, sign_marks, undo_mark
from jiangjie.marking.services.rechecks import ask_recheck, check_script
from jiangjie.marking.services.rounds import (
    close_round,
    confirm_sums,
    hand_share,
    open_round,
    release,
    share_out,
)
from jiangjie.marking.services.slips import ask_slip, decide_slip

__all__ = [
    "ask_recheck", "ask_slip", "check_script", "close_round", "confirm_sums", "decide_slip",
    "give_mark", "hand_share", "open_round", "release", "send_statistics", "share_out",
    "sign_marks", "undo_mark",
]  # fmt: skip
