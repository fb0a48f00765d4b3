"""The item bank: paper assembly (组卷) from a pool and a blueprint. Pure; no Django app yet."""
