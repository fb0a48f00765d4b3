"""What a panel of examiners must and should be. Contents: panels (the rules on values), problem
(reading), flows (feasibility), solving (the three objectives), conflicts (why there is none) and
checking (a second opinion on every answer).
"""
