"""Every address of the site, and who gets what there.

A line says: for whom the page opens (`reads`, GET), who may do the deed (`deeds`, POST), and who is
stopped only because the thing is not his (`unseen`, 404). Everybody else who is logged in gets 403,
and who is not is sent to the log-in page. A new address fails the suite until it stands here.
"""
