import pytest

from data_tools.metrics.intervals import wilson_interval

SECTIONS = ("key-figures", "data", "training", "evaluation", "export", "robustness", "latency", "lineage")


def test_page_holds_every_section_in_order(page):
    assert tuple(name for name in page.ids if name in SECTIONS) == SECTIONS


@pytest.mark.parametrize("section", SECTIONS)
def test_section_is_filled(page, section):
    assert len(page.texts[section]) > 200
    assert {"table", "dl"} & set(page.tags[section])


@pytest.mark.parametrize(
    ("section", "plots"), [("data", 4), ("training", 2), ("evaluation", 2), ("robustness", 2), ("latency", 3)]
)
def test_section_draws_its_plots(page, section, plots):
    assert page.tags[section].count("svg") == plots


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("data", "dry 24 4 4 8 40 33.3 % 10"),
        ("data", "all 72 12 12 24 120 100.0 % 30"),
        ("data", "camera_a 24 12 0 12 48"),
        ("data", "camera_a 16 16 16 48"),
        ("data", "Exact duplicate 2 0 The file has the same bytes as another one with the same label, which stays."),
        ("data", "all 3 1 quarantined files are not in the data set, reported ones are"),
        ("data", "The quarantined files (3)"),
        ("data", "class0/broken.jpg Truncated class0/broken.jpg: breaks off"),
        ("data", "Not looked for: Possible label error."),
        ("data", "Clusters 2 Pictures in a cluster 5 Largest cluster 3 Across drives 1 With more than one class 1"),
        ("data", "Conflict 1 class0/drive2/002.png, class1/drive2/002.png"),
        ("data", "train 18 17 64.0 % 60.0 % 60.0 % 60.0 %"),
        ("data", "Leak audit passed: 120 pictures, 29 groups"),
        ("data", "equal bytes across parts 0"),
        ("data", "a picture of snow lies above one of another class in 100.0 % of all such pairs"),
        ("data", "75×60"),
        ("data", "Folder road_pictures"),
        ("data", "snow: 6 pictures of the test part"),
        ("training", "random start, not fine-tuned from ImageNet weights"),
        ("training", "Reason on record: ImageNet weights were not available offline."),
        ("training", "mean (0.485, 0.456, 0.406)"),
        ("training", "200×160 px, RGB, uint8 NHWC"),
        ("training", "best epoch (10)"),
        ("training", "Training time 9.7 min"),
        ("evaluation", "σ = 40, 5 draws 88.0 ± 0.7 %"),
        ("evaluation", "124 96.9 %"),
        ("evaluation", "camera_b 90.5 % 83.0 to 94.9 % 86 of 95"),
        ("export", "Max |Δlogit| 3.1e−06 Tolerance 1.0e−04 (held) Argmax equal 384/384"),
        ("export", "fp16 94.5 % (no change) 100.0 % +0.01 points −0.0021 0.0154 0.00231 none set"),
        ("export", "int8 93.8 % (0.78 points lower) 98.2 % −1.23 points −0.0021 0.0154 0.00231 missed"),
        ("export", "int8 misses its budget on the test part, which the search did not see: agreement 98.18 % (allowed"),
        ("export", "int8-trt misses its budget on the pictures that chose its recipe: change of ECE 2.40 %"),
        ("export", "Recipe percentile 99.99; float: squeeze excite; bias corrected Reason within the budget, and no"),
        ("export", "Recipes tried for int8 (2)"),
        (
            "export",
            "minmax 3.53 points lower 92.1 % −4.10 points +0.0120 0.03120 100.0 % 1.71 MiB 1.05× over budget",
        ),
        (
            "export",
            "0.00110 93.0 % 1.72 MiB 0.45× chosen, in budget, on the front",
        ),
        ("export", "percentile 99.99; centred 0.30 points lower 99.1 %"),
        ("export", "int8: nodes left in float (3)"),
        ("export", "int8-trt: no node is left in float."),
        ("export", "int8 int8 onnxruntime-cpu model.int8.onnx 1.72 MiB 93.8 % 98.2 % 5.0e−02"),
        ("export", "int8 1.18 fitted 0.037 → 0.021 0.214 → 0.214 92.0 % → 91.0 % 0.00 points 1.21 1.87"),
        ("export", "int8-trt is not in the bundle: outside the budget on the test part: agreement 96.61 %."),
        ("export", "Confusion, int8-trt ONNX"),
        ("robustness", "clean 94.5 % 93.8 %"),
        ("robustness", "40 85.4 ± 0.7 % 84.6 ± 0.7 %"),
        ("robustness", "Synthetic CPU 9000 (x86_64)"),
        ("latency", "int8 model only 1.90"),
        ("latency", "reference_again is fp32 measured a second time"),
        ("latency", "here it is 1.01× (model only), 1.01× (end to end)"),
        ("latency", "Frequency governor not readable"),
        ("lineage", "Every ancestor is at hand"),
    ],
)
def test_section_shows_the_number(page, section, expected):
    assert expected in page.texts[section]


def test_recall_has_its_wilson_interval(page):
    low, high = wilson_interval(124, 128)
    assert f"dry clean 96.9 % {low * 100:.1f} to {high * 100:.1f} % 124 of 128" in page.texts["evaluation"]


def test_thumbnails_have_one_size_and_come_from_the_test_part(html, page):
    assert page.tags["data"].count("img") == 18
    assert html.count('width="168" height="134"') == 18
    shown = [title for title in page.titles if title.startswith("class")]
    assert {path.split("/")[1] for path in shown} == {"drive8", "drive9"}


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("key-figures", "Test accuracy not run"),
        ("key-figures", "int8 accuracy against fp32 not run"),
        ("key-figures", "Latency not run"),
        ("data", "Sample pictures: none were asked for."),
        ("evaluation", "The evaluation stage: not run."),
        ("export", "The int8 quantisation: not run."),
        ("robustness", "The robustness benchmark: not run."),
        ("latency", "The latency benchmark: not run."),
    ],
)
def test_stage_that_was_not_run_is_named(bare_page, section, expected):
    assert expected in bare_page.texts[section]


def test_clean_accuracy_starts_every_perturbation(page):
    assert page.texts["robustness"].count("clean 94.5 % 93.8 %") == 2
