"""Screens of the bank: `banks`, `items`, `review`, `exchange` (files in and out), `tables`."""
