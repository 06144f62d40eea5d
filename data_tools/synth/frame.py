"""Put one frame together in linear light."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import FloatImage, FloatMap, mix, mix_colour, rgb_array
from data_tools.synth.backdrop import Backdrop, draw_backdrop, view_backdrop
from data_tools.synth.camera import Ground, Pose, cast_ground, ground_rows
from data_tools.synth.cutout import Sprite, build_sprite
from data_tools.synth.daylight import ground_light
from data_tools.synth.lamps import beam_on_ground, beam_on_upright
from data_tools.synth.layout import pavement_cover, wheel_paths
from data_tools.synth.lens import draw_transmission, look_through
from data_tools.synth.markings import paint_cover
from data_tools.synth.noise import sample_tile
from data_tools.synth.precipitation import (
    Falls,
    Precipitation,
    draw_flakes,
    draw_rain,
    paint_precipitation,
)
from data_tools.synth.roadside import paint_roadside
from data_tools.synth.scene import Scene
from data_tools.synth.snow import cover_road, cover_verge, lay_blanket, road_share
from data_tools.synth.sprites import draw_cutout
from data_tools.synth.surface import surface_albedo
from data_tools.synth.textures import Textures, draw_textures
from data_tools.synth.traffic import draw_vehicles, paint_traffic
from data_tools.synth.verge import verge_albedo
from data_tools.synth.wetness import Mirror, lay_water, reflect, soften, under_snow, wet_albedo

_BAND_ROWS = 64
"""Rows of ground drawn at a time: the maps of a band stay in the processor's cache."""


@dataclass(frozen=True)
class Props:
    """Hold what is drawn once per drive from its scene.

    Attributes:
        textures: Texture tiles.
        backdrop: Far scenery.
        sprites: Cut-outs along the road.
        falling: Rain or snow in the air, or None.
        vehicles: Cut-outs of the other cars.
        transmission: What the dirty lens lets through, shape (H, W), or None.
    """

    textures: Textures
    backdrop: Backdrop
    sprites: tuple[Sprite, ...]
    falling: Precipitation | None
    vehicles: tuple[Sprite, ...] = ()
    transmission: FloatMap | None = None


def draw_props(scene: Scene, size_px: tuple[int, int], rng: np.random.Generator) -> Props:
    """Draw the textures, scenery and cut-outs of a drive for pictures of (height, width)."""
    textures = draw_textures(rng)
    frost = scene.snow.frost if scene.snow else 0.0
    sprites = tuple(build_sprite(draw_cutout(kind, frost, rng)) for kind in scene.roadside.kinds)
    falls = scene.falls or Falls(
        rain=scene.wetness.rain if scene.wetness else 0, flakes=scene.snow.flakes if scene.snow else 0
    )
    falling = None
    if falls.flakes:
        falling = draw_flakes(falls.flakes, rng)
    elif falls.rain:
        falling = draw_rain(falls.rain, rng)
    return Props(
        textures=textures,
        backdrop=draw_backdrop(scene, textures, size_px),
        sprites=sprites,
        falling=falling,
        vehicles=draw_vehicles(scene.cars),
        transmission=draw_transmission(scene.dirt, size_px) if scene.dirt else None,
    )


def render_radiance(scene: Scene, props: Props, pose: Pose, frame: int, size_px: tuple[int, int]) -> FloatImage:
    """Render one frame in linear light.

    Args:
        scene: Drawn parameters of the drive.
        props: Textures and scenery of the drive.
        pose: Camera pose of the frame.
        frame: Frame index, from 0.
        size_px: Picture size, (height, width).

    Returns:
        Radiance in units of an overcast sky, shape (H, W, 3).
    """
    height_px, width_px = size_px
    first_row, sky_end = ground_rows(pose, size_px)
    image = np.zeros((height_px, width_px, 3), dtype=np.float32)
    image[:sky_end] = view_backdrop(props.backdrop, pose, width_px, (0, sky_end), mirrored=False)
    mirror = None
    if scene.wetness:
        sharp = np.zeros_like(image)
        lower = (first_row, height_px)
        sharp[first_row:] = view_backdrop(props.backdrop, pose, width_px, lower, mirrored=True)
        _stand(scene, props, pose, sharp, mirrored=True)
        mirror = soften(scene.wetness, sharp)
    for top_row in range(first_row, height_px, _BAND_ROWS):
        band = image[top_row : top_row + _BAND_ROWS]
        rows = (top_row, top_row + band.shape[0])
        ground = cast_ground(pose, scene.layout.curve_per_m, width_px, rows, scene.layout.winding)
        band[:] = mix(band, _ground_radiance(scene, props.textures, ground, mirror), ground.cover)
    _stand(scene, props, pose, image, mirrored=False)
    if props.falling is not None:
        light = rgb_array(scene.daylight.horizon) * np.float32(1.3)
        if scene.lamps:
            light = light + beam_on_upright(scene.lamps, 10.0, 0.0) * np.float32(0.5)
        image = paint_precipitation(props.falling, frame, pose, light, image)
    return look_through(props.transmission, image) if props.transmission is not None else image


def _stand(scene: Scene, props: Props, pose: Pose, image: FloatImage, *, mirrored: bool) -> None:
    """Paint what stands along the road in place, upright or as its mirror image."""
    paint_roadside(
        image,
        scene.roadside,
        props.sprites,
        pose,
        daylight=scene.daylight,
        layout=scene.layout,
        mirrored=mirrored,
        lamps=scene.lamps,
    )
    if scene.cars:
        paint_traffic(
            image,
            scene.cars,
            props.vehicles,
            pose,
            travelled_m=pose.along_m - scene.camera.start_m,
            daylight=scene.daylight,
            lamps=scene.lamps,
            layout=scene.layout,
            extinction_per_m=1.0 / scene.roadside.haze_m,
            dark=scene.dark,
            mirrored=mirrored,
        )


def _ground_radiance(scene: Scene, textures: Textures, ground: Ground, mirror: Mirror | None) -> FloatImage:
    """Return the radiance of a band of ground, shape (rows, W, 3)."""
    layout = scene.layout
    wobble = sample_tile(textures.fractal, ground.side_m, ground.along_m, (6.0, 9.0), (0.9, 0.3))
    paths = wheel_paths(layout, ground)
    road = surface_albedo(scene.surface, paths, ground, textures)
    paint = paint_cover(scene.markings, layout, ground, wobble)
    road = mix_colour(road, rgb_array(scene.markings.colour), paint)
    verge = verge_albedo(scene.verge, ground, textures)
    covered = None
    if scene.snow:
        blanket = lay_blanket(scene.snow, paths, ground, textures)
        verge = cover_verge(scene.snow, blanket, layout, ground, textures, albedo=verge)
        if scene.snow.road_cover > 0.0:
            road = cover_road(scene.snow, blanket, ground, textures, road)
            covered = road_share(scene.snow, blanket, ground, textures) if scene.wetness else None
    light = ground_light(scene.daylight, ground, textures)
    if scene.lamps:
        light = light + beam_on_ground(scene.lamps, ground)
    if scene.wetness and mirror:
        water = lay_water(scene.wetness, paths, ground, textures)
        if covered is not None:
            water = under_snow(water, covered)
        road = wet_albedo(scene.wetness, road, water) * light
        road = reflect(scene.wetness, road, mirror, water, ground)
        verge = verge * np.float32(0.5 + 0.5 * scene.wetness.darkening)
    else:
        road = road * light
    radiance = mix(verge * light, road, pavement_cover(layout, ground, wobble))
    return mix_colour(radiance, rgb_array(scene.daylight.horizon), _air(scene, ground))


def _air(scene: Scene, ground: Ground) -> FloatMap:
    """Return the share of air light (haze, spray, falling snow) in front of the ground."""
    extinction_per_m = scene.fog.extinction_per_m if scene.fog else 1.0 / (4.0 * scene.roadside.haze_m)
    thickness = ground.depth_m * extinction_per_m
    if scene.wetness:
        near_road = np.exp(-((ground.side_m / (1.5 * scene.layout.right_m + 2.0)) ** 2))
        spread = np.minimum(ground.depth_m * (1.0 / 60.0), 1.0)
        thickness = thickness + scene.wetness.spray * near_road * spread
    return np.asarray(1.0 - np.exp(-thickness), dtype=np.float32)
