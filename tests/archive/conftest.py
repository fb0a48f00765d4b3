from tests.archive.bags import loose, whole_bag

__all__ = ["loose", "whole_bag"]
