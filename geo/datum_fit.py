"""The way out of an old datum: by the seven parameters of the surveyors, or fitted to points known in both systems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyproj
import shapely

from geo.crs import WGS84, is_metric, transformer
from geo.problems import InputError, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.crs import Shapes
    from geo.problems import Problem
    from geo.tables import FileRows

    Floats = NDArray[np.float64]

MOST_SHIFT_M = 300.0
"""No place of China lies farther from its old coordinates; parameters that move more are wrong or of other units."""
MOST_ROTATION_S, MOST_SCALE_PPM = 360.0, 200.0
"""Two grids of one zone are turned and stretched against each other by far less, two of different zones by more."""
RESIDUAL_M = 0.5
"""A control point that fits worse is spoken of."""
CONVENTIONS = ("position_vector", "coordinate_frame")


@dataclass(frozen=True)
class SevenParameters:
    """Bursa-Wolf parameters from the old datum to CGCS2000: metres, seconds of arc, parts per million.

    ``convention`` is the sign of the rotations and must be asked for: the two differ by twice the rotation.
    """

    dx_m: float
    dy_m: float
    dz_m: float
    rx_s: float
    ry_s: float
    rz_s: float
    scale_ppm: float
    convention: Literal["position_vector", "coordinate_frame"]

    def pipeline(self, crs: str) -> str:
        """The change from degrees of the datum of ``crs`` to degrees of CGCS2000, in PROJ's words."""
        ellipsoid = pyproj.CRS.from_user_input(crs).ellipsoid
        assert ellipsoid is not None  # noqa: S101 - every datum has one
        return (
            "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
            f"+step +proj=cart +a={ellipsoid.semi_major_metre} +rf={ellipsoid.inverse_flattening} "
            f"+step +proj=helmert +x={self.dx_m} +y={self.dy_m} +z={self.dz_m} +rx={self.rx_s} +ry={self.ry_s} "
            f"+rz={self.rz_s} +s={self.scale_ppm} +convention={self.convention} "
            "+step +inv +proj=cart +ellps=GRS80 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
        )


@dataclass(frozen=True)
class ControlPoint:
    """One point known in both systems, in metres: as the old file has it, and as it truly is."""

    name: str
    old_east_m: float
    old_north_m: float
    east_m: float
    north_m: float


@dataclass(frozen=True, eq=False)
class SimilarityFit:
    """The move, turn and stretch of the plane that brings control points best together (four parameters).

    ``source`` and ``target``: the two projected CRS. ``residual_m`` (n,): how far each control point stays off;
    ``left_out_m`` (n,): how far off it lies when the others alone decide, NaN where they are fewer than two. With two
    points the first are 0 and say nothing.
    """

    source: str
    target: str
    points: tuple[ControlPoint, ...]
    scale_ppm: float
    rotation_s: float
    residual_m: tuple[float, ...]
    left_out_m: tuple[float, ...]
    pipeline: str
    """What is done, in PROJ's words."""

    @cached_property
    def rms_m(self) -> float:
        """Root of the mean square of the residuals."""
        return float(np.sqrt(np.mean(np.square(self.residual_m))))


def _solved(old: NDArray[np.complex128], new: NDArray[np.complex128]) -> tuple[complex, complex]:
    """Least squares of ``new = turn · old + move``."""
    about, to = old.mean(), new.mean()
    apart = old - about
    turn = complex(np.vdot(apart, new - to) / np.vdot(apart, apart).real)
    return turn, complex(to - turn * about)


def fit_control_points(points: Sequence[ControlPoint], source: str, target: str) -> SimilarityFit:
    """Fit the change of the plane to two control points or more; three or more show how well it fits.

    ``source``: the old file's projected CRS; ``target``: the projected CRS, in metres and of no old datum, in which the
    points truly are. Raises :class:`InputError` for fewer than two places, numbers that are none, and points that do
    not belong together, such as swapped columns or another zone.
    """
    found = []
    if not is_metric(source) or not is_metric(target):
        found.append(problem("control_not_metric", value=source if not is_metric(source) else target))
    old = np.array([complex(each.old_east_m, each.old_north_m) for each in points])
    new = np.array([complex(each.east_m, each.north_m) for each in points])
    found += [
        problem("control_no_number", row=row, value=point.name)
        for row, (point, sound) in enumerate(zip(points, np.isfinite(old) & np.isfinite(new), strict=True), 1)
        if not sound
    ]
    if found:
        raise InputError(found)
    if min(len(np.unique(np.round(old))), len(np.unique(np.round(new)))) < 2:
        raise InputError([problem("control_too_few", have=len(points))])
    turn, move = _solved(old, new)
    scale_ppm, rotation_s = (abs(turn) - 1) * 1e6, np.degrees(np.angle(turn)) * 3600
    if abs(scale_ppm) > MOST_SCALE_PPM or abs(rotation_s) > MOST_ROTATION_S:
        raise InputError(
            [problem("control_unlike", rotation=f"{rotation_s / 3600:.3f}", scale=f"{abs(turn):.6f}")]
        )
    left_out = [_left_out(old, new, at) for at in range(len(points))]
    return SimilarityFit(
        source, target, tuple(points), float(scale_ppm), float(rotation_s),
        tuple(np.abs(turn * old + move - new).tolist()), tuple(left_out),
        f"+proj=affine +xoff={move.real!r} +yoff={move.imag!r} +s11={turn.real!r} +s12={-turn.imag!r} "
        f"+s21={turn.imag!r} +s22={turn.real!r}",
    )  # fmt: skip


def _left_out(old: NDArray[np.complex128], new: NDArray[np.complex128], at: int) -> float:
    others = np.arange(len(old)) != at
    if len(np.unique(np.round(old[others]))) < 2:
        return float("nan")
    turn, move = _solved(old[others], new[others])
    return float(abs(turn * old[at] + move - new[at]))


def fit_problems(fit: SimilarityFit, file: str) -> list[Problem]:
    """Warnings on a fit: nothing checks two points, and points that lie badly."""
    found = []
    if len(fit.points) < 3:
        found.append(problem("control_unchecked", file=file, warning=True))
    else:
        found.append(
            problem(
                "control_fit", file=file, warning=True, count=len(fit.points),
                rms=f"{fit.rms_m:.3f}", worst=f"{np.nanmax([*fit.left_out_m, fit.rms_m]):.3f}",
            )
        )  # fmt: skip
    rows = enumerate(zip(fit.points, fit.residual_m, strict=True), 1)
    found += [
        problem("control_off", file=file, row=row, warning=True, value=point.name, metres=f"{off:.2f}")
        for row, (point, off) in rows
        if off > RESIDUAL_M
    ]
    return found


def _moved(shapes: Shapes, pipeline: str) -> Shapes:
    change = pyproj.Transformer.from_pipeline(pipeline)
    return np.asarray(
        shapely.transform(shapes, lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1]))),
        dtype=object,
    )


def leave_old_datum(rows: FileRows, way: SevenParameters | SimilarityFit, file: str) -> FileRows:
    """Rows of a file on an old datum in WGS 84 (seven parameters) or in the fit's target; ``rows`` stays.

    Heights are taken as 0: 1,000 m of height are worth some centimetres. The warning of the old datum gives way to
    what is to be said of the fit. Raises :class:`InputError` where the parameters are out of any range, or the
    fit was made for another system than the file's.
    """
    assert rows.geometry is not None  # noqa: S101 - the caller has seen to it
    assert rows.crs is not None  # noqa: S101
    kept = [each for each in rows.problems if each.code not in {"old_datum", "txt_old_datum"}]
    if isinstance(way, SimilarityFit):
        if rows.crs != way.source:
            raise InputError([problem("control_other_system", file=file, have=rows.crs, want=way.source)])
        found = [*fit_problems(way, file), *_far_problems(rows.geometry, way, file)]
        return replace(
            rows, geometry=_moved(rows.geometry, way.pipeline), crs=way.target, problems=(*kept, *found)
        )
    degrees = _in_own_degrees(rows.geometry, rows.crs)
    if way.convention not in CONVENTIONS:
        raise InputError([problem("parameters_convention", file=file, value=way.convention)])
    moved = _moved(degrees, way.pipeline(rows.crs))
    far_m = _farthest_m(degrees, moved)
    if not far_m <= MOST_SHIFT_M:
        raise InputError([problem("parameters_far", file=file, metres=f"{far_m:.0f}", limit=MOST_SHIFT_M)])
    said = problem("parameters_used", file=file, warning=True, metres=f"{far_m:.1f}")
    return replace(rows, geometry=moved, crs=WGS84, problems=(*kept, said))


def _in_own_degrees(shapes: Shapes, crs: str) -> Shapes:
    geodetic = pyproj.CRS.from_user_input(crs).geodetic_crs
    assert geodetic is not None  # noqa: S101 - every CRS that names a place has one
    change = transformer(crs, geodetic.to_wkt())
    return np.asarray(
        shapely.transform(shapes, lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1]))),
        dtype=object,
    )


def _farthest_m(old: Shapes, new: Shapes) -> float:
    """The farthest that any vertex moves, both in degrees."""
    one, other = shapely.get_coordinates(old), shapely.get_coordinates(new)
    if len(one) == 0:
        return 0.0
    return float(np.max(pyproj.Geod(ellps="GRS80").inv(*one.T, *other.T)[2]))


def _far_problems(shapes: Shapes, fit: SimilarityFit, file: str) -> list[Problem]:
    """A warning where shapes lie farther from the control points than these do from each other."""
    known = shapely.MultiPoint([(each.old_east_m, each.old_north_m) for each in fit.points])
    west, south, east, north = known.bounds
    reach = np.hypot(east - west, north - south)
    far = [row for row, each in enumerate(shapes, 1) if each is not None and each.distance(known) > reach]
    if not far:
        return []
    return [problem("control_outside", file=file, row=far[0], warning=True, count=len(far))]
