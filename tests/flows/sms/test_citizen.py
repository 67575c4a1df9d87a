import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.pack import Pack
from flows.conversation.machine import clean
from flows.sms.citizen import NO_MORE, Meaning, SmsRequest, commune_answered, read_sms
from flows.sms.keywords import said_words, taken_out, without_courtesy
from flows.triage import Triage


@pytest.mark.parametrize(
    ("text", "meaning", "about"),
    [
        ("AIDE", Meaning.HELP, ""),
        ("dɛmɛ", Meaning.HELP, ""),
        ("Stop", Meaning.STOP, ""),
        ("ARRÊT", Meaning.STOP, ""),
        ("start", Meaning.START, ""),
        ("SUIVI CCS-7K4Q", Meaning.FOLLOW, "CCS-7K4Q"),
        ("suivi 7k4q", Meaning.FOLLOW, "CCS-7K4Q"),
        ("Nɔfɛ ccs 7k4q", Meaning.FOLLOW, "CCS-7K4Q"),
        ("suivi", Meaning.FOLLOW, ""),
        ("langue bm", Meaning.LANGUAGE, "bm"),
        ("CCS Lafiabougou", Meaning.COMMITTEE, "ml-bamako-commune-iv|Lafiabougou"),
        ("CCS de Banconi", Meaning.COMMITTEE, "ml-bamako-commune-i|Banconi"),
        ("CCS-7K4Q", Meaning.FOLLOW, "CCS-7K4Q"),
        ("suivi 7k4q merci", Meaning.FOLLOW, "CCS-7K4Q"),
        ("SUIVI 2222", Meaning.FOLLOW, ""),
        ("suivi7k4q", Meaning.FOLLOW, "CCS-7K4Q"),
        ("langue bambara svp", Meaning.LANGUAGE, "bm"),
        ("SMS Stop", Meaning.STOP, ""),
        ("stop 36223 s'il vous plaît !", Meaning.STOP, ""),
        ("sotp", Meaning.STOP, ""),
        ("oui merci", Meaning.YES, ""),
        ("Ayi", Meaning.NO, ""),
        ("2.", Meaning.CHOICE, "2"),
        ("Effacer mon numéro", Meaning.FORGET, ""),
        ("", Meaning.HELP, ""),
        ("   \n", Meaning.HELP, ""),
        ("🙂🙂", Meaning.HELP, ""),
        ("on a volé ma moto à Banconi", Meaning.CONCERN, "on a volé ma moto à Banconi"),
        # A keyword at the head of a cry for help is no keyword.
        ("Aide nous ils nous attaquent à Banconi", Meaning.CONCERN, "Aide nous ils nous attaquent à Banconi"),
        ("stop aux vols à Banconi chaque nuit", Meaning.CONCERN, "stop aux vols à Banconi chaque nuit"),
        ("suivi par des hommes armés", Meaning.CONCERN, "suivi par des hommes armés"),
    ],
)
def test_a_message_is_a_keyword_in_either_language_or_a_concern(
    text: str, meaning: Meaning, about: str, pack: Pack, triage: Triage
) -> None:
    assert read_sms(text, pack, triage.places) == SmsRequest(meaning, about)


CRIES = (
    "Stop drogue", "STOP excision", "Jo tɛ", "Srequest vol", "Star club", "Help me", "Aidez nous", "Dɛmɛ an", "Info vol",
    "Kan dimi", "Aidez", "Stop les coups", "suivi armes", "CCS xyzxyz", "langue coupée", "Oui il y a un feu",
    "effacer tout", "Arrêt cardiaque", "STOP \u07de\u07ca\u07f2", "Stop لصوص", "SUIVI 76001234",
)  # fmt: skip


@pytest.mark.parametrize("text", CRIES)
def test_what_stands_behind_a_keyword_makes_a_concern_of_the_whole(text: str, pack: Pack, triage: Triage) -> None:
    request = read_sms(text, pack, triage.places)
    assert (request.meaning, request.about) == (Meaning.CONCERN, text)


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("Stop drogue", Meaning.HELP),
        ("Help me", Meaning.HELP),
        ("HELP!!", Meaning.HELP),
        ("Dɛmɛ !", Meaning.HELP),
        ("Kan dimi", Meaning.LANGUAGE),
        ("CCS xyzxyz", Meaning.COMMITTEE),
        ("suivi armes", Meaning.FOLLOW),
        ("Srequest vol", None),
        ("stop aux vols à Banconi chaque nuit", None),
    ],
)
def test_the_form_of_a_keyword_goes_out_beside_a_short_concern_that_begins_with_it(
    text: str, answered: Meaning | None, pack: Pack, triage: Triage
) -> None:
    beside = read_sms(text, pack, triage.places).beside
    assert (beside.meaning if beside else None) is answered


@pytest.mark.parametrize(
    "text",
    ["STOPALL", "desabonner", "Désabonnez-moi svp", "ne m'envoyez plus rien", "Stop, ne m’envoyez plus rien",
     "plus de SMS", "n tɛ sms fɛ tugun", "merci de ne plus rien m'envoyer : STOPALL"],
)  # fmt: skip
def test_who_plainly_wants_no_more_is_muted_or_shown_to_a_person(text: str, pack: Pack, triage: Triage) -> None:
    request = read_sms(text, pack, triage.places)
    assert request.meaning is Meaning.STOP or (request.meaning is Meaning.CONCERN and request.wants_silence)


def test_a_wish_for_silence_inside_a_concern_is_kept_with_the_concern(pack: Pack, triage: Triage) -> None:
    text = "ne m'envoyez plus rien, venez plutôt : on vole à Banconi"
    assert read_sms(text, pack, triage.places) == SmsRequest(Meaning.CONCERN, text, wants_silence=True)


@given(
    keyword=st.sampled_from(
        ["STOP", "jɔ", "Arrêt", "START", "daminɛ", "AIDE", "help", "info", "oui", "non", "effacer"]
    ),
    between=st.sampled_from([" ", ", ", "-", " : ", "\n", "..."]),
    behind=st.text(max_size=40).filter(lambda text: any(map(str.isalpha, text))),
)
def test_no_keyword_without_an_argument_takes_words_behind_it(
    keyword: str, between: str, behind: str, pack: Pack, triage: Triage
) -> None:
    behind = clean(behind)
    words = said_words(behind)
    assume(without_courtesy(words, pack))
    refusals = [phrase for language in pack.languages.values() for phrase in language.keys[NO_MORE]]
    assume(taken_out(said_words(f"{keyword} {behind}"), refusals) is None)
    assume(said_words(f"{keyword}{between}{behind}") != said_words("effacer mon numero"))
    request = read_sms(f"{keyword}{between}{behind}", pack, triage.places)
    assert request.meaning is Meaning.CONCERN
    assert behind in request.about


@given(
    keyword=st.sampled_from(["SUIVI", "nɔfɛ", "CCS", "langue", "kan"]),
    behind=st.lists(st.sampled_from(["on", "nous", "attaque", "voleurs", "hier", "sont", "ils", "mun", "feu", "sonw", "binna", "an", "kan"]),
                    min_size=1, max_size=6),
)  # fmt: skip
def test_a_keyword_takes_its_own_argument_alone(keyword: str, behind: list[str], pack: Pack, triage: Triage) -> None:
    text = f"{keyword} {' '.join(behind)}"
    assert read_sms(text, pack, triage.places).meaning is Meaning.CONCERN


@given(text=st.text(max_size=200))
def test_any_text_has_a_meaning_and_a_concern_keeps_its_words(text: str, pack: Pack, triage: Triage) -> None:
    request = read_sms(text, pack, triage.places)
    if request.meaning is Meaning.CONCERN:
        assert request.about.split() == [word for word in request.about.split() if word]
        assert request.about


@pytest.mark.parametrize(
    ("text", "commune"),
    [
        ("Kalabankoura", "ml-bamako-commune-v"),
        ("c'est à Banconi", "ml-bamako-commune-i"),
        ("commune 4", "ml-bamako-commune-iv"),
        ("commune de Mopti svp", "ml-mopti-mopti-mopti"),
        ("Attaque à Mopti", None),  # a call for help
        ("bamba", None),  # there are two: no guess
        ("je ne sais pas", None),
        ("on a encore volé des motos à Banconi cette nuit", None),  # a new concern that names a place
    ],
)
def test_the_answer_to_which_commune_is_a_place_or_something_else(
    text: str, commune: str | None, triage: Triage
) -> None:
    answer = commune_answered(text, triage)
    assert (answer.spot.commune if answer else None) == commune
    assert answer is None or not answer.says_more
