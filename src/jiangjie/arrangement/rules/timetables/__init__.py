"""Sessions into periods and rooms. Contents: problem (what is asked), reading and exam_format (the
two file formats), model (a problem as numbers), search (good timetables), exact (small ones,
proved), bounds, conflicts (why there is none), repair, and checking (a second opinion).
"""
