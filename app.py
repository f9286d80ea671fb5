"""The page: ``streamlit run app.py``, or with another county ``streamlit run app.py -- --county DIR``.

Streamlit reads this file twice: its server imports it for ``app``, the page and the one route of our own; and for every
reader it runs it as a script, which draws the page.
"""

import streamlit as st

if __name__ == "__main__":
    from views.page import show

    show()
else:
    from views.tile_server import tile_routes
    from views.upload_folder import clear_left_over

    clear_left_over()
    app = st.App(__file__, routes=tile_routes())
