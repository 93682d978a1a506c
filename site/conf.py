"""How Sphinx builds the site from what ``scripts/make_site.py`` has laid together; nothing is loaded from elsewhere."""

project = "fomm_lite"
author = copyright = "fomm_lite developers"
extensions = ["myst_nb", "sphinx.ext.mathjax"]
html_theme = "furo"
pygments_dark_style = "a11y-high-contrast-dark"  # furo's own underlines modules as if they were links
html_title = "fomm_lite"
html_favicon = "_static/face.png"
html_static_path = ["_static"]
html_js_files = ["reach.js"]
html_css_files = ["looks.css"]
html_extra_path = ["_extra"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
exclude_patterns = ["_extra", "_static"]
nb_execution_mode = "off"  # notebooks are stored as they ran
nb_ipywidgets_js = {}  # controls need a kernel; their pictures are stored
mathjax_path = "mathjax/tex-svg.js"  # one file, which has its letters in it
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header", "mystnb.mime_priority", "mystnb.unknown_mime_type"]
