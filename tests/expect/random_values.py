"""Draws of the generator (src/base/rng.c), from its papers by way of common.py."""
from itertools import islice

from common import Header, Rng, splitmix64

# Published: the authors' SplitMix64 for seed 1234567; xoshiro256** from the state {1, 2, 3, 4}.
SPLITMIX_1234567 = [6457827717110365317, 3203168211198807973, 9817491932198370423,
                    4593380528125082431, 16408922859458223821]
XOSHIRO_1234 = [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360,
                607988272756665600, 16172922978634559625, 8476171486693032832,
                10595114339597558777, 2904607092377533576]


def main():
    assert list(islice(splitmix64(1234567), 5)) == SPLITMIX_1234567
    rng = Rng(state=[1, 2, 3, 4])
    assert [rng.next() for _ in range(10)] == XOSHIRO_1234

    out = Header("random_values.h", "random_values.py", "Draws of SplitMix64 and xoshiro256**.")
    out.array("rng_state_1234567", SPLITMIX_1234567[:4], "uint64_t")
    out.array("rng_xoshiro_1234", XOSHIRO_1234, "uint64_t")
    seeds = [0, 1, 42, 20240229, (1 << 64) - 1]
    out.array("rng_seeds", seeds, "uint64_t")
    out.line("/* eight draws of each seed */")
    draws = []
    for seed in seeds:
        rng = Rng(seed)
        draws += [rng.next() for _ in range(8)]
    out.array("rng_draws", draws, "uint64_t")
    bounds = [1, 2, 3, 10, 1000, 1 << 32, (1 << 63) + 1, (1 << 64) - 1]
    out.array("rng_bounds", bounds, "uint64_t")
    rng = Rng(7)
    out.array("rng_below", [rng.below(b) for b in bounds for _ in range(4)], "uint64_t")
    out.array("rng_shuffled", Rng(3).shuffled(12), "size_t")
    out.write()


if __name__ == "__main__":
    main()
