from datetime import datetime

from jiangjie import jobs
from jiangjie.notices import services

AT_A_TIME = 20


@jobs.duty(services.DELIVERY)
def deliver_mail(at: datetime) -> bool:
    return services.deliver_mail(limit=AT_A_TIME, at=at) == AT_A_TIME
