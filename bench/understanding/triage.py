"""The time to read a message and to find a typed place, compared with simple ways; time and memory of loading."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import langdetect
from rapidfuzz import process

from bench.figures import tell
from config.examples import load_examples
from config.pack import Pack, Place
from config.pack.loader import load_pack
from flows.triage import Triage
from gateway.worker.low_priority import calculate_on_one_core
from tests.support.servers import ROOT

PACK = ROOT / "config" / "mali"
VILLAGES = 10_000
PLAIN = 100
"""Messages for the simple way, which is slow. The figures are for each message."""


def main() -> None:
    """Runs the benchmark and prints its figures."""
    pack = load_pack(PACK)
    texts = [example.text for example in load_examples(pack, PACK)]
    wide = with_villages(pack)
    began = time.perf_counter()
    triage = Triage(pack)
    tell("model, gazetteer and language profiles loaded", time.perf_counter() - began, "s", "wanted: under 2")
    calculate_on_one_core()  # as the worker does
    tell("memory of model and gazetteer", memory_of_loading(), "MB", "wanted: under 150")
    ours = per_message(triage.read, texts)
    tell(f"a message, {len(texts)} in a batch", ours, "ms", "wanted: under 1")
    far = per_message(Triage(wide).read, texts)
    tell(f"with {len(wide.villages)} villages, times as long", far / ours, "", "wanted: at most 2")
    plain = per_message(plain_way(pack), texts[:: len(texts) // PLAIN])
    tell("the plain way: langdetect as shipped, extract over all names", plain, "ms")
    tell("times as fast as the plain way", plain / ours, "")
    typed = [misspelt(place.name) for place in wide.villages[:: len(wide.villages) // 300]]
    places = Triage(wide).places
    names = [area.name for area in wide.communes] + [place.name for place in (*wide.places, *wide.villages)]
    per_search = per_message(places.find, typed)
    tell(f"one typed place among {len(names)} names", per_search, "ms", "wanted: under 0.3")
    extract = per_message(lambda name: process.extract(name, names, limit=5), typed[::10])
    tell("the plain way: rapidfuzz.process.extract", extract, "ms")
    tell("times as fast as that", extract / per_search, "")


def with_villages(pack: Pack) -> Pack:
    """The pack with as many invented villages as a country has; their names sound like its own."""
    chance = random.Random(1)
    syllables = [name[at : at + 3] for name in (area.name for area in pack.communes) for at in (0, 3) if len(name) > 6]
    communes = [area.code for area in pack.communes]
    villages = tuple(
        Place("".join(chance.choice(syllables) for _ in range(3)).capitalize(), chance.choice(communes), "village")
        for _ in range(VILLAGES)
    )
    return replace(pack, villages=villages)


def misspelt(name: str) -> str:
    """The name with two neighbouring letters swapped."""
    middle = len(name) // 2
    return name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :]


def per_message(read: Callable[[str], object], texts: Sequence[str]) -> float:
    """Milliseconds for a message: the best of three rounds, after one that fills the caches."""
    gc.collect()
    rounds = []
    for _ in range(4):
        began = time.process_time()
        for text in texts:
            read(text)
        rounds.append((time.process_time() - began) * 1000 / len(texts))
    return min(rounds[1:])


def plain_way(pack: Pack) -> Callable[[str], object]:
    """The simple way to read a message: langdetect, and a search for each word among all names."""
    names = [area.name for area in pack.communes] + [place.name for place in pack.places]

    def read(text: str) -> object:
        return langdetect.detect_langs(text + " a b"), [process.extract(word, names, limit=1) for word in text.split()]

    return read


def memory_of_loading() -> float:
    """The memory in megabytes that a fresh process needs for numpy, langdetect, the model and the names."""
    code = (
        "from pathlib import Path; from config.pack.loader import load_pack\n"
        "def rss(): return int(next(l for l in open('/proc/self/status') if l.startswith('VmRSS')).split()[1])\n"
        f"pack = load_pack(Path({str(PACK)!r})); before = rss()\n"
        "from flows.triage import Triage; triage = Triage(pack); triage.read('vol de moto'); print(rss() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024
