import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from flows.learning.network_training import train_network
from flows.triage.network import Network


def messages(count: int) -> tuple[csr_matrix, NDArray[np.int64]]:
    chance = np.random.default_rng(1)
    features = chance.integers(0, 2, (count, 6)).astype(np.float32)
    return csr_matrix(features), (features[:, 0] != features[:, 1]).astype(np.int64)


def test_the_network_learns_what_no_single_feature_tells() -> None:
    rows, wanted = messages(6000)
    first, first_bias, last, last_bias = train_network(rows, wanted, 2, hidden=16, seed=1)
    network = Network(np.arange(6), first, first_bias, last, last_bias)
    read = network.outcomes(rows @ first).argmax(axis=1)
    assert (read == wanted).mean() > 0.99


def test_the_same_messages_give_the_same_network() -> None:
    rows, wanted = messages(300)
    weights = [train_network(rows, wanted, 2, hidden=8, seed=3) for _ in range(2)]
    for once, again in zip(*weights, strict=True):
        assert (once == again).all()


def test_fewer_messages_than_a_batch_give_a_network_too() -> None:
    rows, wanted = messages(5)
    assert all(np.isfinite(part).all() for part in train_network(rows, wanted, 2, hidden=4, seed=1))
