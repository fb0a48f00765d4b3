"""Deeds on papers: `blueprints`, `assembly` (runs and what comes of them), `proofing`, `keys`
(holders, sealing, opening), `hands` (hand-over), `reading` (words of papers)."""

from jiangjie.papers.services.assembly import (
    DUTY,
    ask_assembly,
    assemble_run,
    cancel_run,
    make_papers,
)
from jiangjie.papers.services.blueprints import BlueprintWish, copy_blueprint, save_blueprint
from jiangjie.papers.services.hands import give_paper, take_paper
from jiangjie.papers.services.keys import (
    appoint_holders,
    draw_key,
    prepare_opening,
    seal_set,
    turn_key,
    withdraw_set,
)
from jiangjie.papers.services.proofing import ask_proof, decide_proof
from jiangjie.papers.services.reading import figures_for, read_paper

__all__ = [
    "DUTY",
    "BlueprintWish",
    "appoint_holders",
    "ask_assembly",
    "ask_proof",
    "assemble_run",
    "cancel_run",
    "copy_blueprint",
    "decide_proof",
    "draw_key",
    "figures_for",
    "give_paper",
    "make_papers",
    "prepare_opening",
    "read_paper",
    "save_blueprint",
    "seal_set",
    "take_paper",
    "turn_key",
    "withdraw_set",
]
