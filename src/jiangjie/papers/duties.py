from datetime import datetime

from django.utils.translation import gettext

from jiangjie import jobs
from jiangjie.kernel.errors import BadInput, RuleViolation
from jiangjie.papers.models import AssemblyRun
from jiangjie.papers.services import assembly


@jobs.duty(assembly.DUTY)
def assemble(at: datetime) -> bool:
    """One run that was asked for; tells whether there may be more."""
    due = (
        AssemblyRun.objects.filter(finished_at=None, cancelled_at=None, error="")
        .order_by("pk")
        .values_list("pk", flat=True)
        .first()
    )
    if due is None:
        return False
    try:
        assembly.assemble_run(run_id=due, at=at)
    except (RuleViolation, BadInput) as why:
        assembly.fail_run(run_id=due, error=gettext(why.text) % why.values, at=at)
    except Exception as why:
        # Else this run would stand for ever before those that were asked for after it.
        assembly.fail_run(run_id=due, error=f"{type(why).__name__}: {why}", at=at)
        raise
    return True
