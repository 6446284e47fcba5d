"""The tables of rules and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from cxengine.project.model.key import NOTHING, Estimate, Expression, Identifier, Name, Scalar, key


@attrs.frozen(kw_only=True)
class Proposal:
    """An initiative that a rule proposes where it fires. Texts are templates: `{touchpoint.name}`."""

    name: str = key("Title of the initiative.")
    public_name: str = key(
        "What customers are told; they are told nothing of a proposal without one.", default=""
    )
    about: str = key("What would be done.", default="")
    metric: Identifier | None = key("The metric it should move.", refers="metric", default=None)
    change: Estimate | None = key("By how much, in the metric's unit.", default=None)
    effort: Estimate = key("Effort in person-weeks: `[low, likely, high]` or one number.", minimum=0)
    cost: float = key("Cost besides people, in the project's currency.", minimum=0, default=0.0)
    complexity: int = key("From 1 (simple) to 5 (touches everything).", minimum=1, maximum=5, default=2)
    team: Identifier | None = key("Who does it; the area's team by default.", refers="team", default=None)
    owner: str = key("Who answers for it.", default="")
    tags: tuple[str, ...] = key("Free labels.", default=())
    duration: float | None = key("Least calendar weeks it takes.", minimum=0, default=None)
    inputs: Mapping[Name, Any] = key(
        "What only people can say of it, as in `[[initiative]]`.", default=NOTHING
    )


@attrs.frozen(kw_only=True)
class Rule:
    """When a condition holds about a subject, facts about it are derived. Rules have no order."""

    id: Identifier = key("Name for references.")
    about: Literal["response", "project", "touchpoint", "cell", "initiative"] = key(
        "What the rule is about: each response (where the evidence is), the project as a whole, a"
        " touchpoint, a cell (touchpoint and segment), or an initiative."
    )
    when: Expression = key("CEL condition over the subject's facts.")
    derive: Mapping[Name, Expression] = key("Facts to derive: name to CEL formula.", default=NOTHING)
    tag: tuple[str, ...] = key(
        "Labels for the subject; a tag of a response is an attribute, true where any rule gives it.",
        default=(),
    )
    exclude: bool = key(
        "Keeps an initiative off the roadmap, or a response out of all metrics.", default=False
    )
    require: bool = key("Puts an initiative on the roadmap before all others.", default=False)
    propose: Proposal | None = key("An initiative to propose for the touchpoint.", default=None)
    because: str = key(
        "The reason, told to people; a template such as `NPS is {metrics.nps.value}`. About responses it"
        " names parameters only.",
        default="",
    )


@attrs.frozen(kw_only=True)
class DecisionTable:
    """A decision as rows: where a row's cells hold, its outputs are derived. It is a rule in another form.

    A row is a table with a key for each column: inputs, outputs and, if you like, `because`. A cell of an
    input is CEL over the input, which is called `_`: `"_ >= 20 && _ < 40"`. The first `_` may be left out
    before an operator (`"< 20"`, `'in ["web", "app"]'`), a value stands for equality (`20`, `'"web"'`), and a
    cell that is left out, or `"-"`, takes anything. A cell of an output is a value or a CEL formula.
    """

    id: Identifier = key("Name for references; rules and tables have different names.")
    about: Literal["response", "project", "touchpoint", "cell", "initiative"] = key(
        "What the table is about: as with rules; of responses it derives attributes, where the evidence is."
    )
    inputs: Mapping[Name, Expression] = key("Columns that are asked: name to CEL formula.")
    outputs: tuple[Name, ...] = key("Columns that are answered: facts to derive.")
    hit: Literal["unique", "first", "priority", "any", "collect"] = key(
        "Which rows count: the only one that holds, the first, the one whose first output comes first in"
        " `priority`, any of several that agree, or all of them, collected.",
        default="unique",
    )
    collect: Literal["sum", "min", "max", "count"] | None = key(
        'What is made of all rows that hold; with `hit = "collect"`.', default=None
    )
    priority: tuple[Scalar, ...] = key(
        'Values of the first output, the most important first; with `hit = "priority"`.', default=()
    )
    rows: tuple[Mapping[Name, Scalar], ...] = key("The rows, in any order unless the first one counts.")
    default: Mapping[Name, Scalar] = key("Outputs where no row holds.", default=NOTHING)
    because: str = key(
        "The reason, told to people; by default the reason of the row, or what made it hold.", default=""
    )
