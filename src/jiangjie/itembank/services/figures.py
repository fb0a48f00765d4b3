"""Pictures of a bank's items: stored sealed, named in markup by the digest of their clear bytes."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from jiangjie.accounts.models import User
from jiangjie.files import services as files
from jiangjie.itembank import secrecy
from jiangjie.itembank.formats.exchange import PICTURES, FigureFile
from jiangjie.itembank.models import Bank, Figure
from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.ledger import services as ledger


@transaction.atomic
def add_figure(*, bank: Bank, content: bytes, name: str, by: User, at: datetime) -> Figure:
    """A PNG or JPEG for use in the bank's items; the same picture is kept once.

    RuleViolation itembank.not_a_picture.
    """
    media_type = next(
        (kind for signature, (kind, _) in PICTURES.items() if content.startswith(signature)), None
    )
    if media_type is None:
        raise RuleViolation("itembank.not_a_picture", gettext_noop("图片应为PNG或JPEG格式。"))
    figure, is_new = keep(bank, FigureFile(name, media_type, content), at)
    if is_new:
        ledger.record(
            "itembank.figure_added", subject=figure, org=bank.owner, by=by, at=at, bank=bank.pk,
            digest=figure.digest,
        )  # fmt: skip
    return figure


def keep_all(bank: Bank, figures: Iterable[FigureFile], at: datetime) -> None:
    """Those of an import, which has its own event."""
    for figure in figures:
        keep(bank, figure, at)


def keep(bank: Bank, file: FigureFile, at: datetime) -> tuple[Figure, bool]:
    digest = hashlib.sha256(file.content).hexdigest()
    known = Figure.objects.filter(bank=bank, digest=digest).first()
    if known is not None:
        return known, False
    blob = files.store(
        secrecy.seal(file.content, f"figure:{digest}"), media_type="application/octet-stream", at=at
    )
    return Figure.objects.get_or_create(
        bank=bank, digest=digest,
        defaults={
            "blob": blob, "media_type": file.media_type, "name": file.name[:200], "made_at": at,
        },
    )  # fmt: skip
