"""What may be asked of the page in JSON: the shapes, their bounds, and plans as strangers write them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from seedsoil.care.plan import Plan
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


class CaseAsked(Asked):
    """One of the shipped cases."""

    case: Annotated[str, Field(max_length=80)]


