from claims.home import Home
from serving.bundles import APPEAL_SUCCESS, DENIAL_RISK, load_champion


def test_both_champions_load(trained_home: Home) -> None:
    assert [load_champion(trained_home, name).bundle.name for name in (DENIAL_RISK, APPEAL_SUCCESS)] == [
        DENIAL_RISK,
        APPEAL_SUCCESS,
    ]
