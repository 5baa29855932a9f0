"""LSAT6 and LSAT7 (five items, 1,000 papers each): every figure that exam-references.md took from independent software."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from academy.scoring.rules.analysis import classical, rasch, two_parameter


@dataclass(frozen=True)
class Published:
    """A data set as counts of the patterns 00000 … 11111, and what psych, eRm and ltm say of it."""

    counts: list[int]
    facility: list[float]
    alpha: float
    kr21: float
    sem: float
    rest: list[float]
    dropped: list[float]
    rasch_b: list[float]
    rasch_likelihood: float
    theta: list[float]
    a: list[float]
    b: list[float]
    likelihood: float

    @property
    def solved(self) -> NDArray[np.bool_]:
        """A row a paper."""
        rows = [[bit == "1" for bit in f"{n:05b}"] for n, count in enumerate(self.counts) for _ in range(count)]
        return np.array(rows, dtype=bool)


LSAT6 = Published(
    counts=[3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15, 10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61, 28, 298],
    facility=[0.924, 0.709, 0.553, 0.763, 0.870],
    alpha=0.2949971922,
    kr21=0.1964411687,
    sem=0.8690666124,
    rest=[0.1128326889, 0.1531781201, 0.1727789433, 0.1444280952, 0.1215964025],
    dropped=[0.2753562, 0.2375839, 0.2167995, 0.2459327, 0.2662944],
    rasch_b=[-1.256128, 0.474907, 1.235981, 0.168410, -0.623170],
    rasch_likelihood=-1091.56969,
    theta=[-1.6015, -0.4743, 0.4809, 1.5999],
    a=[0.8254, 0.7229, 0.8905, 0.6886, 0.6575],
    b=[-3.3597, -1.3696, -0.2799, -1.8659, -3.1236],
    likelihood=-2466.6534,
)
LSAT7 = Published(
    counts=[
        12,
        19,
        1,
        7,
        3,
        19,
        3,
        17,
        10,
        5,
        3,
        7,
        7,
        23,
        8,
        28,
        7,
        39,
        11,
        34,
        14,
        51,
        15,
        90,
        6,
        25,
        7,
        35,
        18,
        136,
        32,
        308,
    ],
    facility=[0.828, 0.658, 0.772, 0.606, 0.843],
    alpha=0.4534087354,
    kr21=0.4150441312,
    sem=0.8861299150,
    rest=[0.2457316499, 0.2466735767, 0.3131792533, 0.2227512541, 0.1747863009],
    dropped=[0.3959750, 0.3938310, 0.3453912, 0.4146007, 0.4384621],
    rasch_b=[-0.541470, 0.536545, -0.133583, 0.805166, -0.666659],
    rasch_likelihood=-1182.699899,
    theta=[-1.4861, -0.4426, 0.4363, 1.4870],
    a=[0.9877, 1.0808, 1.7066, 0.7650, 0.7357],
    b=[-1.8791, -0.7475, -1.0573, -0.6353, -2.5207],
    likelihood=-2658.8052,
)

published = pytest.mark.parametrize("data", [LSAT6, LSAT7], ids=["LSAT6", "LSAT7"])


@published
@pytest.mark.parametrize("worth", [100, 50, 200])
def test_classical_figures(data: Published, worth: int) -> None:
    found = classical(data.solved.astype(np.int32) * worth, np.full(5, worth, dtype=np.int32))
    assert found.papers == 1000
    assert [item.facility for item in found.items] == pytest.approx(data.facility, rel=1e-9)
    assert found.alpha == pytest.approx(data.alpha, rel=1e-6)
    assert found.kr21 == pytest.approx(data.kr21, rel=1e-6)
    assert found.sem == pytest.approx(data.sem * worth / 100, rel=1e-6)
    assert [item.rest for item in found.items] == pytest.approx(data.rest, rel=1e-6)
    assert [item.alpha_if_dropped for item in found.items] == pytest.approx(data.dropped, rel=1e-6)


@published
def test_rasch_by_conditional_likelihood(data: Published) -> None:
    found = rasch(data.solved)
    assert found is not None
    assert found.difficulties == pytest.approx(data.rasch_b, abs=2e-5)
    assert found.log_likelihood == pytest.approx(data.rasch_likelihood, abs=1e-4)
    assert [found.abilities[raw] for raw in (1, 2, 3, 4)] == pytest.approx(data.theta, abs=1e-4)


@published
def test_two_parameters_by_marginal_likelihood(data: Published) -> None:
    found = two_parameter(data.solved)
    assert found is not None
    assert found.has_converged
    assert found.slopes == pytest.approx(data.a, abs=1e-2)
    assert found.difficulties == pytest.approx(data.b, abs=1e-2)
    assert found.log_likelihood == pytest.approx(data.likelihood, abs=1e-2)
