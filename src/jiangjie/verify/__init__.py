"""Verifying archives offline: stands on rules, kernel and policy packs; no Django, no database."""
