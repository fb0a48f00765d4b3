"""What a blueprint asks of papers, and how papers are found, proved and checked."""
