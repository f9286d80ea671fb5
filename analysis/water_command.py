"""What the command ``water`` tells a person: the figures of its summary in words, each with its denominator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping


def water_lines(summary: dict[str, Any], language: str) -> list[str]:
    """The lines of a summary (:func:`analysis.results.water_summary`)."""
    lines = [_line(language, "county_line", name=summary["county"]["name"], digest=summary["digest"][:12])]
    if summary["schematic"]:
        lines.append(_line(language, "schematic_line"))
    for layer, one in (("hydrants", "hydrant"), ("cranes", "crane")):
        if layer in summary["missing_layers"]:
            lines.append(_line(language, f"no_{layer}_line"))
        else:
            lines.append(
                _line(
                    language, f"{one}_line", built=summary[f"{layer}_built"], total=summary[f"{layer}_total"]
                )
            )
    if summary["joint"]["street"]["total"]:
        lines += _street_lines(summary, language)
    gaps = summary["gaps"]
    if gaps["number"]:
        sure = say(language, f"figure.certainty.{gaps['certainty']}")
        lines.append(
            _line(
                language,
                "gap_line",
                number=gaps["number"],
                km2=f"{gaps['area_m2'] / 1e6:.2f}",
                certainty=sure,
            )
        )
    told = [code for code in summary["notes"] if code != "schematic_network"]  # its line stands above
    return lines + [_line(language, "note_line", text=say(language, f"note.{code}")) for code in told]


def _street_lines(summary: dict[str, Any], language: str) -> list[str]:
    """What is known along the streets: engine and water, hose, spacing, shuttle."""
    joint, hose, spacing, shuttle = (summary[name] for name in ("joint", "hose", "spacing", "shuttle"))
    street, parcels = joint["street"], joint["parcel"]["number"]
    lines = [
        _line(language, "joint_line", whole=_km(street["total"]), **_all_km(street["state"])),
        *([_line(language, "joint_drawn_line", **_all_km(street["drawn"]))] if summary["schematic"] else []),
        _line(language, "joint_parcel_line" if any(parcels.values()) else "no_parcels_line", **parcels),
        _line(
            language, "hose_line", whole=_km(hose["length_m"]), metres=f"{hose['reach_m']:g}",
            **_all_km(hose["state_m"]),
        ),
    ]  # fmt: skip
    mark = _line(language, "schematic_mark") if summary["schematic"] else ""
    if spacing is not None:
        lines.append(
            _line(
                language, "spacing_line", lines=spacing["lines"], metres=f"{spacing['spacing_m']:g}",
                missing=_range(spacing["missing_least"], spacing["missing_most"]), **spacing["lines_by_verdict"],
            )
        )  # fmt: skip
    if spacing is not None and spacing["proposed_sites"]:
        lines.append(_line(language, "proposed_line", number=spacing["proposed_sites"], mark=mark))
    outside = shuttle["outside_radius"]
    if summary["cranes"]["on_streets"]:
        lines.append(
            _line(
                language, "shuttle_line", mark=mark, whole=_km(outside["length_m"]), number=len(shuttle["tanks_l"]),
                flow=f"{shuttle['hydrant_flow_lps']:g}", enough=_km(outside["enough_m"]),
                less=_km(outside["less_m"]), none=_km(outside["none_m"]),
            )
        )  # fmt: skip
    return lines


def _line(language: str, key: str, **values: object) -> str:
    return say(language, f"command.{key}", **values)


def _km(metres: float) -> str:
    return f"{metres / 1000:.1f}"


def _all_km(metres: Mapping[str, float]) -> dict[str, str]:
    return {name: _km(value) for name, value in metres.items()}


def _range(least: int | None, most: int | None) -> str:
    """Both ends, one where they are the same, a dash where nobody has listed hydrants."""
    if least is None:
        return "—"
    return str(least) if least == most else f"{least}–{most}"
