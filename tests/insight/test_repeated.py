"""Customers who answer more than once: feelings are as sure as whole customers make them."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from cxengine import journey
from cxengine.insight.alike import Cell, alike, alike_apart
from cxengine.insight.apart import apart
from cxengine.insight.basis import Basis
from cxengine.insight.find import find
from cxengine.insight.insight import Feeling
from cxengine.insight.intensity import emotion_of, love_of, pain_of
from cxengine.insight.moments import Moments
from cxengine.insight.repeated import TERMS, Products
from cxengine.insight.voices import WHOLE_JOURNEY, Heard, Voices, reach
from cxengine.metrics.measure import measure
from cxengine.project import model

# --- by hand --------------------------------------------------------------------------------------


def returning(made, **changes):
    """The project whose survey names customers."""
    mapping = attrs.evolve(made.sources[0].mapping, customer_id="who")
    return attrs.evolve(made, sources=(model.SourceTable(id="survey", mapping=mapping, **changes),))


def insight_of(project, evidence):
    return find(project, journey.build(project), evidence, measure(project, evidence, {}))


def rows_of(seed, customers=40, most=4):
    """Customers who come back, whose country may change, and who are of one mood."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        mood = rng.normal()
        for visit in range(rng.integers(1, most)):
            country = "NL" if rng.random() < 0.7 else "BE"
            common = {
                "response_id": f"survey:{customer}-{visit}", "customer": f"k{customer}", "signal": "satisfied",
                "a_country": country, "weight": 1 + customer % 3 / 2,
            }  # fmt: skip
            for place in ("search", "order"):
                if rng.random() < 0.7 - 0.2 * (mood > 0):
                    value = float(np.clip(round(3.2 + mood + 0.7 * rng.normal()), 1, 5))
                    rows.append(common | {"touchpoint": place, "value": value})
    return rows


def changes(rows, touchpoint, country):
    """What every customer changes in emotion, pain and reach of those of a country (or of all)."""
    ours = [row for row in rows if country in (None, row["a_country"])]
    spoke = {row["response_id"]: row for row in ours}
    here = [row for row in ours if row["touchpoint"] == touchpoint]
    x = {id(row): (row["value"] - 3) / 2 for row in here}
    w, everywhere = sum(row["weight"] for row in here), sum(row["weight"] for row in spoke.values())
    emotion = sum(row["weight"] * x[id(row)] for row in here) / w
    ill = sum(row["weight"] * max(-x[id(row)], 0) for row in here) / w
    met = w / everywhere
    found = {}
    for customer in {row["customer"] for row in rows}:
        said = [row for row in here if row["customer"] == customer]
        of_reach = sum(row["weight"] for row in said)
        of_reach -= met * sum(row["weight"] for row in spoke.values() if row["customer"] == customer)
        of_ill = sum(row["weight"] * (max(-x[id(row)], 0) - ill) for row in said)
        found[customer] = np.array(
            [
                sum(row["weight"] * (x[id(row)] - emotion) for row in said) / w,
                met * of_ill / w + ill * of_reach / everywhere,
                of_reach / everywhere,
            ]
        )
    return np.array([found[customer] for customer in sorted(found)])


@pytest.mark.parametrize("touchpoint", ["search", "order"])
@pytest.mark.parametrize("kind", ["survey", "ticket"])
def test_what_customers_change_squared_is_what_their_totals_tell(
    make_project, make_evidence, touchpoint, kind
):
    rows = rows_of(3)
    basis = insight_of(returning(make_project(), kind=kind), make_evidence(rows)).basis
    names = ("emotion", "pain", "reach")
    for segment, country in (("all", None), ("dutch", "NL"), ("belgian", "BE")):
        cell = basis.cell(touchpoint, segment)
        expected = changes(rows, touchpoint, country)
        for k, name in enumerate(names):
            slope = cell.slopes[name]
            assert slope @ cell.products.own @ slope == pytest.approx((expected[:, k] ** 2).sum(), rel=1e-6)
    dutch, belgian = basis.cell(touchpoint, "dutch"), basis.cell(touchpoint, "belgian")
    others = changes(rows, touchpoint, "BE")
    rest = dutch.products.rest(basis.products[touchpoint, "all"])
    assert rest.own == pytest.approx(belgian.products.own, abs=1e-6)
    assert rest.responses == pytest.approx(belgian.products.responses, abs=1e-6)
    for k, name in enumerate(names):
        both = dutch.slopes[name] @ dutch.products.with_the_rest @ belgian.slopes[name]
        assert both == pytest.approx((changes(rows, touchpoint, "NL")[:, k] * others[:, k]).sum(), rel=1e-5)
        assert both != 0


def test_who_answers_once_changes_nothing(make_project, make_evidence):
    rows = [row | {"customer": f"k{row['response_id']}"} for row in rows_of(5)]
    once = insight_of(returning(make_project()), make_evidence(rows))
    assert once.basis.products == {}
    unnamed = insight_of(make_project(), make_evidence([row | {"customer": None} for row in rows]))
    assert repr(once) == repr(unnamed)
    more = [*rows, rows[0] | {"response_id": "survey:more", "touchpoint": "delivery"}]
    mixed, known = insight_of(returning(make_project()), make_evidence(more)), make_evidence(more)
    assert mixed.basis.products
    alone = insight_of(make_project(), known)
    for one, other in zip(mixed.feelings, alone.feelings, strict=True):
        assert one.emotion == other.emotion  # nobody speaks twice of one touchpoint
        assert one.pain.high == pytest.approx(other.pain.high, rel=0.02)
        assert one.differs == other.differs


def test_who_says_the_same_eight_times_has_said_it_once(make_project, make_evidence):
    rows = [
        {"response_id": f"survey:{customer}-{visit}", "customer": f"k{customer}", "signal": "satisfied",
         "touchpoint": "search", "value": float(1 + customer % 5)}
        for customer in range(50) for visit in range(8)
    ]  # fmt: skip
    often = insight_of(returning(make_project()), make_evidence(rows)).feeling("search")
    once = insight_of(returning(make_project()), make_evidence(rows[::8])).feeling("search")
    assert (often.emotion.n, once.emotion.n) == (400, 50)
    assert often.emotion.n_eff == pytest.approx(50, rel=1e-6)
    for name in ("emotion", "pain", "love"):
        one, other = getattr(often, name), getattr(once, name)
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=2e-2)


def test_one_customer_alone_is_sure_of_nothing(make_project, make_evidence):
    rng = np.random.default_rng(2)
    rows = [
        {"response_id": f"survey:{visit}", "customer": "k", "signal": "satisfied", "touchpoint": "search",
         "value": float(rng.integers(1, 6))}
        for visit in range(30)
    ]  # fmt: skip
    found = insight_of(returning(make_project()), make_evidence(rows)).feeling("search")
    assert (found.emotion.low, found.emotion.high) == (-1.0, 1.0)
    assert (found.pain.low, found.pain.high) == (0.0, 1.0)


# --- simulated ------------------------------------------------------------------------------------

FEW, EVERYBODY = "few", "all"


@attrs.frozen(eq=False)
class Sample:
    """Answers at one touchpoint, of a segment and of everybody: a row a response."""

    customer: np.ndarray
    few: np.ndarray
    spoke: np.ndarray
    x: np.ndarray

    def basis(self):
        """Everything that a run would know of them."""
        sums, heard, vectors = {}, {}, {}
        size = self.customer.max() + 1
        for segment, ours in ((FEW, self.few), (EVERYBODY, np.ones(len(self.few), dtype=bool))):
            here = ours & self.spoke
            terms = self._terms(ours)
            sums["t", segment] = moments(self.x[here])
            heard["t", segment], heard[WHOLE_JOURNEY, segment] = voices(here.sum()), voices(ours.sum())
            totals = np.stack([np.bincount(self.customer, weights=t, minlength=size) for t in terms])
            vectors[segment] = totals, terms
        everybody = vectors[EVERYBODY][0]
        products = {
            ("t", segment): Products(totals @ totals.T, totals @ everybody.T, terms @ terms.T)
            for segment, (totals, terms) in vectors.items()
        }
        return Basis(sums, heard, products)

    def _terms(self, ours):
        here, x = (ours & self.spoke).astype(float), self.x
        of = {"w": here, "x": x, "ill": np.maximum(-x, 0), "joy": np.maximum(x, 0), "voices": here}
        of |= {"asked_here": here, "speaking_here": here}
        return np.stack([here * of[t] if t in of else ours.astype(float) for t in TERMS])


def moments(x):
    ill, joy = np.maximum(-x, 0), np.maximum(x, 0)
    return Moments(len(x), *(float(t.sum()) for t in (x, x**2, ill, ill**2, joy, joy**2)))


def voices(n):
    one = Voices(int(n), float(n), float(n))
    return Heard(one, one, one)


def answers(rng, customers, visits, *, changing=False, away=0.0, mood=0.8):
    """Customers of one mood each, of whom a third are few; `away` is how much lower these feel."""
    customer = np.repeat(np.arange(customers), visits)
    few = (np.arange(customers) % 3 == 0)[customer]
    if changing:
        few = rng.random(len(customer)) < 1 / 3
    lasting, often = rng.normal(size=customers), rng.beta(4, 2, customers)
    said = 0.3 + mood * lasting[customer] + 0.6 * rng.normal(size=len(customer)) - away * few
    x = np.clip(np.round(said), -2, 2) / 2
    return Sample(customer, few, rng.random(len(customer)) < often[customer], x)


def felt(basis, segment):
    sums, spoken, met = (
        basis.sums["t", segment],
        basis.heard["t", segment].feeling,
        reach(basis.heard, "t", segment),
    )
    alike = basis.alike("t", segment)
    pain, love = pain_of(sums, spoken, met, alike), love_of(sums, spoken, met, alike)
    return Feeling("t", segment, emotion_of(sums, spoken, alike), pain, love, met.value, "strong")


def told(sample):
    basis = sample.basis()
    return apart([felt(basis, s) for s in (FEW, EVERYBODY)], basis.sums, basis.heard, basis.products)


def truth(rng, **how):
    basis = answers(rng, 60_000, 2, **how).basis()
    sums, met = basis.sums["t", EVERYBODY], reach(basis.heard, "t", EVERYBODY).value
    return {"emotion": sums.emotion, "pain": met * sums.ill / sums.w, "love": met * sums.joy / sums.w}


def coverage(seed, customers, visits, samples, **how):
    """The share of intervals that hold the truth, of everybody's emotion, pain and love."""
    rng = np.random.default_rng(seed)
    planted = truth(rng, **how)
    held = dict.fromkeys(planted, 0)
    for _ in range(samples):
        found = felt(answers(rng, customers, visits, **how).basis(), EVERYBODY)
        for name, value in planted.items():
            held[name] += getattr(found, name).low <= value <= getattr(found, name).high
    return {name: count / samples for name, count in held.items()}


@pytest.mark.parametrize("customers", [10, 30, 100])
@pytest.mark.parametrize("visits", [2, 8])
def test_intervals_cover_whole_customers(customers, visits):
    found = coverage(customers + visits + 1, customers, visits, 500)
    least, most = (0.9, 1.0) if customers == 10 else (0.925, 0.98)
    for name, share in found.items():
        assert least <= share <= most, name


@pytest.mark.slow
@pytest.mark.parametrize("customers", [10, 30, 100])
@pytest.mark.parametrize("visits", [2, 4, 8])
@pytest.mark.parametrize("mood", [0.3, 0.8])
def test_intervals_cover_whole_customers_closely(customers, visits, mood):
    found = coverage(customers * visits, customers, visits, 4000, mood=mood)
    least, most = (0.905, 1.0) if customers == 10 else (0.93, 0.975)
    for name, share in found.items():
        assert least <= share <= most, name


def chances(seed, samples, customers, visits, **how):
    """The chances of the differences of a segment, by feeling."""
    rng = np.random.default_rng(seed)
    found = {"emotion": [], "pain": [], "love": []}
    for _ in range(samples):
        for one in told(answers(rng, customers, visits, **how)):
            found[one.feeling].append(one.p)
    return {name: np.array(p) for name, p in found.items()}


@pytest.mark.parametrize("visits", [2, 4, 8])
@pytest.mark.parametrize("changing", [False, True])
def test_where_nothing_differs_chances_are_what_they_say(visits, changing):
    for name, p in chances(visits, 400, 120, visits, changing=changing).items():
        assert 0.02 <= (p <= 0.05).mean() <= 0.08, name
        assert (p <= 0.005).mean() <= 0.0175, name  # what it takes to pass among many


def test_what_differs_is_found():
    """A third of 120 customers feels half a step worse: the power of as many customers' means."""
    from scipy.stats import ttest_ind

    p = chances(3, 100, 120, 8, away=0.5)["emotion"]
    rng, means = np.random.default_rng(3), []
    for _ in range(100):
        sample = answers(rng, 120, 8, away=0.5)
        count = np.bincount(sample.customer, weights=sample.spoke)
        mean = np.bincount(sample.customer, weights=sample.spoke * sample.x) / np.maximum(count, 1)
        few = np.bincount(sample.customer, weights=sample.few) > 0
        means.append(ttest_ind(mean[few & (count > 0)], mean[~few & (count > 0)], equal_var=False).pvalue)
    assert (p <= 0.05).mean() >= 0.9 * (np.array(means) <= 0.05).mean()
    assert (p <= 0.05).mean() >= 0.6


def test_customers_who_are_now_here_now_there_are_compared_with_themselves():
    """They are of one mood on both sides, so that a difference is more certain than of two populations."""
    rng = np.random.default_rng(4)
    sample = answers(rng, 100, 8, changing=True).basis()
    few, everybody = sample.cell("t", FEW), sample.products["t", EVERYBODY]
    others = sample.sums["t", EVERYBODY] - sample.sums["t", FEW]
    spoken = sample.heard["t", EVERYBODY].feeling - sample.heard["t", FEW].feeling
    rest = Cell(others, spoken, few.met, few.products.rest(everybody))
    assert alike_apart(few, rest).emotion_and_rest > 0.4
    assert alike(few).emotion_and_rest == 0
