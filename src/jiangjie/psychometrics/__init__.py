"""Statistics of items, papers and raters: plain NumPy, no Django. Sources stand at each function."""
