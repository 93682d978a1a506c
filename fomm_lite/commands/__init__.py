"""The work behind each command of ``fomm-lite``; :mod:`fomm_lite.cli` holds their options."""
