"""The web application for any WSGI server; the database must be running."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiangjie.settings")
application = get_wsgi_application()
