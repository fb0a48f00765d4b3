"""Log-ins of made-up people. They exist only where the demonstration made them."""

PASSWORD = "jiangjie-2026"  # noqa: S105 -- printed by `jiangjie demo`, accounts flagged is_demo
