"""What sittings tell the procedure: stage T05 is done once every room is closed."""

from collections import Counter
from collections.abc import Mapping, Sequence

from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from jiangjie.exams import queries
from jiangjie.planning.models import Batch
from jiangjie.procedures.rules import StepFact


def step_facts(run_ids: Sequence[int]) -> Mapping[int, Mapping[str, StepFact]]:
    """T05 of batches with sittings; where there are none it is recorded by hand. Two queries."""
    batches = list(
        Batch.objects.filter(run__in=run_ids, sittings__isnull=False)
        .select_related("pack")
        .annotate(
            rooms=Count("sittings", distinct=True),
            closed=Count("sittings", Q(sittings__closed_at__isnull=False), distinct=True),
            last=Max("sittings__closed_at"),
            sat=Count("sittings__seats", Q(sittings__seats__started_at__isnull=False)),
            seats=Count("sittings__seats"),
        )
    )
    if not batches:
        return {}
    unseated = Counter(queries.unseated(*batches).order_by().values_list("batch", flat=True))
    return {batch.run_id: {queries.STAGE: _fact(batch, unseated[batch.pk])} for batch in batches}


def _fact(batch: Batch, unseated: int) -> StepFact:
    rooms, closed = batch.rooms, batch.closed  # type: ignore[attr-defined]
    missing = []
    if unseated:
        missing.append(_("%(count)d名考生没有座位") % {"count": unseated})
    if closed < rooms:
        missing.append(_("%(count)d场尚未收卷") % {"count": rooms - closed})
    return StepFact(
        is_done=not missing,
        done_at=None if missing else timezone.localdate(batch.last),  # type: ignore[attr-defined]
        detail=_("%(rooms)d场，应考%(seats)d人，实考%(sat)d人")
        % {"rooms": rooms, "seats": batch.seats, "sat": batch.sat},  # type: ignore[attr-defined]
        missing=tuple(missing),
    )
