from tests.archive.bags import whole_bag

__all__ = ["whole_bag"]
