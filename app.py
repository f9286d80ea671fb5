"""The page: ``streamlit run app.py``, or with another county ``streamlit run app.py -- --county DIR``."""

from views.page import show

show()
