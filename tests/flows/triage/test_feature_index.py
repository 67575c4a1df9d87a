"""The known features of a message are found by number exactly as by name, and n-grams exactly as langdetect's."""

from __future__ import annotations

import pytest

from config.examples import load_examples
from config.pack import Pack
from flows.triage import Triage
from flows.triage.feature_index import PhraseIndex, PieceIndex
from flows.triage.features import across_features, phrase_features
from flows.triage.model_file import ModelFile
from flows.triage.spelling import marked, sound
from tests.support.servers import ROOT


@pytest.fixture(scope="module")
def texts(pack: Pack) -> list[str]:
    """Messages of the pack, and texts that nobody should send."""
    known = [example.text for example in load_examples(pack, ROOT / "config" / "mali")[::25]]
    return [*known, "", "?", "a", "a b", "! ! !", "# , ;", "Ɲɛ 🔥 \u200b ÀÉ", "https://a.example/b c  d "]


def test_phrases_and_pieces_are_found_by_number_as_by_name(pack: Pack, texts: list[str]) -> None:
    file, _ = ModelFile.decode(pack.model)
    row_of = {name: row for row, name in enumerate(file.vocabulary)}
    weight_of = dict(zip(file.across, file.across_weights.tolist(), strict=True))
    phrases, pieces = PhraseIndex(file.vocabulary), PieceIndex(file.across, file.across_weights)
    found = 0
    for text in texts:
        tokens = marked(text)
        by_number = phrases.find([phrases.numbers(token, sound(token)) for token in tokens])
        by_name = [(row_of[name], start, end - start) for name, start, end in phrase_features(tokens) if name in row_of]
        rows = zip(by_number.rows.tolist(), by_number.starts.tolist(), by_number.widths.tolist(), strict=True)
        assert sorted(rows) == sorted(by_name)
        expected = sum(weight_of.get(piece, 0.0) for piece in across_features(tokens))
        assert pieces.weight(tokens) == pytest.approx(expected, abs=1e-3)
        found += len(by_name)
    assert found > len(texts)


def test_the_language_is_the_one_that_langdetect_reads_without_memory(triage: Triage, texts: list[str]) -> None:
    reader = triage.languages
    for text in texts:
        plain_detector = reader._factory.create()
        plain_detector.append(text)
        assert reader._grams_in(plain_detector.text) == plain_detector._extract_ngrams()
