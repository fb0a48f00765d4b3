"""匠阶 Jiangjie: enterprise-led evaluation of skilled workers, from plan to paid reward."""

__version__ = "0.1.0"
