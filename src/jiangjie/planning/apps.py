from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "jiangjie.planning"

    def ready(self) -> None:
        from jiangjie.planning import queries  # noqa: PLC0415 -- models are loaded only now
        from jiangjie.procedures import hooks  # noqa: PLC0415

        hooks.register_facts(queries.facts)
