"""The web application as `jiangjie serve` loads it in each of its web processes."""

from jiangjie.runtime.parent import end_with_parent
from jiangjie.wsgi import application

__all__ = ["application"]

end_with_parent()
