"""From sources to evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cxengine.insight.moments import feeling_signals
from cxengine.metrics.partials.update import collect_kept
from cxengine.rules.responses import derived_attributes, exclusions

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
    from cxengine.plugin import Metric
    from cxengine.project import Loaded
    from cxengine.rules.ruleset import RuleSet


def collect(loaded: Loaded, ruleset: RuleSet, metrics: Mapping[str, Metric]) -> Evidence:
    """What the sources say, with what rules about responses derive and exclude."""
    return collect_kept(
        loaded,
        metrics,
        derived=derived_attributes(ruleset),
        excluded=exclusions(ruleset),
        feeling=[str(signal.id) for signal in feeling_signals(loaded.project)],
    )
