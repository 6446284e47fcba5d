"""What a plugin author subclasses: `Source`, `Enricher`, `Metric`, `Grouping`, `Exporter`.

Every plugin class has a `name` (what TOML's `use` says) and `Options` (a frozen attrs class, loaded
strictly from TOML's `options` like the engine's own tables; use `cxengine.plugin.option` to document
its keys). Plugins get values and return values; they never see the engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.plugin.contract import Contract
from cxengine.plugin.options import NoOptions

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine import cel
    from cxengine.engine import Result
    from cxengine.plugin.http import Network
    from cxengine.project.model import Area, Signal

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]


class Plugin(ABC):
    """What all plugins have in common."""

    name: ClassVar[str]
    Options: ClassVar[type] = NoOptions

    def __init__(self, options: Any) -> None:
        self.options = options

    @cached_property
    def network(self) -> Network:
        """How it reaches services; the engine, or a test, may set another. See `cxengine.plugin.http`."""
        from cxengine.plugin.http import Network

        return Network()


# --- sources ---------------------------------------------------------------------------------------


@attrs.frozen
class Reject:
    """A row that could not be read: its position in the origin (data rows count from 1) and why."""

    position: int
    reason: str
    text: str = ""


@attrs.frozen
class Batch:
    """Some rows of one origin (a file, a survey).

    `rows` holds text columns only, of different names, as they were found; `positions` has the position of
    each row in the origin, counting data rows from 1; `rejects` are the rows between them that are not rows.
    """

    origin: str
    rows: pa.RecordBatch
    positions: pa.Int64Array
    rejects: tuple[Reject, ...] = ()


class OptionError(EvidenceError):
    """An option of a plugin cannot work; the engine points at it where it was written."""

    def __init__(self, option: str | tuple[str, ...], *diagnostics: Diagnostic) -> None:
        """`option` is a key of the options, or the way to one within; places are within its text."""
        super().__init__(*diagnostics)
        self.option = (option,) if isinstance(option, str) else option


@attrs.frozen
class Forgotten:
    """Customers who asked to be forgotten."""

    column: str
    """The column of a source that names customers."""
    names: Callable[[str], bool]
    """Whether a value of it names one of them; white space around it does not count."""


class Source(Plugin):
    """A listening post: yields rows of text as they are; the engine maps, checks and accounts for them."""

    proposed_by: ClassVar[str] = ""
    """The option that `cxengine new mapping --from NAME:VALUE` sets, where the source can `propose`."""
    forgotten: Forgotten | None = None
    """Whose rows a source that keeps anything must not keep again; the engine sets it."""

    def __init__(self, options: Any, folder: Path) -> None:
        """`folder` is the project's; relative paths in options start there."""
        super().__init__(options)
        self.folder = folder

    @abstractmethod
    def read(self) -> Iterator[Batch]:
        """All rows, in order, in batches small enough for memory.

        Raises:
            EvidenceError: when the origin cannot be read at all; an `OptionError` when an option is to blame.
        """

    @abstractmethod
    def fingerprints(self) -> Mapping[str, str]:
        """Every input by name, with a hash of its content: what the run's manifest records."""

    def parts(self) -> Mapping[str, Source]:
        """Sources of one input each, by its name, where inputs can be read by themselves; else nothing.

        They are in the order in which `read` reads them, and give the same origins and positions. Where a
        project keeps what earlier runs made of its inputs, only those that changed are read.
        """
        return {}

    def stamp(self) -> str | None:
        """What is certain to change when the content does, told without reading it; None if nothing is."""
        return None

    def kept(self) -> Sequence[Path]:
        """Files and folders in which it keeps what it has read between runs, there or not; else nothing."""
        return ()

    def forget(self, forgotten: Forgotten) -> Mapping[str, int]:
        """Takes customers out of what it keeps: how many rows it removed, by the id that they named.

        A source that says what it `kept` must be able to do so, and pass over the rows of those whom
        `self.forgotten` names whenever it keeps something; `cxengine forget` searches what was kept, and
        names a source that cannot.
        """
        raise NotImplementedError

    def labels(self) -> Mapping[str, str]:
        """The wording behind a column's name, where the origin tells it: what a survey asked."""
        return {}

    def timezones(self) -> Mapping[str, str]:
        """The time zone of times that name none, by the name of their column, where the origin tells it."""
        return {}

    def propose(self) -> str:
        """TOML to start from: signals and the mapping of this evidence, commented where its author decides.

        It is asked for where the class names an option `proposed_by`.
        """
        raise NotImplementedError

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether a file is one that this source is for, so that `cxengine new mapping FILE` asks it.

        What it proposes then is a whole project but for `[project]`. The source `file` takes what nobody
        else recognises.
        """
        del path
        return False


# --- enrichers -------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Enrichment:
    """What was found in texts; every sequence has one entry a text, in order."""

    scores: Mapping[str, Sequence[float | None]] = attrs.field(factory=dict)
    """Values by name; None where nothing can be said."""
    labels: Sequence[Sequence[str]] = ()
    """The labels of each text, such as themes, as a list of texts; empty where it gives none at all."""
    texts: Sequence[str] | None = None
    """The texts as they may be stored, of an enricher that rewrites them."""
    refusals: Sequence[str | None] = ()
    """Why a text was not scored, in a few words that many texts share; None where it was."""


class Enricher(Plugin):
    """Finds something in verbatims. It is asked once for every distinct text, when evidence is read.

    It must find the same in the same text, whatever other texts are asked about with it: large evidence is
    divided among processes.
    """

    rewrites: ClassVar[bool] = False
    """Whether it changes texts: then it runs first, before any text is stored."""

    @abstractmethod
    def offers(self) -> Mapping[str, tuple[float, float]]:
        """The scores and labels that a signal may carry, each with its smallest and largest value."""

    @abstractmethod
    def enrich(self, texts: Sequence[str]) -> Enrichment:
        """What it finds in each text."""


# --- metrics ---------------------------------------------------------------------------------------


@attrs.frozen
class Estimates:
    """Measured values, one entry a cell, of float64: NaN where nothing can be said. Intervals are 95%.

    Where there is a value, its interval holds it and is within the range of the metric.
    """

    value: FloatArray
    low: FloatArray
    high: FloatArray
    n: FloatArray | None = None
    """How many answers each value rests on, where that is not all that the signal has there."""


class Metric(Plugin):
    """A measure of experience, computed from additive components.

    `components` are aggregates in CEL over `value` (the answer), `scale.min`, `scale.max`,
    `scale.middle` and `options`: `count(condition)`, `sum(expression)`, `sum(expression, condition)`,
    `min`, `max`. They are weighted: with design weights, `count` adds weights. The engine supplies
    `n` (answers), `w` (sum of weights) and `w2` (sum of squared weights) to every metric unasked (no
    component may take these names), computes all components of all metrics in one scan, and adds components
    up for every roll-up.

    `log_histogram()` and `log_histogram(condition)` give a `cxengine.plugin.distribution.Distribution`:
    counts by the size of the value, for quantiles. Components may also read `censored` (the value is only a
    lower bound: it had not ended), and of answers with customer and moment `age` (days until the last answer
    that anybody gave to the signal) and `next_after` (days until the same customer's next answer at the
    same touchpoint; null where there is none). A metric that reads `censored` sees all values, any other
    only those that have ended.

    `unit`, `direction`, `adds_up` and `components` belong to the class, or to the instance where they
    depend on the options or the signal.

    The docstring is its entry in the catalogue (`docs/metrics.md`, `cxengine plugins NAME`): the definition,
    then paragraphs that begin with "Formula:", "Interval:", "Accepts:", "Limits:", "Habits:" (those of the
    field that mislead) or "Source:", and at last "Example:" with TOML that loads, indented. What it leaves
    out is taken from the class it derives from, but for the example.
    """

    title: ClassVar[str]
    question: ClassVar[str] = ""
    """What somebody wants to know who asks for it: the heading of the catalogue that it stands under."""
    counts: ClassVar[str] = "answers"
    """What its `n` counts."""
    best: ClassVar[float | None] = None
    """The value that is best, where that is neither end of the range: it can have no target or guardrail."""
    accepts: ClassVar[Contract] = Contract()
    """What it wants of a signal; a class that wants more overrides `refuses`."""
    unit: str = ""
    direction: Literal["higher_is_better", "lower_is_better", "as_signal"] = "as_signal"
    answers: ClassVar[Literal["share", "balance", "mean"]] = "mean"
    """What an answer adds to it, by which samples of pilots are sized: it counts or not (in percent), it
    counts for, against or neither (in points of 100), or it has a value."""
    student: bool = False
    """Whether its intervals take Student's t with one degree of freedom less than effective answers."""
    unbiased: bool = False
    """Whether these divide squared deviations by as many, and not by the answers themselves."""
    made_of: Collection[str] | None = None
    """The components that its value is made of, where others only tell the interval; None for all of them."""
    adds_up: bool = False
    """Whether it is a total over time, such as sales: twice as long a period has about twice as much. Its
    changes compare periods brought to the same length, by the days that the evidence covers. Its components
    may have one more, `cxengine.plugin.component.DAYS`, by which its variance is to be larger."""
    components: Mapping[str, str]
    attributes: Mapping[str, Literal["text", "number", "boolean"]] = MappingProxyType({})
    """The attributes of responses that it reads, with their types; a project without them is refused."""

    def __init__(self, options: Any, signal: Signal) -> None:
        """`signal` is the declaration of what is measured: wording, scale, direction."""
        super().__init__(options)
        self.signal = signal

    @classmethod
    def refuses(cls, signal: Signal, options: Any) -> str | None:
        """Why this metric cannot measure that signal, with a way out; None when it can.

        Raises:
            OptionError: an option is to blame; the engine points at it.
        """
        del options
        return cls.accepts.broken_by(cls.name, signal)

    @classmethod
    def doubts(cls, signal: Signal, options: Any) -> str | None:
        """What should be looked at in a signal that this metric can measure; None when nothing: a warning."""
        del options
        return cls.accepts.doubted_by(cls.name, signal)

    @property
    def wants(self) -> str:
        """What it must find to have a value, where answers alone are not enough: "it needs ..."."""
        return ""

    @property
    def good(self) -> int:
        """+1 where high is good, -1 where low is."""
        direction = self.signal.direction if self.direction == "as_signal" else self.direction
        return 1 if direction == "higher_is_better" else -1

    @abstractmethod
    def range(self) -> tuple[float, float]:
        """Smallest and largest possible value; infinite where there is no bound."""

    @abstractmethod
    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """Components (arrays, one entry a cell) to values with intervals."""

    @abstractmethod
    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """`size` joint draws from the posterior of every cell: shape (cells, size)."""

    def fitted(self, components: Mapping[str, FloatArray]) -> Mapping[str, FloatArray]:
        """The parameters of the model behind the values, by name: one entry a cell, NaN where there is none.

        Those of cells that are shown are told beside the value and written to `fitted.json`. A metric that
        fits no model has none.
        """
        del components
        return {}

    def chances(
        self, components: Mapping[str, FloatArray], limits: FloatArray, side: int
    ) -> FloatArray | None:
        """The chances of values so high, or higher (`side` 1), or so low (-1), were `limits` true.

        One entry a cell, one-sided: what guardrails and gaps ask. None: as those of a normal deviate that
        reaches to the limit of the interval. Override it where an interval misses more often on one side than
        on the other, or where many answers share a value.
        """
        del components, limits, side
        return None

    def chances_between(
        self, components: Mapping[str, FloatArray], ones: IntArray, others: IntArray
    ) -> FloatArray | None:
        """The chances of so large differences between cells, two arrays of positions, were there none.

        One entry a pair, two-sided, of independent answers: what changes and segments ask. None: from the
        intervals of both. Override it where many answers share a value.
        """
        del components, ones, others
        return None


# --- groupings -------------------------------------------------------------------------------------


@attrs.frozen
class GroupingItem:
    """An initiative to be grouped: what rules know about it, and the area its author chose, if any."""

    id: str
    facts: Mapping[str, Any]
    declared: str | None = None


@attrs.frozen
class Assignment:
    """The area an initiative belongs to (None: no area takes it), why, and how sure that is."""

    item: str
    area: str | None
    reason: str
    confidence: float | None = None
    """From 0 to 1; None where the grouping cannot tell."""


class Grouping(Plugin):
    """Sorts initiatives into areas."""

    @abstractmethod
    def group(
        self, items: Sequence[GroupingItem], areas: Sequence[Area], conditions: Mapping[str, cel.Program]
    ) -> Sequence[Assignment]:
        """One assignment an item, in order. `conditions` are the compiled `when` of areas that have one."""


# --- exporters -------------------------------------------------------------------------------------


class Exporter(Plugin):
    """Writes artefacts of a run."""

    @abstractmethod
    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """Writes files into `folder`, which exists, and names them. Same result, same bytes."""
