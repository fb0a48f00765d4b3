from datetime import datetime

from jiangjie import jobs
from jiangjie.archive import services
from jiangjie.archive.models import Bag


@jobs.duty(services.DUTY)
def make(at: datetime) -> bool:
    """One bag that was asked for; tells whether there may be more."""
    due = Bag.objects.filter(made_at=None, cancelled_at=None, error="").order_by("pk").first()
    if due is None:
        return False
    services.make_bag(bag_id=due.pk, at=at)
    return True
