"""Arrangement: who sits on which panel. Plain computation on files; no models, no Django."""
