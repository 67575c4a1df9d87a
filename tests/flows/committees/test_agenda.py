from config.pack import Pack
from flows.committees.agenda import committee_for

INSTALLED = {"ml-bamako-commune-iv", "ml-bamako", "ml-segou", "crss", "cnrss"}


def test_a_concern_goes_to_the_committee_of_its_commune_where_it_is_installed(pack: Pack) -> None:
    assert committee_for(pack, "ml-bamako-commune-iv", "theft", INSTALLED.__contains__) == "ml-bamako-commune-iv"


def test_it_goes_to_the_region_where_none_is_installed_and_to_the_country_where_that_is_missing(pack: Pack) -> None:
    assert committee_for(pack, "ml-segou-niono-niono", "theft", INSTALLED.__contains__) == "ml-segou"
    assert committee_for(pack, "ml-gao-ansongo-ansongo", "theft", INSTALLED.__contains__) == "crss"


def test_misconduct_of_agents_goes_past_those_whom_it_may_concern(pack: Pack) -> None:
    assert committee_for(pack, "ml-bamako-commune-iv", "misconduct", INSTALLED.__contains__) == "ml-bamako"
