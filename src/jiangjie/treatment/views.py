"""x"""
from jiangjie.web.http import StaffRequest  # noqa
def _x(request, **k): ...
month=pay=month_export=month_print=rate_list=rate_export=rate_end=appoint=overdue=overdue_export=entitlement_list=entitlement_export=entitlement=end=proof=of_batch=own=_x
