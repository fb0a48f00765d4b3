from dataclasses import dataclass
@dataclass
class Conflict:
    path: str
def explain(i): return ()
