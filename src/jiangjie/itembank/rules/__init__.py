"""What the bank decides without a database: kinds of items, their content, markup, coverage."""
