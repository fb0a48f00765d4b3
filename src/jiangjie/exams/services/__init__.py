"""Deeds: each is one transaction, checks the rules, and leaves an event in the ledger."""

from jiangjie.exams.services.answering import (
    Over,
    Seen,
    Standby,
    Started,
    Stored,
    Waiting,
    hand_in,
    save,
    sign_in,
    start,
)
from jiangjie.exams.services.arranging import (
    adjust_time,
    arrange,
    load_paper,
    seat_candidates,
    set_invigilators,
    unseat,
)
from jiangjie.exams.services.loading import load_opened
from jiangjie.exams.services.nodes import (
    CODE_BEFORE,
    follow,
    give_start_code,
    load_room,
    pack_room,
    package_file,
    results,
    take_over,
    take_results,
    withdraw_package,
)
from jiangjie.exams.services.room import (
    check_in,
    close,
    extend,
    let_move,
    note,
    restore_time,
    ring,
    take_in,
)

__all__ = [
    "CODE_BEFORE", "Over", "Seen", "Standby", "Started", "Stored", "Waiting", "adjust_time", "arrange", "check_in",
    "close", "extend", "follow", "give_start_code", "hand_in", "let_move", "load_opened",
    "load_paper", "load_room", "note", "pack_room", "package_file", "restore_time", "results",
    "ring", "save", "seat_candidates", "set_invigilators", "sign_in", "start", "take_in",
    "take_over", "take_results", "unseat", "withdraw_package",
]  # fmt: skip
