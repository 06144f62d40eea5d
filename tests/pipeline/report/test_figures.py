import dataclasses

from pipeline.report.figures import KeyFigure, key_figures, start_weights
from pipeline.training.artifact import WeightsOrigin


def test_key_figures_of_a_whole_run(inputs):
    assert key_figures(inputs) == [
        KeyFigure("Pictures", "120", "train 72 · val 12 · calibration 12 · test 24"),
        KeyFigure("Method", "margin_metric", "mobilenet_v3_small, 200×160 px"),
        KeyFigure(
            "Start weights",
            "random start",
            "not ImageNet weights; reason: ImageNet weights were not available offline",
        ),
        KeyFigure(
            "Validation accuracy",
            "91.3 %",
            "best epoch 10, 0 to 13; chosen by clean accuracy, so it is optimistic",
        ),
        KeyFigure("Test accuracy, clean", "94.5 %", "95 % interval 91.8 to 96.4 %, 363 of 384"),
        KeyFigure("Test accuracy, σ = 40", "88.0 ± 0.7 %", "mean ± standard deviation of 5 noise draws"),
        KeyFigure("fp32 ONNX parity, max |Δlogit|", "3.1e−06", "argmax equal 384/384; tolerance 1.0e−04"),
        KeyFigure(
            "fp16 accuracy against fp32", "no change", "agreement on the class 100.0 %, mean confidence +0.01 points"
        ),
        KeyFigure(
            "int8 accuracy against fp32",
            "0.78 points lower",
            "agreement on the class 98.2 %, mean confidence −1.23 points",
        ),
        KeyFigure(
            "int8-trt accuracy against fp32",
            "1.30 points lower",
            "agreement on the class 96.6 %, mean confidence +0.87 points",
        ),
        KeyFigure(
            "Latency fp32, model only", "4.20 / 4.43 / 11.2 ms", "p50 / p90 / p99; 1.00× fp32; noise floor 1.01×"
        ),
        KeyFigure(
            "Latency int8, model only", "1.90 / 2.00 / 4.84 ms", "p50 / p90 / p99; 0.45× fp32; noise floor 1.01×"
        ),
        KeyFigure("Size fp32", "5.91 MiB", "1.00× fp32"),
        KeyFigure("Size fp16", "2.96 MiB", "0.50× fp32"),
        KeyFigure("Size int8", "1.72 MiB", "0.29× fp32"),
    ]


def test_key_figures_appear_in_the_page(inputs, page):
    for figure in key_figures(inputs):
        assert f"{figure.name} {figure.value} {figure.note}" in page.texts["key-figures"]


def test_stage_that_was_not_run_keeps_its_place(inputs):
    bare = dataclasses.replace(inputs, evaluation=None, quantized=None, latency=None, robustness=None)
    assert [item.name for item in key_figures(bare) if item.value == "not run"] == [
        "Test accuracy",
        "int8 accuracy against fp32",
        "Latency",
    ]


def test_start_weights_say_where_they_come_from():
    assert start_weights(WeightsOrigin(type="imagenet", detail="IMAGENET1K_V1", sha256=None)) == (
        "ImageNet",
        "IMAGENET1K_V1",
    )
    assert start_weights(WeightsOrigin(type="file", detail="w.safetensors", sha256=None)) == (
        "weight file",
        "w.safetensors",
    )
