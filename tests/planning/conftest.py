from tests.web.conftest import _uncollected_static

__all__ = ["_uncollected_static"]
