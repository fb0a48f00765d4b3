from datetime import datetime

from jiangjie import jobs
from jiangjie.arrangement import services
from jiangjie.arrangement.models import Solving


@jobs.duty(services.DUTY)
def search(at: datetime) -> bool:
    """One search that was asked for; tells whether there may be more."""
    due = Solving.objects.filter(ended_at=None).order_by("pk").first()
    if due is None:
        return False
    services.search(run_id=due.pk, at=at)
    return True
