from pipeline.report.heat_map import heat_map


def test_cells_hold_counts_and_row_shares():
    rows = heat_map("", ("a", "b"), ((3, 1), (0, 0))).rows
    assert [(cell.count, cell.share) for cell in rows[0]] == [("3", "75.0 %"), ("1", "25.0 %")]
    assert [cell.share for cell in rows[1]] == ["–", "–"]


def test_ink_contrasts_with_every_share():
    def luminance(color):
        channels = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for hits in range(101):
        cell = heat_map("", ("a", "b"), ((hits, 100 - hits), (1, 1))).rows[0][0]
        light, dark = sorted((luminance(cell.background), luminance(cell.ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, hits
