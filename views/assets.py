"""The folder of map files, served by the page itself beside the map component."""

from __future__ import annotations

import streamlit as st
import streamlit.components.v1 as components

from geo.map_assets import purge, user_folder
from geo.maps import Served

_FOLDER = user_folder()
_NAME = "map_files"
# Streamlit serves a declared component's folder as /component/<module>.<name>/<file>. The map's frame stands
# in the folder of another component, one step beside, so the address is relative and any base path works.
components.declare_component(_NAME, path=str(_FOLDER))
SERVED = Served(_FOLDER, f"../{__name__}.{_NAME}/")


@st.cache_resource(show_spinner=False)
def clear_old_data() -> int:
    """Remove layer data nobody asked for lately, once for each start of the program; returns how many."""
    return purge(_FOLDER)
