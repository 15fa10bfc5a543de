"""Known answers of the random numbers and of the quantile functions."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from rimland.engine import kernel, luck, random
from rimland.errors import RunError
from rimland.program.keys import collisions, name_key

# Random123 1.14, tests/kat_vectors: threefry2x64, 20 rounds: counter, key, result.
VECTORS = [
    ((0, 0), (0, 0), (0xC2B6E3A8C2C69865, 0x6F81ED42F350084D)),
    ((2**64 - 1,) * 2, (2**64 - 1,) * 2, (0xE02CB7C4D95D277A, 0xD06633D0893B8B68)),
    (
        (0x243F6A8885A308D3, 0x13198A2E03707344),
        (0xA4093822299F31D0, 0x082EFA98EC4E6C89),
        (0x263C7D30BB0F0AF1, 0x56BE8361D3311526),
    ),
]


@luck.njit
def compiled_threefry(k0, k1, c0, c1):
    return luck.threefry(k0, k1, c0, c1)


@luck.njit
def compiled_uniform(words, firings, restarts, purpose):
    return luck.uniform(words[0], words[1], words[2], firings, restarts, purpose)


@luck.njit
def compiled_quantiles(kind, u, p, q, out):
    for i in range(u.size):
        out[i] = luck.work_quantile(kind, u[i], p, q)


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_threefry_gives_the_known_answers_of_random123(counter, key, expected):
    words = [np.uint64(word) for word in (*key, *counter)]
    assert tuple(int(word) for word in compiled_threefry(*words)) == expected
    first, second = random.threefry(key, np.array([counter[0]], np.uint64), [counter[1]])
    assert (int(first[0]), int(second[0])) == expected


def test_a_number_of_the_event_stream_is_keyed_as_the_contract_says():
    key, name = (17, 4711), 2**63 + 12345
    words = np.array([*key, name], np.uint64)
    got = compiled_uniform(words, np.uint64(7), np.uint64(3), np.uint64(1))
    counter = (7 << 32) | (3 << 8) | 1
    word, _ = random.threefry(key, np.array([name], np.uint64), [counter])
    assert got == ((int(word[0]) >> 11) + 0.5) * 2.0**-53


def test_uniforms_lie_strictly_between_0_and_1_at_both_ends_of_the_words():
    made = random.to_uniform(np.array([0, 2**64 - 1], np.uint64))
    assert made[0] == 2.0**-54
    assert made[1] == 1.0 - 2.0**-53


def test_names_are_keyed_by_64_bits_of_blake2b():
    made = hashlib.blake2b(b"dock.step", digest_size=8).digest()
    assert name_key("dock.step") == int.from_bytes(made, "little")
    assert collisions(["a", "b", "a"]) == []


def test_more_draws_change_no_earlier_number_of_a_quantity_and_a_part_is_a_part():
    whole = random.uniforms(5, 100, "dock.days")
    assert np.array_equal(random.uniforms(5, 40, "dock.days"), whole[:40])
    assert np.array_equal(random.uniforms(5, 60, "dock.days", first_draw=40), whole[40:])
    assert not np.any(random.uniforms(5, 100, "dock.day") == whole)
    assert not np.any(random.uniforms(6, 100, "dock.days") == whole)


def test_the_numbers_of_a_quantity_are_uniform():
    # Kolmogorov-Smirnov at 10^5 fixed numbers; false alarm rate 0.001, and the seed is fixed.
    assert stats.kstest(random.uniforms(1, 100_000, "x"), "uniform").pvalue > 0.001


def test_a_seed_out_of_range_is_refused():
    with pytest.raises(RunError, match="expected numbers from 0"):
        random.uniforms(-1, 3, "x")


GAMMA_SHAPES = (0.001, 0.01, 0.05, 0.3, 0.6, 1.0, 1.5, 3.0, 9.5, 30.0, 99.0, 101.0, 1e3, 1e4, 1e5)


@pytest.mark.parametrize(
    ("kind", "p", "q", "peer"),
    [
        (0, 0.0, 0.0, stats.expon()),
        (2, 1.3, 0.7, stats.lognorm(0.7, scale=np.exp(1.3))),
        (2, -2.0, 1.9, stats.lognorm(1.9, scale=np.exp(-2.0))),
        (3, 0.6, 40.0, stats.weibull_min(0.6, scale=40.0)),
        (3, 3.5, 2.0, stats.weibull_min(3.5, scale=2.0)),
        *((5, shape, 7.0, stats.gamma(shape, scale=7.0)) for shape in GAMMA_SHAPES),
    ],
)
def test_quantiles_agree_with_scipy_to_1e_12(kind, p, q, peer):
    tail = np.logspace(-15.5, -0.31, 400)
    u = np.concatenate([tail, np.linspace(0.05, 0.95, 500), 1.0 - tail])
    out = np.empty_like(u)
    compiled_quantiles(np.uint32(kind), u, p, q, out)
    np.testing.assert_allclose(out, peer.ppf(u), rtol=1e-12)


def test_a_duration_with_senseless_parameters_is_no_number():
    out = np.empty(1)
    senseless = [(1, -1.0, 0.0), (2, 0.0, -0.1), (3, 0.0, 1.0), (3, 1.0, 0.0)]
    senseless += [(5, 0.0, 1.0), (5, 1e-4, 1.0), (5, 1e6, 1.0), (5, 1.0, 0.0), (5, np.nan, 1.0)]
    for kind, p, q in senseless:
        compiled_quantiles(np.uint32(kind), np.array([0.5]), p, q, out)
        assert np.isnan(out[0])


def test_the_kernel_names_the_digest_of_the_files_it_includes():
    # numba would go on running the old helpers from its cache if only their files changed.
    room = Path(kernel.__file__).parent
    included_files = ("luck.py", "firing.py", "schedule.py")
    included = b"".join((room / name).read_bytes() for name in included_files)
    digest = hashlib.blake2b(included, digest_size=8).hexdigest()
    assert digest == kernel.INCLUDED, f"write {digest} into kernel.INCLUDED"
