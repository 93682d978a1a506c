"""The first page of the site, with Node and without; the rest of the site is looked at in a browser."""

from pathlib import Path

import pytest

pytest.importorskip("pdoc", reason="needs the extra `docs`, which `make site` brings")

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def make_site(monkeypatch: pytest.MonkeyPatch):
    """The script, which finds its neighbours as it does when it is run."""
    monkeypatch.syspath_prepend(SCRIPTS)
    import make_site

    return make_site


def test_without_node_a_film_says_that_it_is_one(make_site) -> None:
    page = make_site.first_page(live=False)
    assert 'src="pictures/puppet-by-hand.webp"' in page
    assert "built without Node" in page
    assert "puppet.js" not in page and "puppet.css" not in page


def test_with_node_the_film_only_waits_for_the_puppet(make_site) -> None:
    page = make_site.first_page(live=True)
    assert 'src="puppet/puppet.js"' in page and 'src="pictures/puppet-by-hand.webp"' in page
    assert "Node" not in page


def test_what_npm_has_not_brought_is_missed(make_site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import make_live_puppet

    monkeypatch.setattr(make_live_puppet, "MODULES", tmp_path)
    for name in (*make_live_puppet.RUNTIME, make_live_puppet.GIFS):
        assert not make_site.has_runtime()
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert make_site.has_runtime()


def test_names_in_tables_may_break_where_their_parts_meet(make_site) -> None:
    name = '<span class="pre">fomm_lite.a.</span>'
    page = make_site.mended(f'<p role="heading">{name}</p><td><code>{name}</code></td>')
    assert page == (
        f'<p role="heading" aria-level="2">{name}</p>'
        '<td><code><span class="pre">fomm_<wbr>lite.<wbr>a.</span></code></td>'
    )
