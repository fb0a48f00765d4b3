from pathlib import Path

import pytest
from pytest_django.fixtures import Settings  # type: ignore[import-untyped]


@pytest.fixture(autouse=True)
def _uncollected_static(settings: Settings) -> None:
    """Pages name their static files as they lie in the package; nothing was collected."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
