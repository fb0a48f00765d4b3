from datetime import datetime

from jiangjie import jobs
from jiangjie.ledger import services


@jobs.duty("ledger.sequence", cron="* * * * * */3")
def sequence(at: datetime) -> bool:
    """Events are provable a few seconds after the deed."""
    return services.sequence(at=at) > 0
