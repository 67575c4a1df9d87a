"""Reads the language of a short message with langdetect; the same text always gets the same answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import langdetect
from langdetect.detector import Detector
from langdetect.detector_factory import DetectorFactory
from langdetect.lang_detect_exception import LangDetectException
from langdetect.utils.ngram import NGram

from config.pack import Pack
from flows.triage.spelling import plain

UNDETERMINED = "und"
BESIDES = ("en", "ar")
"""Other languages that occur in messages, although nobody is answered in them."""
PRIOR_BESIDES = 0.003
"""The prior probability of each language in which nobody is answered; the pack's languages share the rest."""
TRIALS = 2
"""langdetect averages several random trials, seven by default; two give the same answer in half the time."""
SURE = 0.9
"""The probability from which a citizen is answered in the language; below it the trials did not agree."""
LONGEST_READ = 140
"""Characters of a message that are enough to read its language."""
KNOWN_WORDS = 20_000
"""Words whose n-grams are kept in memory."""
_SHIPPED = Path(langdetect.__file__).parent / "profiles"


class LanguageReader:
    """Tells the languages of a pack apart.

    langdetect itself has no profile of Bambara. It gets the pack's profiles and only those of its own that occur, which
    is also much faster (`make bench BENCH=triage`).
    """

    def __init__(self, pack: Pack) -> None:
        named = {json.loads(profile)["name"] for profile in pack.language_profiles}
        shipped = [_typed_bare(code) for code in pack.languages if code not in named and (_SHIPPED / code).exists()]
        besides = [_shipped(code) for code in BESIDES if code not in named and code not in pack.languages]
        self._factory = DetectorFactory()
        self._factory.seed = 0
        self._factory.load_json_profile([*pack.language_profiles, *shipped, *besides])
        known = self._factory.langlist
        answered = [code for code in known if code in pack.languages]
        self.unknown = tuple(code for code in pack.languages if code not in known)
        """Languages of the pack without a profile: no message is read as one of them."""
        rest = 1 - PRIOR_BESIDES * (len(known) - len(answered))
        prior = {code: rest / len(answered) if code in answered else PRIOR_BESIDES for code in known}
        plain_detector = self._factory.create()
        plain_detector.set_prior_map(prior)
        self._prior: list[float] = plain_detector.prior_map
        self._spaces = _Spaces()
        self._grams = lru_cache(maxsize=KNOWN_WORDS)(self._grams_of)

    def read(self, text: str) -> str:
        """The code of the language that fits best, or `und` if the text is too short."""
        return self.guess(text)[0]

    def guess(self, text: str) -> tuple[str, bool]:
        """The code of the language that fits best (`und` if the text is too short), and whether that is sure."""
        text = text[:LONGEST_READ]
        if sum(char.isalpha() for char in text) < 3:
            return UNDETERMINED, False
        try:
            detector = _Detector(self._factory, self._grams_in)
            detector.n_trial, detector.prior_map = TRIALS, self._prior
            detector.append(text if not text.isupper() else plain(text))
            best = detector.get_probabilities()
        except LangDetectException:
            return UNDETERMINED, False
        return (str(best[0].lang), best[0].prob >= SURE) if best else (UNDETERMINED, False)

    def _grams_in(self, text: str) -> list[str]:
        """The n-grams of a text, which are those of its words: none reaches across a space."""
        *with_space, last = text.translate(self._spaces).split(" ")
        grams = [gram for word in with_space if word for gram in self._grams(f"{word} ")]
        return [*grams, *self._grams(last)]

    def _grams_of(self, word: str) -> tuple[str, ...]:
        detector = self._factory.create()
        detector.text = word
        return tuple(detector._extract_ngrams())


class _Detector(Detector):  # type: ignore[misc]  # langdetect has no types
    """langdetect's detector, which takes the n-grams of words from memory; its result is the same."""

    def __init__(self, factory: DetectorFactory, grams_in: Callable[[str], list[str]]) -> None:
        super().__init__(factory)
        self._grams_in = grams_in

    def _extract_ngrams(self) -> list[str]:
        return self._grams_in(self.text)

    def _update_lang_prob(self, prob: list[float], word: str, alpha: float) -> bool:
        weight = alpha / self.BASE_FREQ
        prob[:] = [was * (weight + share) for was, share in zip(prob, self.word_lang_prob_map[word], strict=False)]
        return True


class _Spaces(dict[int, int]):
    """For `str.translate`: a space instead of each character that langdetect reads as one."""

    def __missing__(self, char: int) -> int:
        self[char] = ord(" ") if NGram.normalize(chr(char)) == " " else char
        return self[char]


def _shipped(code: str) -> str:
    return (_SHIPPED / code).read_text(encoding="utf-8")


def _typed_bare(code: str) -> str:
    """A profile of langdetect as if each of its texts had also been typed without accents, as on a phone."""
    profile = json.loads(_shipped(code))
    freq: Counter[str] = Counter(profile["freq"])
    for gram, count in profile["freq"].items():
        freq["".join(plain(char) for char in gram) if gram.strip() else gram] += count
    return json.dumps({"freq": freq, "n_words": [2 * count for count in profile["n_words"]], "name": code})
