"""What may be asked of the page in JSON: the shapes, their bounds, and plans as strangers write them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from seedsoil.care.patient import CANCERS
from seedsoil.care.plan import Plan, PlannedOrder
from seedsoil.errors import InputError

MOST_TWINS, MOST_PLANS, MOST_ORDERS = 1000, 6, 40
Key = Annotated[str, Field(pattern=r"^[a-z]+-[0-9a-f]{16}$", max_length=40)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1, description="The luck of the run: the same seed gives the same figures.")]
Amount = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class Asked(BaseModel):
    """Anything asked for: no field that is not known."""

    model_config = ConfigDict(extra="forbid", strict=False)


class OrderAsked(Asked):
    """One order of a plan. The dose is a field with its unit in the name, as in a plan file."""

    model_config = ConfigDict(extra="allow")

    do: Literal["start", "stop", "treat", "test"]
    what: Annotated[str, Field(min_length=1, max_length=60)]
    day: Annotated[float, Field(ge=0, le=3653, allow_inf_nan=False)] = 0.0


class PlanAsked(Asked):
    """A plan: orders on top of standard care or of none."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    description: Annotated[str, Field(max_length=400)] = ""
    care: Literal["standard", "none"] = "standard"
    withhold: Annotated[list[Annotated[str, Field(max_length=30)]], Field(max_length=10)] = []
    orders: Annotated[list[OrderAsked], Field(max_length=MOST_ORDERS)] = []

    def plan(self, place: str = "plan") -> Plan:
        """The plan as the study takes it. Raises InputError that names the field."""
        from seedsoil.study.fields import Table
        from seedsoil.study.files import read_plan

        written: dict[str, Any] = {
            "name": self.name, "care": self.care, "withhold": self.withhold,
            "order": [order.model_dump(exclude_none=True) for order in self.orders],
        }  # fmt: skip
        if self.description.strip():
            written["description"] = self.description
        return read_plan(Table(written, place))


class ForecastAsked(Asked):
    """A forecast of one chart under up to six plans."""

    plans: Annotated[list[PlanAsked], Field(min_length=1, max_length=MOST_PLANS)]
    years: Annotated[float, Field(ge=0.25, le=10, allow_inf_nan=False)] = 3.0
    twins: Annotated[int, Field(ge=20, le=MOST_TWINS)] = 200
    seed: Seed = 1

    def chosen(self) -> list[Plan]:
        """The plans. Raises InputError for two of one name."""
        plans = [plan.plan(f"plans[{i}]") for i, plan in enumerate(self.plans)]
        names = [plan.name for plan in plans]
        for i, name in enumerate(names):
            if name in names[:i]:
                raise InputError(f"plans[{i}].name", name, "plans of different names", "rename one of them")
        return plans


class PersonAsked(Asked):
    """A virtual person: cancer, luck, and traits where they are to differ from what is drawn."""

    cancer: Literal[CANCERS] = "breast"  # type: ignore[valid-type]
    seed: Seed = 12
    traits: Annotated[dict[Annotated[str, Field(max_length=30)], Amount], Field(max_length=10)] = {}


class LifeAsked(PersonAsked):
    """A whole life; with a plan, that plan from a day after the diagnosis on."""

    years: Annotated[float, Field(gt=0, le=15, allow_inf_nan=False)] = 8.0
    plan: PlanAsked | None = None
    from_day: Annotated[int, Field(ge=0, le=5000)] = 0

    def check(self) -> None:
        """Raises InputError for traits or a plan that cannot be."""
        from seedsoil.study import life

        life.checked(self.traits)
        if self.plan is not None:
            self.plan.plan()


class TreatAsked(Asked):
    """Orders given by hand."""

    orders: Annotated[list[OrderAsked], Field(min_length=1, max_length=MOST_ORDERS)]

    def orders_of(self) -> tuple[PlannedOrder, ...]:
        """The orders. Raises InputError that names the field."""
        return PlanAsked(name="by hand", care="none", orders=self.orders).plan("act").orders


class StepAsked(Asked):
    """Days to let pass, and who looks after the person meanwhile."""

    days: Annotated[int, Field(ge=1, le=366)] = 28
    care: Literal["standard", "none"] = "standard"


class RunAsked(Asked):
    """How many people an arm of a trial gets; a few hundred take minutes."""

    patients: Annotated[int, Field(ge=20, le=500)] = 60
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1


class BookAsked(RunAsked):
    """The same for every shipped trial."""

    patients: Annotated[int, Field(ge=20, le=200)] = 40


class CaseAsked(Asked):
    """One of the shipped cases."""

    case: Annotated[str, Field(max_length=80)]


