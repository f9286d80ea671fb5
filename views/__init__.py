"""The parts of the page. Only these modules and app.py know Streamlit."""
