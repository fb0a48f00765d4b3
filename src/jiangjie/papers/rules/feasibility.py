"""Whether a blueprint can be kept, quickly: in sum, without searching for papers."""

from jiangjie.papers.rules.conflicts import Conflict, explain
from jiangjie.papers.rules.model import Instance
from jiangjie.papers.rules.problem import Problem
from jiangjie.papers.rules.reading import read_blueprint, read_pool
from jiangjie.papers.rules.relaxation import is_possible_in_sum

__all__ = ["Conflict", "contradiction"]


def contradiction(problem: Problem) -> tuple[Conflict, ...]:
    """A minimal set of rules that cannot all hold; none while all forms together look possible,
    which is necessary for papers, and with items enough nearly always sufficient.
    """
    pool = read_pool(enumerate(problem.rows, 1), "题库")
    blueprint = read_blueprint(problem.document, pool, "方案")
    instance = Instance(pool, blueprint)
    model = instance.model(blueprint.rules)
    if is_possible_in_sum(model, seed=blueprint.seed):
        return ()
    return explain(instance)
