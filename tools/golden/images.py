#!/usr/bin/env python3
"""Makes tests/golden/images: small encoded images and what Pillow, Hugging Face and torchvision make of them.

Needs Pillow==9.3.0 (of the reference's time; Pillow 13 resizes vertically first where that is cheaper, which rounds
otherwise), numpy<2, xxhash, torch, torchvision and transformers==4.25.1. Every picture is drawn here from a fixed seed.

    files/          the encoded images
    rgb/            expected RGB bytes of the small ones, for a readable first difference
    decode.txt      file height width xxh3(RGB)
    bad.txt         files that must be refused (Pillow refuses them too, but for those in STRICTER)
    resize.txt      file filter height width xxh3(RGB after the resize)
    recipe.txt      file recipe height width xxh3(float32 CHW)
    vilt_sizes.txt  height width -> height width after ViLT's rule
"""
import io
import pathlib
import struct
import zlib

import numpy as np
import PIL
import torch
import xxhash
from PIL import Image
from torchvision import transforms
from transformers import DeiTImageProcessor, ViltImageProcessor, ViTImageProcessor, image_transforms as hf
from transformers.models.vilt.image_processing_vilt import get_resize_output_image_size as vilt_size

ROOT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "images"
IMAGENET = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
MMBT = [0.46777044, 0.44531429, 0.40661017], [0.12221994, 0.12145835, 0.14380469]
RNG = np.random.default_rng(7)
LONG_RNG = np.random.default_rng(8)


def picture(height, width, rng=RNG):
    """Waves, an edge and noise: something for chroma, clipping and antialiasing to get wrong."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    red = 127 + 120 * np.sin(x / 7.0 + y / 19.0)
    green = 127 + 120 * np.cos(y / 5.0) * np.sin(x / 31.0)
    blue = np.where(x + 2 * y > (width + height) * 0.7, 250, 8)
    noise = rng.normal(0, 12, (height, width, 3))
    return np.clip(np.stack([red, green, blue], -1) + noise, 0, 255).astype(np.uint8)


def jpeg(array, mode=None, **options):
    out = io.BytesIO()
    Image.fromarray(array, mode).save(out, "JPEG", **options)
    return out.getvalue()


def without_segment(data, marker):
    """The JPEG without its first segment of that marker."""
    at = data.index(bytes([0xFF, marker]))
    return data[:at] + data[at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]:]


def stored_as_rgb(data):
    """The JPEG with Adobe's mark "no colour transform" in place of its JFIF header: its components are R, G, B."""
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
    return data[:2] + adobe + without_segment(data, 0xE0)[2:]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed_rows(samples, depth):
    """Filter byte 0 and the samples [h, w, channels] of each row, packed as PNG does."""
    rows = b""
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            data = row.astype(">u2").tobytes()
        elif depth == 8:
            data = row.astype(np.uint8).tobytes()
        else:
            bits = ((row[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8)
            data = np.packbits(bits.reshape(-1)).tobytes()
        rows += b"\0" + data
    return rows


STRICTER = {"no-palette.png"}  # Pillow invents a grey ramp, libpng refuses
ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def png(samples, color, depth=8, interlaced=False, before=b""):
    """A PNG of samples [h, w, channels] of a colour type and depth, with chunks `before` the image data."""
    samples = samples.reshape(samples.shape[0], samples.shape[1], -1).astype(int)
    height, width, _ = samples.shape
    passes = [samples[y::dy, x::dx] for y, x, dy, dx in ADAM7] if interlaced else [samples]
    data = b"".join(packed_rows(part, depth) for part in passes if part.size > 0)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(data, 9))
            + chunk(b"IEND", b""))


def indexed(count, depth, height=29, width=41):
    colours = RNG.integers(0, 256, (count, 3), dtype=np.uint8)
    indices = RNG.integers(0, count, (height, width))
    return indices, chunk(b"PLTE", colours.tobytes()), depth


def good_files():
    photo, grey = picture(37, 53), picture(37, 53)[:, :, 0]
    alpha = RNG.integers(0, 256, (37, 53, 1))
    wide = RNG.integers(0, 65536, (19, 23, 4))
    wide_grey = np.where(RNG.random((19, 23)) < 0.5, wide[:, :, 0] % 400, wide[:, :, 0])
    exif = Image.Exif()
    exif[0x0112] = 6
    cmyk = RNG.integers(0, 256, (24, 31, 4), dtype=np.uint8)
    cmyk[4:20, 3:28] = np.linspace(0, 255, 25 * 4).reshape(25, 4).astype(np.uint8)
    few, few_palette, _ = indexed(3, 2)
    many, many_palette, _ = indexed(256, 8)
    yield "photo420.jpg", jpeg(picture(200, 300), quality=85, subsampling="4:2:0")
    yield "tall.jpg", jpeg(picture(301, 177), quality=80)
    yield "photo422.jpg", jpeg(photo, quality=90, subsampling="4:2:2")
    yield "photo444.jpg", jpeg(photo, quality=90, subsampling="4:4:4")
    yield "odd420.jpg", jpeg(photo, quality=75, subsampling="4:2:0")
    yield "progressive.jpg", jpeg(photo, quality=75, progressive=True)
    yield "grey.jpg", jpeg(grey, quality=80)
    yield "stored-rgb.jpg", stored_as_rgb(jpeg(photo, quality=90, subsampling="4:4:4"))
    yield "exif-rotated.jpg", jpeg(photo, quality=75, exif=exif)
    yield "cmyk-adobe.jpg", jpeg(cmyk, "CMYK", quality=90)
    yield "cmyk-unmarked.jpg", without_segment(jpeg(cmyk, "CMYK", quality=90), 0xEE)
    yield "trailing-bytes.jpg", jpeg(photo, quality=50) + b"anything may follow the end marker"
    yield "one.jpg", jpeg(picture(1, 1))
    yield "one.png", png(picture(1, 1), 2)
    yield "line.png", png(picture(1, 400), 2)
    yield "column.png", png(picture(300, 3), 2)
    yield "rgb.png", png(photo, 2)
    yield "rgb-interlaced.png", png(photo, 2, interlaced=True)
    yield "rgba.png", png(np.concatenate([photo, alpha], -1), 6)
    yield "rgb-trns.png", png(photo, 2, before=chunk(b"tRNS", struct.pack(">HHH", *photo[0, 0])))
    yield "rgb16.png", png(wide[:, :, :3], 2, 16)
    yield "rgba16.png", png(wide, 6, 16)
    yield "grey1.png", png(grey >> 7, 0, 1)
    yield "grey2.png", png(grey >> 6, 0, 2)
    yield "grey4-interlaced.png", png(grey >> 4, 0, 4, True)
    yield "grey8.png", png(grey, 0)
    yield "grey8-trns.png", png(grey, 0, before=chunk(b"tRNS", struct.pack(">H", grey[0, 0])))
    yield "grey16.png", png(wide_grey, 0, 16)
    yield "grey16-interlaced.png", png(wide_grey, 0, 16, True)
    yield "grey-alpha.png", png(np.concatenate([grey[:, :, None], alpha], -1), 4)
    yield "grey-alpha16.png", png(wide[:, :, :2], 4, 16)
    yield "palette1.png", png(few % 2, 3, 1, before=few_palette)
    yield "palette2-interlaced.png", png(few, 3, 2, True, few_palette)
    yield "palette4.png", png(few, 3, 4, before=few_palette)
    yield "palette8.png", png(many, 3, before=many_palette)
    yield "palette8-trns.png", png(many, 3, before=many_palette + chunk(b"tRNS", bytes(range(0, 250, 5))))
    yield "palette-short.png", png(many, 3, before=few_palette)
    yield "png-named.jpg", png(photo[:11, :13], 2)
    yield "gamma.png", png(photo, 2, before=chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"sRGB", b"\0"))
    yield "exif-rotated.png", png(photo, 2, before=chunk(b"eXIf", exif.tobytes()[6:]))
    for name, size in (("line4000", (1, 4000)), ("column4000", (4000, 3))):
        yield name + ".png", png(picture(*size, LONG_RNG) & 0xF8, 2)
        yield name + ".jpg", jpeg(picture(*size, LONG_RNG), quality=75)


def bad_files(good):
    whole, picture_png = good["odd420.jpg"], good["rgb.png"]
    flipped = bytearray(picture_png)
    flipped[picture_png.index(b"IDAT") + 40] ^= 0x55
    gif = io.BytesIO()
    Image.fromarray(picture(5, 5)).save(gif, "GIF")
    yield "truncated.jpg", whole[:len(whole) // 2]
    yield "no-end-marker.jpg", whole[:-2]
    yield "truncated-progressive.jpg", good["progressive.jpg"][:-300]
    yield "truncated.png", picture_png[:len(picture_png) // 2]
    yield "damaged.png", bytes(flipped)
    yield "no-palette.png", png(np.zeros((4, 4), int), 3)
    yield "not-an-image.jpg", b"404 not found\n"
    yield "empty.jpg", b""


def expected(path):
    return np.asarray(Image.open(path).convert("RGB"))


def digest(array):
    return xxhash.xxh3_64_hexdigest(np.ascontiguousarray(array).tobytes())


def hf_resize(array, size, resample):
    """The processors' resize; what is one pixel high they take for channels first, and fail: so by Pillow alone."""
    if array.shape[0] > 1:
        return hf.resize(array, size, resample=resample)
    return np.asarray(Image.fromarray(array).resize(size[::-1], resample))


def square_processor(kind, size, resample, mean, std):
    """A processor that squashes to a square, its resize (equal to its own, see main) done beforehand."""
    process = kind(do_resize=False, image_mean=mean, image_std=std)
    return lambda array: np.asarray(process(hf_resize(array, (size, size), resample))["pixel_values"][0])


def bit_processor(array):
    """DINOv2's BitImageProcessor (not in 4.25.1) from the functions it calls."""
    short, long = min(array.shape[:2]), max(array.shape[:2])
    size = tuple(256 if side == short else int(256 * long / short) for side in array.shape[:2])
    assert array.shape[0] == 1 or size == hf.get_resize_output_image_size(array, 256, default_to_square=False)
    array = hf.center_crop(hf_resize(array, size, Image.BICUBIC), (224, 224))
    array = hf.normalize(hf.rescale(array, 1 / 255, dtype=np.float32), *IMAGENET)
    return hf.to_channel_dimension_format(array, "channels_first")


def torchvision(resize, crop, mean, std):
    steps = [transforms.Resize(resize), *([transforms.CenterCrop(crop)] if crop else []), transforms.ToTensor(),
             transforms.Normalize(mean, std)]
    return lambda array: transforms.Compose(steps)(Image.fromarray(array)).numpy()


def recipes():
    half = [0.5] * 3
    vilt = ViltImageProcessor(resample=Image.BICUBIC, do_pad=False)
    return {
        "vit": square_processor(ViTImageProcessor, 224, Image.BILINEAR, half, half),
        "deit": square_processor(DeiTImageProcessor, 256, Image.BICUBIC, *IMAGENET),
        "dinov2": bit_processor,
        "mmbt": torchvision(256, 224, *MMBT),
        "resnet": torchvision((224, 224), None, *IMAGENET),
        "vilt": lambda array: np.asarray(vilt(array)["pixel_values"][0]),
    }


def check_square_processors(array):
    """Their own resize gives the same."""
    half = [0.5] * 3
    whole = {"vit": ViTImageProcessor(size={"height": 224, "width": 224}, resample=Image.BILINEAR, image_mean=half,
                                      image_std=half), "deit": DeiTImageProcessor(image_mean=IMAGENET[0], image_std=IMAGENET[1])}
    for name, process in whole.items():
        assert np.array_equal(np.asarray(process(array)["pixel_values"][0]), recipes()[name](array)), name


RESIZES = {
    "photo420.jpg": [(224, 224), (256, 384), (100, 300), (200, 150), (50, 31), (1, 1), (7, 640), (401, 599)],
    "tall.jpg": [(224, 224), (435, 256), (301, 177), (640, 384)],
    "odd420.jpg": [(224, 224), (37, 20), (20, 53), (38, 54)],
    "one.png": [(1, 1), (5, 3), (224, 224)],
    "line.png": [(1, 7), (224, 224), (9, 400), (2, 399)],
    "column.png": [(224, 224), (13, 3), (299, 2), (301, 4)],
    "line4000.jpg": [(224, 224), (1, 399), (384, 4001)],
    "column4000.jpg": [(224, 224), (399, 3), (4001, 384)],
}
TRANSFORMED = ["photo420.jpg", "tall.jpg", "odd420.jpg", "one.jpg", "one.png", "line.png", "column.png", "line4000.jpg",
               "line4000.png", "column4000.jpg", "column4000.png", "grey.jpg", "grey8.png", "grey16.png", "rgba.png",
               "grey-alpha.png", "palette8.png", "palette8-trns.png", "rgb16.png", "rgba16.png", "cmyk-adobe.jpg",
               "cmyk-unmarked.jpg", "exif-rotated.jpg", "exif-rotated.png"]


def write(name, lines):
    (ROOT / name).write_text("".join(line + "\n" for line in lines))


def main():
    if PIL.__version__ != "9.3.0":
        raise SystemExit(f"Pillow 9.3.0 is needed, this is {PIL.__version__}")
    torch.set_num_threads(1)
    for folder in ("files", "rgb"):
        (ROOT / folder).mkdir(parents=True, exist_ok=True)
        for old in (ROOT / folder).iterdir():
            old.unlink()
    good = dict(good_files())
    decoded = []
    for name, data in good.items():
        (ROOT / "files" / name).write_bytes(data)
        rgb = expected(ROOT / "files" / name)
        if rgb.size < 8000:
            (ROOT / "rgb" / (name + ".rgb")).write_bytes(rgb.tobytes())
        decoded.append(f"{name} {rgb.shape[0]} {rgb.shape[1]} {digest(rgb)}")
    write("decode.txt", decoded)

    bad = dict(bad_files(good))
    for name, data in bad.items():
        (ROOT / "files" / name).write_bytes(data)
        try:
            expected(ROOT / "files" / name)
        except Exception:
            continue
        if name not in STRICTER:
            raise SystemExit(f"Pillow accepts {name}")
    write("bad.txt", bad)

    resized = []
    for name, sizes in RESIZES.items():
        image = Image.fromarray(expected(ROOT / "files" / name))
        for height, width in sizes:
            for word, code in (("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)):
                result = np.asarray(image.resize((width, height), code))
                resized.append(f"{name} {word} {height} {width} {digest(result)}")
    write("resize.txt", resized)

    made = []
    for name in TRANSFORMED:
        array = expected(ROOT / "files" / name)
        if array.shape[0] > 1:
            check_square_processors(array)
        for recipe, make in recipes().items():
            if recipe == "vilt" and max(array.shape[:2]) / min(array.shape[:2]) > 20:
                continue  # a side would become 0
            if recipe == "vilt" and name.startswith("one."):
                continue  # taken for channels first
            values = make(array)
            assert values.dtype == np.float32 and values.shape[0] == 3
            made.append(f"{name} {recipe} {values.shape[1]} {values.shape[2]} {digest(values)}")
    write("recipe.txt", made)

    pairs = [(int(h), int(w)) for h, w in RNG.integers(20, 2000, (150, 2))]
    pairs += [(384, 384), (384, 639), (639, 384), (384, 640), (8, 8), (5, 6), (300, 1000), (1000, 300), (100, 1996),
              (480, 640), (640, 480), (1200, 675), (375, 500)]
    sizes = [(h, w, *vilt_size(np.zeros((h, w, 3), np.uint8), 384, int((1333 / 800) * 384), 32)) for h, w in pairs]
    write("vilt_sizes.txt", ["%d %d %d %d" % row for row in sizes])


if __name__ == "__main__":
    main()
