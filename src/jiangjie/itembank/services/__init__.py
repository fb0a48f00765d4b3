"""Deeds on the bank: `items` (life of an item), `tables` (elements and practical structures),
`banks` (banks and loans), `reading` and `figures` (what is sealed), `imports` (files in and out), `history` (uses and
statistics)."""

from jiangjie.itembank.services.banks import end_loan, lend, make_bank
from jiangjie.itembank.services.figures import add_figure
from jiangjie.itembank.services.history import Statistic, count_use, record_statistics
from jiangjie.itembank.services.imports import (
    apply_items,
    check_items,
    export_items,
    open_import,
)
from jiangjie.itembank.services.items import (
    NewItem,
    adopt,
    decide_pair,
    discard_draft,
    restore,
    retire,
    review,
    save_draft,
    submit,
    write_item,
    write_items,
)
from jiangjie.itembank.services.reading import (
    Purpose,
    open_versions,
    read_contents,
    read_figures,
    read_tasks,
)
from jiangjie.itembank.services.tables import (
    review_task,
    set_elements,
    set_structure,
    write_task,
)

__all__ = [
    "NewItem",
    "Purpose",
    "Statistic",
    "add_figure",
    "adopt",
    "apply_items",
    "check_items",
    "count_use",
    "decide_pair",
    "discard_draft",
    "end_loan",
    "export_items",
    "lend",
    "make_bank",
    "open_import",
    "open_versions",
    "read_contents",
    "read_figures",
    "read_tasks",
    "record_statistics",
    "restore",
    "retire",
    "review",
    "review_task",
    "save_draft",
    "set_elements",
    "set_structure",
    "submit",
    "write_item",
    "write_items",
    "write_task",
]
