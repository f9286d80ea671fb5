"""Where things are: layers, networks, places from words, coordinates, files and maps."""

from geo.gdal_drivers import prepare_gdal

prepare_gdal()
